#!/bin/bash
# One delivery by mda and by other programs: the floor (which keeps our promises and does nothing
# else), mda with more and more work, and the others with the same 20 rules. Messages of 10 KB, 1 MB
# and 25 MB, on the disk ($TMPDIR) and on a tmpfs. COUNT=, SIZES=, PLACES= for less. Times are
# compared only within one run.
set -eu
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$(readlink -f "$0")")/lib.sh"
# shellcheck source-path=SCRIPTDIR
. tests/bench/sites.sh
COUNT=${COUNT:-200}
ENTRIES=${ENTRIES:-1000000}
SIZES=${SIZES:-10000 1000000 25000000}
PLACES=${PLACES:-${TMPDIR:-/var/tmp} /dev/shm}

sites()
{
	mda_sites
	mda_site libsieve 'sieve_engine = "libsieve"'
	printf 'require "fileinto";\nif header :contains "subject" "minutes" { fileinto "Minutes"; }\n' | mda_rules libsieve
	lists_site lists-10 10
	lists_site lists-10000 10000
	lists_site lists-all "$ENTRIES"
	contacts_site contacts "$ENTRIES"
}

programs()
{
	plan "/bin/true" - /bin/true
	floor_plan
	mda_plan none "mda, no rules"
	mda_plan rules "mda, 20 rules"
	mda_plan body "mda, a body rule"
	mda_plan mime "mda, a MIME rule"
	mda_plan libsieve "mda, a rule in libsieve"
	mda_plan dovecot "mda, Dovecot's UIDs"
	mda_plan lists-10 "mda, 10 list entries"
	mda_plan lists-10000 "mda, 10000 list entries"
	mda_plan lists-all "mda, $ENTRIES list entries"
	mda_plan contacts "mda, $ENTRIES contacts"
	procmail_plan
	maildrop_plan
	fdm_plan
	dovecot_lda_plan
}

# Turns of large messages take longer, so there are fewer.
count_for()
{
	if [ "$1" -le 100000 ]; then echo "$COUNT"; elif [ "$1" -le 2000000 ]; then echo $((COUNT / 4 + 1)); else echo $((COUNT / 20 + 1)); fi
}

# Each program with the 20 rules has filed all messages by the last rule.
filed()
{
	local name given=0
	for size in $SIZES; do given=$((given + $(count_for "$size") + 1)); done
	for name in rules/example.com/bob/Maildir procmail maildrop fdm lda; do
		[ ! -e "$work/$name" ] || all_done "filed in $name" "$(find "$work/$name" -path '*.Folder20/*' -type f \
			\( -path '*/new/*' -o -path '*/cur/*' \) | wc -l)" "$given"
	done
}

for place in $PLACES; do
	rm -rf "$work"
	work=$(mktemp -d "$place/mda-bench.XXXXXX")
	export HOME=$work
	sites
	programs > "$work/plan"
	for size in $SIZES; do
		echo "one delivery of $size bytes, $(count_for "$size") turns, on $(stat -f -c %T "$work")"
		turns "$(count_for "$size")" "$size" floor
		echo
	done
	filed
done
