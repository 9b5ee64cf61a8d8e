# Shared by the scripts that end with "N passed, N failed".  Sourced after
# common.sh; $work is a folder of the script's own.

passed=0
failed=0
: >"$work/failures"

good()
{
	passed=$((passed + 1))
	echo "ok      $1"
}

bad()
{
	failed=$((failed + 1))
	echo "FAILED  $1" | tee -a "$work/failures"
}

# check NAME COMMAND...: one check, silent unless it fails
check()
{
	check_name=$1
	shift
	if quietly "$@"; then good "$check_name"; else bad "$check_name"; fi
}

# add NAME FILE STATUS: count what a program said that ended so: "ok ..." or
# "not ok ..." for each of its tests, as TAP does, or "test ... ok" and
# "test ... FAILED", as pg_regress did before it spoke TAP
add()
{
	passed=$((passed + $(grep -cE '^ *ok |^test .* \.\.\. +ok ' "$2" || true)))
	grep -E '^ *not ok |^test .* \.\.\. +FAILED' "$2" >"$work/bad" || true
	# it broke without saying in which test
	if [ "$3" != 0 ] && [ ! -s "$work/bad" ]; then
		echo "broke off" >"$work/bad"
	fi
	failed=$((failed + $(wc -l <"$work/bad")))
	sed "s|^|FAILED  $1: |" "$work/bad" >>"$work/failures"
}

# The end: the failures once more, where they can be seen, and the count.
count()
{
	[ $failed -eq 0 ] || title "failed"
	cat "$work/failures"
	echo
	echo "$passed passed, $failed failed"
	[ $failed -eq 0 ]
}
