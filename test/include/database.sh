# For the programs of the tests: asking databases.  Sourced.  The server is that
# of the environment: who starts one of its own sets PGHOST and the like.

# sql [DATABASE] ARGUMENT...: psql, rows only, stops at the first error, without
# notices; "messages" may say which others to leave out
sql()
{
	case $1 in
		-*) ;;
		*) set -- -d "$@" ;;
	esac
	psql -XqAt -v ON_ERROR_STOP=1 -v VERBOSITY=terse \
		-c "SET client_min_messages = ${messages:-warning}" "$@"
}

# new_database DATABASE ARGUMENT...: made anew, with gold set up and without a
# delete guard, then psql with the arguments.  VERSION says which version of the
# extension, ZOOM_GOLD_LIBRARY=/folder/zoom_gold where its library is.
new_database()
{
	made=$1
	shift
	sql postgres -c "DROP DATABASE IF EXISTS $made" -c "CREATE DATABASE $made" &&
		sql "$made" -c "CREATE EXTENSION zoom_gold ${VERSION:+VERSION '$VERSION'}" \
			${ZOOM_GOLD_LIBRARY:+-c "UPDATE pg_proc SET probin = '$ZOOM_GOLD_LIBRARY' WHERE probin = '\$libdir/zoom_gold'"} &&
		sql "$made" -c "SELECT FROM zoom_gold.setup()" \
			-c "UPDATE gold_state.settings SET value = '100' WHERE name = 'delete_guard_percent'" "$@" >/dev/null
}
