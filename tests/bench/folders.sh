#!/bin/bash
# What a large mailbox costs a delivery: an empty folder, one with MESSAGES messages, and an empty one beside FOLDERS other folders;
# then the same with Dovecot's file of UIDs. COUNT= for less.
set -eu
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$(readlink -f "$0")")/lib.sh"
# shellcheck source-path=SCRIPTDIR
. tests/bench/sites.sh
COUNT=${COUNT:-200}
MESSAGES=${MESSAGES:-100000}
FOLDERS=${FOLDERS:-2000}

# large_site NAME MESSAGES FOLDERS [LINE...]: bob's mailbox with so many messages in its INBOX and so many folders, all known
large_site()
{
	local name=$1 messages=$2 folders=$3
	shift 3
	mda_site "$name" "$@"
	python3 - "$work/$name/example.com/bob/Maildir" "$messages" "$folders" <<-'END'
		import os, sys
		box, messages, folders = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
		for name in [""] + ["/.Folder%04d" % i for i in range(folders)]:
		    for part in "new", "cur", "tmp":
		        os.makedirs(f"{box}{name}/{part}")
		    if name:
		        open(f"{box}{name}/maildirfolder", "x").close()
		directory = os.open(f"{box}/cur", os.O_RDONLY)
		for i in range(messages):
		    fd = os.open(f"{1700000000 + i}.M{i % 1000000:06d}P1Q1.bench,S=24,W=27:2,S", os.O_WRONLY | os.O_CREAT, 0o600, dir_fd=directory)
		    os.write(fd, b"Subject: %07d\n\nx\n" % i)
		    os.close(fd)
	END
	"$BUILD/mda-reindex" repair -c "$work/$name/mda.conf" -d bob@example.com > "$work/repair" 2>&1 || all_done "$name: repaired" "$(cat "$work/repair")" yes
}

# known NAME MESSAGES: each message has a UID of its own, and the mailbox agrees with the database
known()
{
	local conf=$work/$1/mda.conf
	"$BUILD/mda-reindex" check -c "$conf" -d bob@example.com > "$work/check" || all_done "$1: checked" "$(cat "$work/check")" clean
	all_done "$1: UIDs" "$("$BUILD/mda-reindex" export -c "$conf" -d bob@example.com | awk '$1 ~ /^[0-9]+$/ { print $1 }' | sort -u | wc -l)" "$2"
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
	known "empty-$1" $((COUNT + 1))
	known "messages-$1" $((MESSAGES + COUNT + 1))
	known "folders-$1" $((COUNT + 1))
}

beside none
beside dovecot
