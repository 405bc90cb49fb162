# For the scripts beside it. Source it with their arguments: they go on as an account without rights, as root has no mail.
# shellcheck shell=bash disable=SC2034
[ "$(id -u)" != 0 ] || exec setpriv --reuid=65534 --regid=65534 --clear-groups bash "$(readlink -f "$0")" "$@"
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.." || exit 1
BUILD=${BUILD:-build}
work=$(mktemp -d "${TMPDIR:-/var/tmp}/mda-bench.XXXXXX")
trap 'rm -rf "$work"' EXIT

median()
{
	printf '%s\n' "$@" | sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}

ratio()
{
	awk "BEGIN { printf \"%.2f\", $1 / $2 }"
}

# all_done WHAT NUMBER EXPECTED: a figure counts only when the work was done
all_done()
{
	[ "$2" = "$3" ] && return
	echo "$1: $2 of $3" >&2
	exit 1
}

# stored MAILDIR: how many messages are in it
stored()
{
	find "$1" -path '*/new/*' -type f | wc -l
}
