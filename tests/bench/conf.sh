#!/bin/bash
# What a large configuration costs a delivery: COUNT deliveries with one section for an address in mda.conf and with
# SECTIONS of them. In turn, medians, in one run.
set -eu
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$(readlink -f "$0")")/lib.sh"
COUNT=${COUNT:-300}
SECTIONS=${SECTIONS:-20000}

printf 'From: Alice <alice@outside.test>\nTo: user1@example.com\nSubject: Minutes\n\nA line.\n' > "$work/message"

# site NAME COUNT: a configuration with so many sections
site()
{
	{
		printf 'users = virtual\nvirtual_user = ""\nvirtual_home = "%s/%%d/%%n"\nlog = none\n' "$work/$1"
		awk -v n="$2" -v at="$work/$1" 'BEGIN { for (i = 1; i <= n; i++)
			printf "address \"user%d@example.com\" {\n\tquota = 1G\n\tuser_allow = \"%s/allow/%d\"\n}\n", i, at, i }'
	} > "$work/$1.conf"
}

deliver()
{
	"$BUILD/tests/bench/spawn" "$COUNT" "$work/message" "$BUILD/mda" -c "$work/$1.conf" -f alice@outside.test -r user1@example.com
	all_done "stored with $1" "$(stored "$work/$1/example.com/user1/Maildir")" "$COUNT"
}

site one 1
site many "$SECTIONS"
one=$(deliver one)
many=$(deliver many)
printf 'one delivery, median of %d: %d us with one address section, %d us with %d: %s x\n' "$COUNT" "${one% *}" "${many% *}" "$SECTIONS" \
	"$(ratio "${many% *}" "${one% *}")"
