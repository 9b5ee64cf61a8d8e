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

# wanted NAME: whether that suite is to run; $suites names some, empty is all
wanted()
{
	case " ${suites:-$1} " in *" $1 "*) ;; *) return 1 ;; esac
}

# suite NAME COMMAND...: a program that says "ok ..." or "not ok ..." for each
# of its tests, as TAP does, or "test ... ok" and "test ... FAILED", as
# pg_regress did before it spoke TAP
suite()
{
	suite_name=$1
	shift
	wanted "$suite_name" || return 0
	title "$suite_name"
	{ "$@" </dev/null 2>&1 && echo 0 >"$work/status" || echo $? >"$work/status"; } |
		tee "$work/output"
	suite_good=$(grep -cE '^ *ok |^test .* \.\.\. +ok ' "$work/output" || true)
	passed=$((passed + suite_good))
	grep -E '^ *not ok |^test .* \.\.\. +FAILED' "$work/output" >"$work/bad" || true
	# it broke without saying in which test
	if [ "$(cat "$work/status")" != 0 ] && [ ! -s "$work/bad" ]; then
		echo "broke off" >"$work/bad"
	fi
	failed=$((failed + $(wc -l <"$work/bad")))
	sed "s|^|FAILED  $suite_name: |" "$work/bad" >>"$work/failures"
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
