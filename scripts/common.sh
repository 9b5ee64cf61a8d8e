# Shared by the scripts: which PostgreSQL, and acting as somebody else.
# Sourced with the checkout as current directory.

PG=${PG:-15}
PG_CONFIG=${PG_CONFIG:-/usr/lib/postgresql/$PG/bin/pg_config}
export PG PG_CONFIG

# After a plain "su" these are not in the PATH, and dpkg and runuser are lost.
PATH=$PATH:/usr/sbin:/sbin
export PATH

# Nothing of the caller's own databases may leak into what we start.
unset PGHOST PGPORT PGDATABASE PGUSER PGPASSWORD PGSERVICE PGOPTIONS \
	PGAPPNAME PGTZ PGDATESTYLE PGCLIENTENCODING PGDATA

as_root()
{
	if [ "$(id -u)" = 0 ]; then
		"$@"
	elif command -v sudo >/dev/null; then
		sudo "$@"
	else
		echo "this needs root (or sudo): $*" >&2
		return 1
	fi
}

# PostgreSQL refuses to run as root.
as_server()
{
	if [ "$(id -u)" = 0 ]; then
		(cd / && runuser -u postgres -- "$@")
	else
		(cd / && "$@")
	fi
}

title()
{
	printf '\n== %s\n' "$*"
}

# Run a command and show its output only if it fails.
quietly()
{
	quietly_log=$(mktemp)
	if "$@" >"$quietly_log" 2>&1 </dev/null; then
		rm -f "$quietly_log"
	else
		quietly_status=$?
		cat "$quietly_log" >&2
		rm -f "$quietly_log"
		return $quietly_status
	fi
}

# Build and install the extension; arguments go to make.
build_and_install()
{
	make --no-print-directory -j"$(nproc)" all "$@" || return
	if [ -w "$("$PG_CONFIG" --pkglibdir)" ]; then
		make --no-print-directory install "$@"
	else
		as_root make --no-print-directory PG="$PG" PG_CONFIG="$PG_CONFIG" \
			install "$@"
	fi
}
