#!/bin/bash
# What a person's contacts cost a delivery: COUNT deliveries from outside to somebody who has none, and to somebody with a
# million, half of them in a compiled address book and half learned; then from one of them. In turn, medians, in one run.
set -eu
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$(readlink -f "$0")")/lib.sh"
COUNT=${COUNT:-300}
ENTRIES=${ENTRIES:-1000000}

cat > "$work/mda.conf" <<EOF
users = virtual
virtual_user = ""
virtual_home = "$work/home/%d/%n"
aliases = ""
log = "$work/log"
organization "Example" { domains = { "example.com" } }
EOF

# letter FROM
letter()
{
	printf 'From: Alice <%s>\nTo: bob@example.com\nSubject: Minutes\nMessage-ID: <1@outside.test>\n\nA line.\n' "$1"
}
letter alice@outside.test > "$work/stranger"
letter user7@host7.example > "$work/known"
half=$((ENTRIES / 2))
mkdir -p "$work/home/example.com/many/.mda" "$work/home/example.com/none/.mda"
awk -v n="$half" 'BEGIN { for (i = 0; i < n; i++) printf "BEGIN:VCARD\nFN:User %d\nEMAIL:user%d@host%d.example\nEND:VCARD\n", i, i, i % 5000 }' \
	> "$work/home/example.com/many/.mda/addressbook"
awk -v n="$half" 'BEGIN { print "name,address"; for (i = 0; i < n; i++) printf "User %d,learned%d@host%d.example\n", i, i, i % 5000 }' > "$work/csv"
"$BUILD/mda-contacts" compile -c "$work/mda.conf" -d many@example.com
"$BUILD/mda-contacts" import -c "$work/mda.conf" -d many@example.com "$work/csv"

# deliver NAME FILE COUNT
deliver()
{
	"$BUILD/tests/bench/spawn" "$3" "$work/$2" "$BUILD/mda" -c "$work/mda.conf" -f alice@outside.test -r "$1@example.com"
}

# stage NAME: the median of the label's stage, by the log, in microseconds
stage()
{
	grep -a "to=$1@" "$work/log" | grep -oE 'tag:[0-9]+' | cut -d: -f2 | sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}

none=() many=() known=()
for _ in 1 2 3 4 5; do
	none+=($(deliver none stranger $((COUNT / 5)) | cut -d' ' -f1))
	many+=($(deliver many stranger $((COUNT / 5)) | cut -d' ' -f1))
	known+=($(deliver many known $((COUNT / 5)) | cut -d' ' -f1))
done
each=$((COUNT / 5))
all_done "stored without contacts" "$(stored "$work/home/example.com/none")" $((5 * each))
all_done "stored with contacts" "$(stored "$work/home/example.com/many")" $((10 * each))
all_done "known" "$(grep -a 'to=many@' "$work/log" | grep -c 'label=none .*label_why="\?contact')" $((5 * each))
printf '%-46s %6d us\n' "a delivery with no contacts" "$(median "${none[@]}")"
printf '%-46s %6d us   %s x\n' "a delivery with $ENTRIES" "$(median "${many[@]}")" "$(ratio "$(median "${many[@]}")" "$(median "${none[@]}")")"
printf '%-46s %6d us   %s x\n' "the same, from one of them" "$(median "${known[@]}")" "$(ratio "$(median "${known[@]}")" "$(median "${none[@]}")")"
printf '%-46s %6d us\n' "the label's stage alone, no contacts" "$(stage none)"
printf '%-46s %6d us\n' "the label's stage alone, $ENTRIES" "$(stage many)"
