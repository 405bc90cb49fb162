#!/bin/bash
# What a list costs a delivery: COUNT deliveries with ten global entries and with a million, compiled; then with 10,000
# whose stars stand in the middle, which are tried one by one. In turn, medians, in one run.
set -eu
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$(readlink -f "$0")")/lib.sh"
COUNT=${COUNT:-300}
ENTRIES=${ENTRIES:-1000000}

cat > "$work/message" <<EOF
From: Alice <alice@outside.test>
To: bob@example.com
Subject: Minutes
Message-ID: <1@outside.test>

A line.
EOF

# site NAME: a configuration with lists of its own
site()
{
	mkdir "$work/$1"
	cat > "$work/$1/mda.conf" <<-EOF
		users = virtual
		virtual_user = ""
		virtual_home = "$work/$1/home/%d/%n"
		global_block = "$work/$1/block"
		global_allow = "$work/$1/allow"
		aliases = ""
		log = "$work/$1/log"
	EOF
	cat > "$work/$1/block"
	"$BUILD/mda-lists" compile -c "$work/$1/mda.conf" global-block
}

# addresses, domains, trees, prefixes
many()
{
	awk -v n="$1" 'BEGIN { for (i = 0; i < n; i++)
		if (i % 10 < 6) printf "user%d@host%d.example\n", i, i % 5000
		else if (i % 10 < 8) printf "host%d.spam.test\n", i
		else if (i % 10 == 8) printf "*tree%d.test\n", i
		else printf "pre%d*@evil%d.test\n", i, i % 1000 }'
}

deliver()
{
	"$BUILD/tests/bench/spawn" "$2" "$work/message" "$BUILD/mda" -c "$work/$1/mda.conf" -f alice@outside.test -r bob@example.com
}

# stage NAME: the median of the list stage, by the log, in microseconds
stage()
{
	grep -oE 'lists:[0-9]+' "$work/$1/log" | cut -d: -f2 | sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}

many 10 | site ten
many "$ENTRIES" | site million
awk 'BEGIN { for (i = 0; i < 10000; i++) printf "u*%d@host%d.example\n", i, i % 500 }' | site middle

ten=() million=()
for _ in 1 2 3 4 5; do
	ten+=($(deliver ten $((COUNT / 5)) | cut -d' ' -f1))
	million+=($(deliver million $((COUNT / 5)) | cut -d' ' -f1))
done
each=$((COUNT / 5))
deliver middle $each > /dev/null

# looked_up SITE COUNT: so many were stored, and had a look at the lists
looked_up()
{
	all_done "stored with $1" "$(stored "$work/$1/home")" "$2"
	all_done "looked up with $1" "$(grep -c 'lists:[1-9]' "$work/$1/log")" "$2"
}
looked_up ten $((5 * each))
looked_up million $((5 * each))
looked_up middle $each
printf '%-46s %6d us\n' "a delivery with 10 global entries" "$(median "${ten[@]}")"
printf '%-46s %6d us   %s x\n' "a delivery with $ENTRIES" "$(median "${million[@]}")" \
	"$(ratio "$(median "${million[@]}")" "$(median "${ten[@]}")")"
printf '%-46s %6d us\n' "the list stage alone, 10 entries" "$(stage ten)"
printf '%-46s %6d us\n' "the list stage alone, $ENTRIES" "$(stage million)"
printf '%-46s %6d us\n' "the list stage alone, 10000 stars in the middle" "$(stage middle)"
