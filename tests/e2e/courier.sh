#!/bin/bash
# A mailbox shared with a real Courier (package courier-imap): deliveries and clients take turns,
# and each IMAP client sees the UIDs, the folders and the subscriptions that we have.
# shellcheck source-path=SCRIPTDIR disable=SC2154
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib-courier.sh"

needs_courier "beside Courier"
set_up_courier

deliver()
{
	simple_message "$1" | "$bin/mda" -c "$conf" -f x@b.test -d ann@a.test -m "$2"
}

# append WORD FOLDER: by a client
append()
{
	local text
	text=$(simple_message "$1" | sed 's/$/\r/'; printf x)
	text=${text%x}
	imap "APPEND \"$2\" {${#text}}"$'\r\n'"$text"
}

# The UIDVALIDITY and the UIDs of a folder as an IMAP client sees them.
seen_by_client()
{
	imap "SELECT \"$1\"" 'UID FETCH 1:* (BODY.PEEK[HEADER.FIELDS (SUBJECT)])' || return
	awk '/UIDVALIDITY/ { match($0, /UIDVALIDITY [0-9]+/); print substr($0, RSTART, RLENGTH) }
		/FETCH \(/ { match($0, /UID [0-9]+/); uid = substr($0, RSTART, RLENGTH) } /^Subject:/ { print uid, $3 }' "$work/answers"
}

# agree FOLDER COUNT: so many messages, and the same numbers
agree()
{
	seen_by_client "$1" > "$work/client" && known_to_us "$1" > "$work/ours" || { cat "$work/err"; return 1; }
	is "$(grep -c '^UID ' "$work/client")" "$2" && diff "$work/client" "$work/ours"
}

# All messages of INBOX that existed before still have their UIDs.
no_other_numbers()
{
	test -s "$work/kept" && not grep -vxFf "$work/ours" "$work/kept"
}

validity()
{
	seen_by_client "$1" | sed -n 's/^UIDVALIDITY //p'
}

# tool NAME ARGUMENT...: with exit status 0; what it prints is in $work/out
tool()
{
	local name=$1
	shift
	"$bin/mda-$name" "$@" -c "$conf" -d ann@a.test > "$work/out" 2>&1 || { cat "$work/out"; return 1; }
}

subscribed()
{
	imap 'LSUB "" "*"' && is "$(sed -n 's/"//g; /Noselect/d; s/^\* LSUB .* \. //p' "$work/answers" | sort | tr '\n' ' ')" "$1"
}

ok "the first message makes the mailbox" deliver one INBOX
ok "... and a client sees its UID" agree INBOX 1
ok "a client's message" append two INBOX
deliver three INBOX
append four INBOX
deliver five INBOX
ok "clients and deliveries in turn" agree INBOX 5
ok "a client marks and deletes" imap 'SELECT INBOX' 'UID STORE 1 +FLAGS (\Seen)' 'UID STORE 2,5 +FLAGS (\Deleted)' 'EXPUNGE'
deliver six INBOX
ok "no UID is given a second time" agree INBOX 4
ok "the last one is larger than the one that went" has "$work/client" '^UID 6 six$'

ok "a folder that we make" deliver seven INBOX.Lists.C
ok "... is Courier's" agree INBOX.Lists.C 1
ok "... where Courier keeps it" is "$(message_count "$maildir/.Lists.C")" 1
ok "a client sees it as subscribed" subscribed 'INBOX.Lists.C '
ok "a client makes another one" imap 'CREATE INBOX.Mine' 'SUBSCRIBE INBOX.Mine'
deliver eight INBOX.Mine
append nine INBOX.Mine
deliver ten INBOX.Mine
ok "deliveries into a client's folder" agree INBOX.Mine 3
ok "a client takes ours from the list" imap 'UNSUBSCRIBE INBOX.Lists.C'
deliver eleven INBOX.Lists.C
ok "... and it stays so" subscribed 'INBOX.Mine '
ok "a name beyond ASCII" deliver twelve 'INBOX.Entwürfe'
ok "... is Courier's, which calls directories by UTF-8" imap 'STATUS "INBOX.Entw&APw-rfe" (MESSAGES)'
ok "... with the message" has "$work/answers" 'MESSAGES 1'
ok "both lists are one" subscribed 'INBOX.Entw&APw-rfe INBOX.Mine '

before=$(validity INBOX.Lists.C)
ok "a client renames the folder" imap 'RENAME INBOX.Lists.C INBOX.Old'
ok "a delivery makes the old name again" deliver thirteen INBOX.Lists.C
ok "it has a larger UIDVALIDITY" test "$(validity INBOX.Lists.C)" -gt "$before"
ok "... and a client sees our UIDs" agree INBOX.Lists.C 1
before=$(validity INBOX.Mine)
ok "a client deletes a folder" imap 'DELETE INBOX.Mine'
deliver fourteen INBOX.Mine
ok "made again, it has a larger UIDVALIDITY" test "$(validity INBOX.Mine)" -gt "$before"
ok "... and a client sees our UIDs" agree INBOX.Mine 1

ok "a client moves a message" imap 'SELECT INBOX' 'UID COPY 3 INBOX.Old' 'UID STORE 3 +FLAGS (\Deleted)' EXPUNGE
deliver fifteen INBOX.Old
ok "the copy has a UID of its own" agree INBOX.Old 4
# As maildrop would do it: Courier gives the UID when a client comes.
simple_message other > "$maildir/.Old/new/1600000000.M1P1.other"
chown "$owner" "$maildir/.Old/new/1600000000.M1P1.other"
deliver eighteen INBOX.Old
ok "a client sees what another program delivered" imap 'SELECT INBOX.Old'
deliver nineteen INBOX.Old
ok "its UID is Courier's, and ours stay" agree INBOX.Old 7
ok "mda-reindex check: all agrees" tool reindex check

known_to_us INBOX | grep '^UID' > "$work/kept"
rm "$maildir/courierimapuiddb"
deliver sixteen INBOX
ok "Courier's file is lost: it has the same UIDs again" agree INBOX 4
ok "... for all that were there" no_other_numbers
find "$maildir" -name courierimapuiddb -delete
rm -rf "$home/.Maildir.mda"
ok "the database as well: repair" tool reindex repair
ok "the same UIDs by the text copy" agree INBOX 4
ok "... for all that were there" no_other_numbers
ok "renumber" tool reindex renumber --force --yes --order=arrival
ok "clients see the new numbers" agree INBOX 4
ok "... of other folders too" agree INBOX.Old 7
ok "check again" tool reindex check

done_testing
