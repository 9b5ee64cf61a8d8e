# For the programs of the tests: saying how a test went.  Sourced; "work" is a
# folder of the caller's.
passed=0
failed=0

# report NAME [FILE]: "ok" if the file of complaints, $work/wrong unless
# another is named, is empty
report()
{
	if [ -s "${2-$work/wrong}" ]; then
		failed=$((failed + 1))
		echo "not ok $1"
		head -n 30 "${2-$work/wrong}" | cut -c 1-600 | sed 's/^/# /'
	else
		passed=$((passed + 1))
		echo "ok $1"
	fi
}
