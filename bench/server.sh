# For the benchmarks: a throw-away server, and asking it.  Sourced after
# scripts/common.sh.

# start_server FOLDER SETTING...: with the extension as it is; it is asked from here on
start_server()
{
	quietly build_and_install
	scripts/cluster start "$@"
	PATH=$("$PG_CONFIG" --bindir):$PATH
	PGHOST=$1
	PGUSER=postgres
	export PATH PGHOST PGUSER
}

# sql ARGUMENT...: psql, rows only, stops at the first error
sql()
{
	psql -XqAt -v ON_ERROR_STOP=1 "$@"
}
