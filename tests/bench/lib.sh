# Shared by the scripts here. Source it with their arguments: it runs them again as an account
# without rights, because root gets no mail.
# shellcheck shell=bash disable=SC2034
[ "$(id -u)" != 0 ] || exec setpriv --reuid=65534 --regid=65534 --clear-groups bash "$(readlink -f "$0")" "$@"
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.." || exit 1
BUILD=${BUILD:-build}
work=$(mktemp -d "${TMPDIR:-/var/tmp}/mda-bench.XXXXXX")
trap 'rm -rf "$work"' EXIT

# all_done WHAT NUMBER EXPECTED: fails unless the work was done, because a figure counts only then
all_done()
{
	[ "$2" = "$3" ] && return
	echo "$1: $2 of $3" >&2
	exit 1
}

# turns COUNT SIZE BASE: the figures of $work/plan (turns.c); what the programs say is shown only when
# one of them fails
turns()
{
	quietly "$BUILD/tests/bench/turns" "$@" < "$work/plan"
	while read -r conf; do
		uids_given "$conf" -d bob@example.com
	done < <(awk -F '\t' '$3 ~ /\/mda$/ { print $5 }' "$work/plan")
}

# quietly COMMAND...: shows its errors only if it fails
quietly()
{
	"$@" 2> "$work/errors" && return
	cat "$work/errors" >&2
	exit 1
}

# timed NAME COUNT COMMAND...: prints how long it took; its output is in $work/NAME
timed()
{
	local name=$1 count=$2 start end
	shift 2
	start=$(date +%s%N)
	quietly "$@" > "$work/$name"
	end=$(date +%s%N)
	printf '%-28s %7.1f s  %7.0f messages/s\n' "$name" "$(awk "BEGIN { print ($end - $start) / 1e9 }")" \
		"$(awk "BEGIN { print $count * 1e9 / ($end - $start) }")"
}

# configure [LINE...]: writes $work/mda.conf, for virtual users whose homes are in $work/home
configure()
{
	cat > "$work/mda.conf" << END
users = virtual
virtual_user = ""
virtual_home = "$work/home/%d/%n"
log = "$work/log"
spool_dir = "$work"
stamp_key = ""
aliases = ""
END
	printf '%s\n' "$@" >> "$work/mda.conf"
}

# uids_given CONF MAILBOX...: each message of these mailboxes has a UID of its own
uids_given()
{
	local conf=$1
	shift
	"$BUILD/mda-reindex" check -c "$conf" "$@" > "$work/check" 2>&1 && return
	cat "$work/check" >&2
	exit 1
}

# stage NAME STAGE: prints the median time in microseconds that a stage of mda took for the mailbox
# NAME, from its log
stage()
{
	grep -aoE "\b$2:[0-9]+" "$work/$1/log" | cut -d: -f2 | sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}
