# Shared by the scripts: what they take, which PostgreSQL, and acting as somebody
# else.  Sourced with the checkout as current directory.

# The comment at the head of the script says how it is used.
usage()
{
	sed -n '2,/^[^#]/{s/^#$//p;s/^# \{0,1\}//p}' "$0"
}

# help "$@": where that is asked for, say so and no more
help()
{
	case ${1-} in
		-h | --help) usage; exit 0 ;;
	esac
}

# no_arguments "$@": of a script that takes none
no_arguments()
{
	help "$@"
	[ $# -eq 0 ] || { usage >&2; exit 2; }
}

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

# A copy of the machine's PostgreSQL for this checkout alone, so that nothing is
# installed into the machine's own and checkouts do not meet: its programs look
# for everything beside themselves.  Made anew when the machine's changes.
# From then on PG_CONFIG names the copy; a server chosen by PG_CONFIG=... is
# used as it is.
private_server()
{
	[ "$PG_CONFIG" = "/usr/lib/postgresql/$PG/bin/pg_config" ] || return 0
	copies=${TMPDIR:-/tmp}/zoom_gold-servers.$(id -u)
	copy=$copies/$PG-$(pwd | cksum | cut -d ' ' -f 1)
	state=$(pwd && "$PG_CONFIG" --version &&
		stat -c %Y "/usr/lib/postgresql/$PG/lib" "/usr/share/postgresql/$PG/extension" \
			"/usr/lib/postgresql/$PG/bin/postgres") || return
	[ -d "$copies" ] || mkdir -m 755 "$copies" || return
	# what others made is not to be run
	[ -O "$copies" ] || { echo "not ours: $copies" >&2; return 1; }
	if [ "$(cat "$copy/state" 2>/dev/null)" != "$state" ]; then
		rm -rf "$copy"
		for part in lib share include; do
			mkdir -p "$copy/$part/postgresql" || return
		done
		cp -a "/usr/lib/postgresql/$PG" "$copy/lib/postgresql/" &&
			cp -a "/usr/share/postgresql/$PG" "$copy/share/postgresql/" &&
			ln -s "/usr/include/postgresql/$PG" "$copy/include/postgresql/$PG" &&
			rm -f "$copy/lib/postgresql/$PG/lib/"zoom_gold.so "$copy/share/postgresql/$PG/extension/"zoom_* &&
			chmod -R go+rX "$copy" && echo "$state" >"$copy/state" || return
	fi
	PG_CONFIG=$copy/lib/postgresql/$PG/bin/pg_config
}

# Build and install the extension; arguments go to make.  What is the same is
# left alone, below servers that run.
build_and_install()
{
	private_server || return
	set -- INSTALL="/usr/bin/install -C" "$@"
	make --no-print-directory -j"$(nproc)" all "$@" || return
	if [ -w "$("$PG_CONFIG" --pkglibdir)" ]; then
		make --no-print-directory install "$@"
	else
		as_root make --no-print-directory PG="$PG" PG_CONFIG="$PG_CONFIG" \
			install "$@"
	fi
}
