#!/bin/bash
# What a large mailbox costs a delivery: an empty folder, one with MESSAGES messages, and an empty one
# beside FOLDERS other folders; then the same with Dovecot's file of UIDs. COUNT= for less.
set -eu
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$(readlink -f "$0")")/lib.sh"
# shellcheck source-path=SCRIPTDIR
. tests/bench/sites.sh
COUNT=${COUNT:-200}
MESSAGES=${MESSAGES:-100000}
FOLDERS=${FOLDERS:-2000}

# uids NAME COUNT: so many UIDs are known, all different
uids()
{
	local conf=$work/$1/mda.conf
	all_done "$1: UIDs" "$("$BUILD/mda-reindex" export -c "$conf" -d bob@example.com |
		awk '$1 ~ /^[0-9]+$/ { print $1 }' | sort -u | wc -l)" "$2"
}

# beside SERVER: the three mailboxes, with imap_server = SERVER
beside()
{
	large_site "empty-$1" 0 0 "imap_server = $1"
	large_site "messages-$1" "$MESSAGES" 0 "imap_server = $1"
	large_site "folders-$1" 0 "$FOLDERS" "imap_server = $1"
	{
		mda_plan "empty-$1" "an empty folder"
		mda_plan "messages-$1" "$MESSAGES messages"
		mda_plan "folders-$1" "$FOLDERS folders"
	} > "$work/plan"
	echo "a delivery into a large mailbox, imap_server = $1, $COUNT turns"
	turns "$COUNT" 10000 "an empty folder"
	uids "empty-$1" $((COUNT + 1))
	uids "messages-$1" $((MESSAGES + COUNT + 1))
	uids "folders-$1" $((COUNT + 1))
}

beside none
beside dovecot
