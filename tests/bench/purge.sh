#!/bin/bash
# mda-purge of a large folder of which every second message was read: first those, then all others.
# COUNT= for fewer messages than 100,000.
set -eu
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$(readlink -f "$0")")/lib.sh"
COUNT=${COUNT:-100000}
maildir=$work/home/a.test/ann/Maildir
mkdir -p "$work/home/a.test/ann"

configure 'imap_server = dovecot' 'quota = "100G"'
awk -v n="$COUNT" 'BEGIN { for (i = 1; i <= n; i++) printf "From a@b.example Thu Nov 29 22:33:52 2001\nSubject: %d\nMessage-ID: <%d@b.example>\n%s\n\nA body.\n\n", i, i, i % 2 ? "Status: RO" : "X-Mailer: x" }' > "$work/mbox"
quietly "$BUILD/mda-import" --json -c "$work/mda.conf" -d ann@a.test --folder Old "$work/mbox" > /dev/null

files()
{
	find "$maildir/.Old/new" "$maildir/.Old/cur" -type f | wc -l
}

read=$(((COUNT + 1) / 2))
all_done "files there" "$(files)" "$COUNT"
echo "$COUNT messages in a folder"
timed "mda-purge --seen" "$read" "$BUILD/mda-purge" -c "$work/mda.conf" -d ann@a.test -F Old --seen
all_done "files left" "$(files)" $((COUNT - read))
uids_given "$work/mda.conf" -d ann@a.test
timed "mda-purge --everything" $((COUNT - read)) "$BUILD/mda-purge" -c "$work/mda.conf" -d ann@a.test -F Old --everything
all_done "files left" "$(files)" 0
all_done "messages counted" "$(awk 'NR > 1 { n += $2 } END { print n }' "$maildir/maildirsize")" 0
