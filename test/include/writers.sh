# Shared by test/soak, test/kill, test/leak and test/cron: a database with
# writers.
# $cluster and $work are set, the server is started.
private_server || exit 1
PATH=$("$PG_CONFIG" --bindir):$PATH PGHOST=$cluster PGUSER=postgres PGDATABASE=postgres
export PGHOST PGUSER PGDATABASE
. test/include/report.sh
. test/include/database.sh

# prepare_writers [STATEMENT]: an empty silver, gold set up, and the script
# for pgbench; some rows.
prepare_writers()
{
	sql -c "CREATE EXTENSION zoom_gold" -c "SELECT count(*) FROM zoom_gold.setup()" \
		-c "UPDATE gold_state.settings SET value = '100' WHERE name = 'delete_guard_percent'" \
		-c "UPDATE gold_state.settings SET value = 'host_or_participant' WHERE name = 'active_user'" \
		-f test/stream/stream.sql -f test/include/writers.sql >/dev/null &&
		echo "${1-SELECT stream.write()}" >"$work/write" &&
		pgbench -n -t "${ROWS:-3000}" -f "$work/write" >/dev/null 2>"$work/prepare" &&
		sql -c "CALL zoom_gold.refresh_proc()" -c "ANALYZE" && return
	cat "$work/prepare" >&2
	return 1
}
