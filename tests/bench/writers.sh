#!/bin/bash
# What many deliveries at once cost: WRITERS of them at any time, into MAILBOXES mailboxes. Printed is
# what mda delivers in a second, beside what the floor does (x base). BATCH= and ROUNDS= for less.
set -eu
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$(readlink -f "$0")")/lib.sh"
# shellcheck source-path=SCRIPTDIR
. tests/bench/sites.sh
WRITERS=${WRITERS:-16}
MAILBOXES=${MAILBOXES:-1000}
BATCH=${BATCH:-1000}
ROUNDS=${ROUNDS:-9}

# many_site NAME [LINE...]: mailboxes 0@example.com and so on of mda, with these lines in its configuration
many_site()
{
	mda_site "$@"
	(cd "$work/$1/example.com" && seq 0 $((MAILBOXES - 1)) | xargs mkdir)
}

many_floors()
{
	(cd "$work/floor" && seq 0 $((MAILBOXES - 1)) |
		awk '{ print $1 "/tmp"; print $1 "/new"; print $1 "/cur" }' | xargs mkdir -p)
}

# many_plan NAME WHAT: what the MTA runs for the mailboxes of NAME
many_plan()
{
	plan "$2" "$work/$1/example.com" \
		"$BUILD/mda" -c "$work/$1/mda.conf" -f alice@outside.test -r '{}@example.com'
}

mkdir "$work/floor"
many_floors
many_site none
many_site rules "scripts_before = { \"$work/rules.sieve\" }"
sieve_rules > "$work/rules.sieve"
many_site dovecot 'imap_server = dovecot'
{
	plan floor "$work/floor" "$BUILD/tests/bench/floor" "$work/floor/{}" "$work/floor/{}/database"
	many_plan none "mda, no rules"
	many_plan rules "mda, 20 rules"
	many_plan dovecot "mda, Dovecot's UIDs"
} > "$work/plan"
echo "$WRITERS writers into $MAILBOXES mailboxes, $ROUNDS rounds of $BATCH messages of 10000 bytes," \
	"$(nproc) processors, on $(stat -f -c %T "$work")"
quietly "$BUILD/tests/bench/writers" "$WRITERS" "$MAILBOXES" "$BATCH" "$ROUNDS" 10000 floor < "$work/plan"
for name in none rules dovecot; do uids_given "$work/$name/mda.conf" --all; done
