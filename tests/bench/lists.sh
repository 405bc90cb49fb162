#!/bin/bash
# The cost of a list for a delivery: ten global entries, a million compiled ones, and 10,000 with
# stars in the middle, which are tried one by one. COUNT= and ENTRIES= for less.
set -eu
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$(readlink -f "$0")")/lib.sh"
# shellcheck source-path=SCRIPTDIR
. tests/bench/sites.sh
COUNT=${COUNT:-200}
ENTRIES=${ENTRIES:-1000000}

stars_site()
{
	mda_site stars "global_block = \"$work/stars/block\""
	awk 'BEGIN { for (i = 0; i < 10000; i++) printf "u*%d@host%d.example\n", i, i % 500 }' > "$work/stars/block"
	"$BUILD/mda-lists" compile -c "$work/stars/mda.conf" global-block > /dev/null
}

lists_site ten 10
lists_site many "$ENTRIES"
stars_site
{
	mda_plan ten "10 entries"
	mda_plan many "$ENTRIES entries"
	mda_plan stars "10000 stars in the middle"
} > "$work/plan"
echo "a delivery beside lists, $COUNT turns"
turns "$COUNT" 2000 "10 entries"
for name in ten many stars; do
	all_done "looked up in $name" "$(grep -c 'lists:[1-9]' "$work/$name/log")" $((COUNT + 1))
	printf 'the list stage alone, %-5s %6d us\n' "$name" "$(stage "$name" lists)"
done
