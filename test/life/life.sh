# What the programs of this folder share.  Sourced.
#
# Databases are filled by the stream of test/stream: changes of all kinds to
# all relations, the same every time.
set -u
here=$(cd "$(dirname "$0")" && pwd)
seed=7
operations=3000
clock="2025-01-03 12:00Z"
work=$(mktemp -d)
. "$here/../include/suite.sh"
. "$here/../stream/functions.sh"

# Databases and roles of these programs are called zoom_gold_life...
remove_traces() {
	for kind in DATABASE ROLE; do
		psql -XqAt -d postgres -v kind=$kind <<-'END'
			SET client_min_messages = warning;
			SELECT format('DROP %s %I', :'kind', name) FROM (
				SELECT 'DATABASE', datname FROM pg_database UNION ALL SELECT 'ROLE', rolname FROM pg_roles) AS o (kind, name)
			WHERE kind = :'kind' AND name LIKE 'zoom\_gold\_life%' \gexec
		END
	done
	rm -rf "$work"
}
remove_traces
mkdir "$work"
# servers that run as somebody else read and write here
chmod 755 "$work"
trap remove_traces EXIT

# fill_silver DATABASE LAST: operations up to LAST, some settings, rules and
# classes of the user's own, and columns: one tracked in the history of users,
# one in a fact
fill_silver() {
	sql "$1" -c "ALTER TABLE silver.si_users ADD COLUMN region text DEFAULT 'north'" \
		-c "ALTER TABLE gold.go_dim_user ADD COLUMN region text" \
		-c "ALTER TABLE gold.go_fact_meeting_usage ADD COLUMN note text" \
		-c "CALL stream.change_settings(3)" -c "CALL stream.change_settings(5)" \
		-c "CALL stream.change_settings(6)" -c "CALL stream.change_settings(9)" &&
		play "$1" 1 "$2"
}

# fill DATABASE LAST: refreshed as well
fill() {
	fill_silver "$1" "$2" && refresh "$1" "$2" &&
		sql "$1" -c "UPDATE gold.go_fact_meeting_usage SET note = 'mine ' || duration_minutes WHERE duration_minutes > 30"
}

# refresh DATABASE [OPERATION]: at the clock of that operation, or at the end;
# says what failed
refresh() {
	at=$clock
	[ $# -eq 1 ] || at=$(sql "$1" -c "SELECT stream.clock($2)")
	sql "$1" -c "SET zoom_gold.clock = '$at'" -c "SELECT stream.refresh()"
}

# gold DATABASE: all of it as lines; what was written when is left out, and the
# numbers by which the forgotten are called
gold() {
	sql "$1" -c "SELECT stream.gold()" | sed 's/Forgotten user [0-9]*/Forgotten user/'
}

# same_gold DATABASE DATABASE
same_gold() {
	gold "$1" >"$work/$1.gold"
	gold "$2" >"$work/$2.gold"
	[ "$(wc -l <"$work/$1.gold")" -gt 500 ] || echo "hardly anything in gold of $1"
	differences "$work/$1.gold" "$work/$2.gold"
}

# one_load FROM TO: gold of TO is one load of what FROM's silver holds.  (The
# user's column in a fact is not zoom_gold's to load: dropped from both.)
one_load() {
	stream_database "$2" &&
		sql "$2" -c "ALTER TABLE silver.si_users ADD COLUMN region text DEFAULT 'north'" \
			-c "ALTER TABLE gold.go_dim_user ADD COLUMN region text" &&
		copy_silver "$1" "$2" && refresh "$2" &&
		sql "$1" -c "ALTER TABLE gold.go_fact_meeting_usage DROP COLUMN note"
}

# healthy DATABASE: says what verify() finds
healthy() {
	sql "$1" -c "SET zoom_gold.clock = '$clock'" -c "SELECT stream.verify()"
}

# state DATABASE: every row of gold and gold_state, and what triggers there are
state() {
	for table in $(sql "$1" -c "SELECT c.oid::regclass FROM pg_class c WHERE c.relkind = 'r'
			AND c.relnamespace IN ('gold'::regnamespace, 'gold_state'::regnamespace) ORDER BY 1"); do
		sql "$1" -c "COPY (SELECT '$table', t::text FROM $table t) TO STDOUT"
	done
	sql "$1" -c "SELECT relation || ' captured by ' || capture || ', waiting ' || pending_changes FROM zoom_gold.status" \
		-c "SELECT 'trigger ' || tgrelid::regclass || ' ' || tgname || ' ' || tgenabled::text FROM pg_trigger WHERE NOT tgisinternal" \
		-c "SELECT 'sequence ' || last_value || ' ' || is_called FROM gold_state.change_seq"
}

# writes_nothing DATABASE: a refresh, that is
writes_nothing() {
	sql "$1" -c "SELECT stream.places()" >"$work/before"
	refresh "$1"
	sql "$1" -c "SELECT stream.places()" >"$work/after"
	differences "$work/before" "$work/after"
}

# compared_in_full DATABASE: relations that its last refresh had to read as a
# whole
compared_in_full() {
	sql "$1" -c "SELECT 'compared in full: ' || relation FROM gold_state.relation_state WHERE compared_at >= '$clock'" \
		-c "SELECT process_name || ': ' || (audit_details::jsonb ->> 'warning') FROM gold.go_process_audit_log
			WHERE audit_details::jsonb ? 'warning' AND execution_time >= '$clock'"
}

# says what is wrong: test NAME COMMAND...
test_that() {
	test_name=$1
	shift
	"$@" >"$work/wrong" 2>&1 || echo "it broke off" >>"$work/wrong"
	report "$test_name"
}

finish() {
	echo "$1: $passed passed, $failed failed"
	[ $failed = 0 ]
}

# documented HEAD: the block of doc/SCALE.md with a line that begins so
documented() {
	awk -v head="$1" '
		/^```/ {
			if (inside && wanted) printf "%s", block
			inside = !inside; wanted = 0; block = ""
			next
		}
		inside {block = block $0 "\n"; if (index($0, head) == 1) wanted = 1}' "$here/../../doc/SCALE.md"
}
