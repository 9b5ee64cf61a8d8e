# For the programs test/*/run: asking databases, comparing what they say, and
# reporting.  Sourced; "here" is a folder of test/, "work" one of the caller's.
. "$here/../include/report.sh"
. "$here/../include/database.sh"

# differences FILE FILE: what only one of them has, by table
differences() {
	LC_ALL=C sort -o "$1" "$1"
	LC_ALL=C sort -o "$2" "$2"
	LC_ALL=C comm -3 "$1" "$2" >"$work/lines"
	if [ -s "$work/lines" ]; then
		awk '{print $1}' "$work/lines" | sort | uniq -c
		# some of each table
		sed 's/^\t/only second: /; t; s/^/only first: /' "$work/lines" | awk 'seen[$3]++ < 4'
	fi
}
