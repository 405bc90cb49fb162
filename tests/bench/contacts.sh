#!/bin/bash
# The cost of contacts for a delivery: to a person with ten, to a person with a million (half in a
# compiled address book, half learned), to a person who has the sender among them, and to a person
# with none. COUNT= and ENTRIES= for less.
set -eu
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$(readlink -f "$0")")/lib.sh"
# shellcheck source-path=SCRIPTDIR
. tests/bench/sites.sh
COUNT=${COUNT:-200}
ENTRIES=${ENTRIES:-1000000}

contacts_site none 0
contacts_site ten 10
contacts_site many "$ENTRIES"
contacts_site known "$ENTRIES"
printf 'name,address\nAlice,alice@outside.test\n' > "$work/known/alice"
"$BUILD/mda-contacts" import -c "$work/known/mda.conf" -d bob@example.com "$work/known/alice" > /dev/null
{
	mda_plan ten "10 contacts"
	mda_plan many "$ENTRIES contacts"
	mda_plan known "the sender is one of them"
	mda_plan none "no contacts"
} > "$work/plan"
echo "a delivery beside contacts, $COUNT turns"
turns "$COUNT" 2000 "10 contacts"
all_done "known" "$(grep -ac 'label=none .*label_why="\?contact' "$work/known/log")" $((COUNT + 1))
all_done "unknown" "$(grep -ac 'label=External' "$work/many/log")" $((COUNT + 1))
for name in none ten many known; do
	printf "the label's stage alone, %-5s %6d us\n" "$name" "$(stage "$name" tag)"
done
