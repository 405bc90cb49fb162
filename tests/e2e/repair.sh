#!/bin/bash
# mda-reindex repair, renumber, export, import and --all: accidents of a mailbox, after each of
# which the known UIDs are the same.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib-reindex.sh"

# UID and base name of every existing message
uids()
{
	"$bin/mda-reindex" show "$box" | awk '/UIDVALIDITY/ { print; next } !/no file/ { sub(/.*\//, "", $2); sub(/:2,.*/, "", $2); print $1, $2 }' |
		sed 's/  UIDNEXT.*//'
}

agrees()
{
	reindex 0 check "$box"
}

# kept COMMAND...: after it every message has the UID that it had, and all agrees
kept()
{
	uids > "$work/before"
	"$@" || return
	uids > "$work/after"
	diff "$work/before" "$work/after" && agrees
}

json()
{
	python3 -c "import json, sys
d = json.load(open(sys.argv[1]))
assert $1, d" "$work/out"
}

snapshot()
{
	(cd "$home" && find . -type f ! -name 'lock*' -exec sha256sum {} + | sort)
}

# The first file of the INBOX, wherever it is
first_file()
{
	find "$box/new" "$box/cur" -type f | sort | head -n 1
}

# ---- repair ----

for _ in 1 2 3 4; do deliver; done
deliver Work
deliver Work

ok "nothing to do" eval 'kept reindex 0 repair "$box" && reindex 0 repair "$box" && has "$work/out" "^INBOX: nothing to do, 4 messages\$"'

renamed()
{
	old=$(first_file)
	uid=$("$bin/mda-reindex" show "$box" | grep -F "${old##*/}" | awk '{ print $1 }')
	mv "$old" "$box/cur/renamed.by.hand:2,S"
	reindex 1 repair --dry-run "$box" && has "$work/out" "^INBOX: ~ $uid .* -> renamed.by.hand\$" &&
		reindex 0 repair "$box" && has "$work/out" "^INBOX: 3 kept, 0 new, 1 renamed, 0 gone" &&
		reindex 0 show "$box" && has "$work/out" "^ +$uid  cur/renamed.by.hand:2,S" && agrees
}
ok "a file that was renamed is known by its content" renamed

# In a folder that the database did not know, repair has read the files, whoever gave the UIDs.
renamed_after_adoption()
{
	local adopted=$work/adopted/Maildir i
	rm -rf "$work/adopted" && mkdir -p "$adopted"/{cur,new,tmp} || return
	for i in 1 2 3; do
		printf 'Subject: %d\n\nhello\n' "$i" > "$adopted/cur/170000000$i.M$i.old:2,S"
	done
	[ "$1" = none ] || printf '3 V1600000000 N4\n1 :1700000001.M1.old\n2 :1700000002.M2.old\n3 :1700000003.M3.old\n' > "$adopted/dovecot-uidlist"
	! is_root || chown -R "$owner" "$work/adopted"
	reindex 0 repair --imap-server="$1" "$adopted" && mv "$adopted/cur/1700000002.M2.old:2,S" "$adopted/cur/1700000002.M2.old,S=20,W=23:2,S" &&
		reindex 0 repair --imap-server="$1" "$adopted" && has "$work/out" "^INBOX: 2 kept, 0 new, 1 renamed, 0 gone"
}
ok "... in an adopted folder, too" renamed_after_adoption none
ok "... and one with the server's UIDs" renamed_after_adoption dovecot

# What the server's file has beside a UID stays with the message: P is the message's name for POP3
# clients.
fields_stay()
{
	local adopted=$work/fields/Maildir i
	rm -rf "$work/fields" && mkdir -p "$adopted"/{cur,new,tmp} || return
	for i in 1 2 3; do
		printf 'Date: Mon, %d Nov 2026 10:00:00 +0000\nSubject: %d\n\nhello\n' $((10 - i)) "$i" > "$adopted/cur/170000000$i.M$i.old:2,S"
	done
	printf '3 V1600000000 N4 G0123456789abcdef0123456789abcdef\n1 Pone :1700000001.M1.old\n2 W20 Ptwo G7 :1700000002.M2.old\n3 Pthree :1700000003.M3.old\n' > "$adopted/dovecot-uidlist"
	! is_root || chown -R "$owner" "$work/fields"
	reindex 0 repair --imap-server=dovecot "$adopted" && reindex 0 renumber --order=date --yes "$adopted" &&
		is "$(sed 1d "$adopted/dovecot-uidlist")" $'1 Pthree :1700000003.M3.old\n2 W20 Ptwo G7 :1700000002.M2.old\n3 Pone :1700000001.M1.old' &&
		reindex 0 repair "$adopted" && mv "$adopted/cur/1700000002.M2.old:2,S" "$adopted/cur/1700000002.M2.new:2,S" &&
		reindex 0 repair "$adopted" && has "$adopted/dovecot-uidlist" '^2 W20 Ptwo G7 :1700000002.M2.new$' &&
		has "$adopted/dovecot-uidlist" 'G0123456789abcdef0123456789abcdef$'
}
ok "the fields of dovecot-uidlist stay with the message, renumbered or renamed" fields_stay

dry()
{
	printf 'Subject: x\n\nhello\n' > "$box/new/1800000000.M1P1.foreign"
	snapshot > "$work/before"
	reindex 1 repair --dry-run "$box" && has "$work/out" "^INBOX: \+ 5 1800000000.M1P1.foreign\$" &&
		has "$work/out" "nothing was changed" && snapshot > "$work/after" && diff "$work/before" "$work/after"
}
ok "a dry run tells and changes nothing" dry
ok "... as JSON" eval 'reindex 1 repair --dry-run --json "$box" && json "d[\"folders\"][0][\"changes\"] == [{\"kind\": \"new\", \"uid\": 5, \"name\": \"1800000000.M1P1.foreign\"}]"'
ok "a new file gets the next UID" eval 'reindex 0 repair "$box" && has "$work/out" "^INBOX: 4 kept, 1 new, 0 renamed, 0 gone; UIDVALIDITY [0-9]+, UIDNEXT 5 -> 6\$" && agrees'

gone()
{
	rm "$box/new/1800000000.M1P1.foreign"
	reindex 0 repair "$box" && has "$work/out" "^INBOX: 4 kept, 0 new, 0 renamed, 1 gone" && agrees && deliver &&
		reindex 0 show "$box" && has "$work/out" "^ +6  \"?new/"
}
ok "a file that is gone is forgotten, its UID is not given again" gone

lost_state()
{
	rm -r "$state"
	reindex 0 repair "$box" && has "$work/err" "INBOX: 5 UIDs were restored from mda-uids" &&
		has "$work/err" "Work: 2 UIDs were restored"
}
ok "the database is lost" kept lost_state

damaged_state()
{
	printf '%9000s' x > "$state/data.mdb"
	reindex 0 repair "$box" && has "$work/err" "damaged" && has "$work/err" "INBOX: 5 UIDs were restored"
}
ok "the database is damaged" kept damaged_state
rm -f "$state"/data.mdb.damaged*

lost_copy()
{
	rm "$box/mda-uids" "$box/.Work/mda-uids"
	reindex 1 check "$box" && has "$work/out" "^backup-differs \(2\): " && reindex 0 repair "$box"
}
ok "the text copy is lost" kept lost_copy

only_one_folder()
{
	printf 'x\n\n' > "$box/new/1.a"
	printf 'x\n\n' > "$box/.Work/new/1.b"
	reindex 0 repair --folder Work "$box" && has "$work/out" "^Work: " && ! grep -q INBOX "$work/out" && reindex 1 check "$box" &&
		has "$work/out" "^INBOX: a message file without a UID" && reindex 0 repair "$box" && agrees
}
ok "one folder only" only_one_folder
ok "a folder that is not there" eval 'reindex 75 repair --folder None "$box" && has "$work/err" "no folder None"'

two_tools()
{
	python3 -c "import fcntl, struct, sys, time
f = open('$state/lock', 'r+')
fcntl.fcntl(f, 37, struct.pack('hhqqi4x', 1, 0, 1 << 60, 1, 0))
open('$work/held', 'w')
time.sleep(30)" &
	local holder=$!
	wait_for 10 test -e "$work/held"
	reindex 75 repair "$box" && has "$work/err" "another mda-reindex"
	local status=$?
	kill "$holder"
	return $status
}
ok "two of them do not work on one mailbox" two_tools

# ---- an IMAP server's file ----

with_server()
{
	reindex 0 repair --imap-server=dovecot "$box" && reindex 0 export --format=dovecot "$box" && cp "$box/dovecot-uidlist" "$work/uidlist" &&
		diff <(sed 's/ G[0-9a-f]*$//' "$work/uidlist") "$work/out"
}
ok "repair writes Dovecot's file" kept with_server
ok "... and check knows it from then on" eval 'sed -i "\$d" "$box/dovecot-uidlist" && reindex 1 check "$box" && has "$work/out" "^INBOX: the IMAP server.s file does not have a message: UID"'
ok "... and repair mends it" kept reindex 0 repair "$box"
# The message of the last line gets a later UID as well.
ok "a message twice in it is told" eval 'awk "{ print } END { sub(/^[0-9]+/, \$1 + 5); print }" "$box/dovecot-uidlist" > "$work/twice" && cat "$work/twice" > "$box/dovecot-uidlist" && reindex 1 check "$box" && has "$work/out" "^INBOX: the IMAP server.s file has a message twice: UID" && cp "$work/uidlist" "$box/dovecot-uidlist"'
# A reader's work: two more messages with UIDs from the server, and a folder.
served()
{
	local next
	next=$(awk 'END { print $1 + 1 }' "$box/dovecot-uidlist")
	echo "$next :17.moved.there" >> "$box/dovecot-uidlist" && echo "x" > "$box/cur/17.moved.there:2,S" && cp -r "$box/.Work" "$box/.Made" &&
		rm "$box/.Made/mda-uids" && reindex 0 check "$box" && has "$work/out" "Maildir and UID database agree" &&
		rm -r "$box/.Made" "$box/cur/17.moved.there:2,S" && sed -i '$d' "$box/dovecot-uidlist"
}
ok "what a reader moved or made, and the server knows, is no finding" served
ok "a damaged one" eval 'echo "what is this" > "$box/dovecot-uidlist" && reindex 1 check "$box" && has "$work/out" "^server-damaged \(1\)"'
ok "... is written anew" kept reindex 0 repair "$box"
rm "$box"/dovecot-uidlist "$box"/.*/dovecot-uidlist

# ---- renumber ----

out_of_order()
{
	local day=28 f
	mkdir -p "$box"/.Old/{new,cur,tmp}
	for i in 1 2 3 4 5; do
		printf 'Date: %d Feb 2020 10:00:00 +0000\nSubject: %d\n\nx\n' $((day - i)) "$i" > "$box/.Old/cur/158000000$i.M${i}P1.h:2,S"
	done
	printf 'Received: from a by b; 1 Feb 2020 10:00:00 +0000\n\nx\n' > "$box/.Old/cur/1580000006.M6P1.h:2,"
	! is_root || chown -R "$owner" "$box/.Old"
	reindex 0 repair "$box" && reindex 0 show "$box" --folder Old
}
ok "a folder whose UIDs do not follow its dates" out_of_order
ok "it is said how many are out of order, and nothing is done unasked" eval 'kept reindex 75 renumber --order=date "$box" && reindex 75 renumber --order=date "$box" && has "$work/err" "^Old: 5 of 6 messages are out of order" && has "$work/err" "IMAP clients will fetch"'
ok "a dry run" eval 'kept reindex 1 renumber --dry-run --folder Old "$box" && reindex 1 renumber --dry-run --folder Old "$box" && has "$work/out" "^Old: \* 6 -> 1 1580000006.M6P1.h"'

renumber()
{
	local before after
	before=$("$bin/mda-reindex" show --folder Old "$box" | sed -n 's/.*UIDVALIDITY \([0-9]*\).*/\1/p')
	reindex 0 renumber --order=date --yes --folder Old "$box" && agrees && reindex 0 show --folder Old "$box" || return
	after=$(sed -n 's/.*UIDVALIDITY \([0-9]*\).*/\1/p' "$work/out")
	[ "$after" -gt "$before" ] && is "$(awk '/cur/ { print $2 }' "$work/out" | sed 's/.*M\(.\)P.*/\1/' | tr -d '\n')" 654321 &&
		is "$(stat -c %Y "$box/.Old/cur/1580000001.M1P1.h:2,S")" "$(date -d '27 Feb 2020 10:00:00 +0000' +%s)"
}
ok "UIDs follow the dates, under a larger UIDVALIDITY; the files have their dates" renumber
ok "renumbered again, nothing changes" kept reindex 0 renumber --order=date --yes --folder Old "$box"
times_alone()
{
	touch "$box"/.Old/cur/* && reindex 75 renumber --order=date --folder Old "$box" && has "$work/err" 'use --yes' &&
		kept reindex 0 renumber --order=date --yes --folder Old "$box" &&
		is "$(stat -c %Y "$box/.Old/cur/1580000001.M1P1.h:2,S")" "$(date -d '27 Feb 2020 10:00:00 +0000' +%s)"
}
ok "the order is right already: the files get their dates all the same" times_alone
ok "--force: also where the order is right, from 1 on" eval 'reindex 0 show --folder Old "$box" && head -n 1 "$work/out" > "$work/before" && reindex 75 renumber --order=date --force --folder Old "$box" && has "$work/err" "use --yes" && reindex 0 renumber --order=date --force --yes --folder Old "$box" && reindex 0 show --folder Old "$box" && ! head -n 1 "$work/out" | cmp -s - "$work/before" && agrees'
ok "by arrival" eval 'reindex 0 renumber --order=arrival --yes --folder Old "$box" && reindex 0 show --folder Old "$box" && is "$(awk "/cur/ { print \$2 }" "$work/out" | sed "s/.*M\(.\)P.*/\1/" | tr -d "\n")" 123456 && agrees'
ok "by size" eval 'reindex 0 renumber --order=size --yes --folder Old "$box" && agrees'
ok "in no other order" eval 'reindex 75 renumber --order=name --yes "$box" && has "$work/err" "takes one of date, arrival, size, not name"'

# ---- export and import ----

there_and_back()
{
	reindex 0 export "$box" && cp "$work/out" "$work/text" && rm -r "$state" "$box"/mda-uids "$box"/.*/mda-uids &&
		reindex 0 import "$box" "$work/text" && reindex 0 export "$box" && diff "$work/text" "$work/out"
}
ok "text: exported, all lost, imported" kept there_and_back

there_and_back_as()
{
	reindex 0 export --format="$1" --folder Work "$box" && cp "$work/out" "$work/list" && rm -r "$state" "$box/.Work/mda-uids" &&
		reindex 0 import --format="$1" --folder Work "$box" "$work/list" && reindex 0 repair "$box" &&
		reindex 0 export --format="$1" --folder Work "$box" && diff "$work/list" "$work/out"
}
ok "Dovecot's form" kept there_and_back_as dovecot
ok "Courier's form" kept there_and_back_as courier

# Two messages change places: under one UID, a client would see another message.
swapped()
{
	reindex 0 export "$box" && cp "$work/out" "$work/text" || return
	awk '/^folder/ { n = 0 } /^[0-9]/ && ++n <= 2 { keep[n] = $0; if (n == 2) { split(keep[1], a, " "); split(keep[2], b, " ");
		print a[1], b[2]; print b[1], a[2] } next } { print }' "$work/text" > "$work/swapped"
	! cmp -s "$work/text" "$work/swapped" || return
	reindex 75 import "$box" "$work/swapped" && has "$work/err" 'is another message here' &&
		reindex 0 export "$box" && diff "$work/text" "$work/out" &&
		reindex 0 import --yes "$box" "$work/swapped" && reindex 0 import --yes "$box" "$work/text"
}
ok "import: another message under a known UID" kept swapped

# refused TEXT WORDS...: that import is refused, with its place
refused()
{
	printf '%b' "$1" > "$work/bad"
	kept reindex 75 import "$box" "$work/bad" && reindex 75 import "$box" "$work/bad" && has "$work/err" "$2"
}
ok "import: no such file" refused 'x\n' 'bad:1: the first line must be'
ok "import: a record before a folder" refused 'mda-uids 1\n1 a\n' 'bad:2: a record before'
ok "import: a folder without numbers" refused 'mda-uids 1\nfolder INBOX\n' 'bad:2: .*expected'
ok "import: UIDs that do not ascend" refused 'mda-uids 1\nfolder INBOX uidvalidity 7 uidnext 9\n2 a\n2 b\n' 'bad:4: the UIDs do not ascend'
ok "import: UID 0" refused 'mda-uids 1\nfolder INBOX uidvalidity 7 uidnext 9\n0 a\n' 'bad:3: the UID is not'
ok "import: a name with a slash" refused 'mda-uids 1\nfolder INBOX uidvalidity 7 uidnext 9\n1 a/b\n' 'bad:3: the name'
ok "import: wrong quotes" refused 'mda-uids 1\nfolder INBOX uidvalidity 7 uidnext 9\n1 "a\n' 'bad:3: .*quotes'
ok "import: a folder twice" refused 'mda-uids 1\nfolder A uidvalidity 7 uidnext 9\nfolder A uidvalidity 7 uidnext 9\n' 'bad:3: .*twice'
ok "import: a folder that is not there" refused 'mda-uids 1\nfolder Nowhere uidvalidity 7 uidnext 9\n' 'no folder Nowhere'
ok "import: a file that is not there" eval 'reindex 75 import "$box" "$work/none" && has "$work/err" "there is no file"'

# ---- killed ----

# Killed at any moment: nothing has happened, or everything.
killed()
{
	local i
	for ((i = 0; i < 40; i++)); do
		printf 'Subject: %d\n\nx\n' "$i" > "$box/new/18000000$((i + 10)).M1P1.k"
		timeout -s KILL "0.00$((i % 10))" "$bin/mda-reindex" repair "$box" > "$work/said" 2>&1
		uids | awk '/INBOX/ { f = 1 } f' >> "$work/history"
	done
	reindex 0 repair "$box" && agrees || return
	# Every message still has the UID that it was ever seen with.
	uids > "$work/after"
	awk '$1 ~ /^[0-9]+$/ && $2 ~ /\.k$/ { if ($2 in u && u[$2] != $1) { print $2, u[$2], $1; bad = 1 } u[$2] = $1 } END { exit bad }' "$work/history" "$work/after"
}
ok "killed at any moment, no UID changes" killed

# ---- every mailbox ----

"$bin/mda" -c "$conf" -d y@a.test -f ann@outside.test < <(simple_message 1)
"$bin/mda" -c "$conf" -d z@b.test -f ann@outside.test < <(simple_message 1)
ok "--all: every mailbox of the configuration" eval 'reindex 0 show --all --jobs=2 -c "$conf" && is "$(cut -d: -f1 "$work/out" | uniq | tr "\n" " ")" "x@a.test y@a.test z@b.test 3 mailboxes " && has "$work/out" "^3 mailboxes: 3 good, 0 with findings, 0 failed\$"'
ok "... where all are well check says nothing" eval 'reindex 0 check --all -c "$conf" && [ ! -s "$work/out" ]'
rm "$work"/vhosts/a.test/x/Maildir/new/*
ok "... nor when a reader removed messages" eval 'reindex 0 check --all -c "$conf" && [ ! -s "$work/out" ]'
printf 'x\n\n' > "$work/vhosts/a.test/y/Maildir/new/1.foreign"
! is_root || chown -R "$owner" "$work/vhosts/a.test/y/Maildir/new"
ok "... one with a disagreement" eval 'reindex 1 check --all -c "$conf" && has "$work/out" "^y@a.test: INBOX: a message file without a UID: 1.foreign" && ! grep -q "^[xz]@" "$work/out" && has "$work/out" ": 2 good, 1 with findings, 0 failed"'
ok "... as JSON, an object a line" eval 'reindex 1 check --all --json -c "$conf" && python3 -c "import json, sys
d = [json.loads(l) for l in sys.stdin]
assert [(x[\"mailbox\"], x[\"status\"]) for x in d] == [(\"x@a.test\", 0), (\"y@a.test\", 1), (\"z@b.test\", 0)], d" < "$work/out"'
ok "... repaired" eval 'reindex 0 repair --all -c "$conf" && reindex 0 check --all -c "$conf"'
printf '%9000s' x > "$work/vhosts/b.test/z/.Maildir.mda/data.mdb"
ok "... one that cannot be told does not stop the others" eval 'reindex 75 check --all -c "$conf" && has "$work/out" ": 2 good, 0 with findings, 1 failed" && has "$work/err" "^mda-reindex: z@b.test: UID database"'

# ---- renumber, dates ----

unknown_folder()
{
	mkdir -p "$box"/.New/{new,cur,tmp}
	printf 'Date: Fri Feb 28 10:00:00 2020\n\nx\n' > "$box/.New/cur/1580000001.M1P1.h:2,"
	printf 'Date: 2020-02-27T10:00:00Z\n\nx\n' > "$box/.New/cur/1580000002.M2P1.h:2,"
	printf 'Date: some day\n\nx\n' > "$box/.New/cur/1580000003.M3P1.h:2,"
	touch -d '26 Feb 2020' "$box/.New/cur/1580000003.M3P1.h:2,"
	! is_root || chown -R "$owner" "$box/.New"
	reindex 75 renumber --order=date --folder New "$box" && has "$work/err" 'use --yes' &&
		reindex 1 check "$box" && has "$work/out" '^New: a folder with messages that is not in the database'
}
ok "a folder without UIDs is not renumbered unasked, either" unknown_folder
ok "dates of other forms are read, and others counted" eval 'reindex 0 renumber --order=date --yes --folder New "$box" && has "$work/err" "^mda-reindex: 1 messages have no date" && reindex 0 show --folder New "$box" && is "$(awk "/cur/ { print \$2 }" "$work/out" | sed "s/.*M\(.\)P.*/\1/" | tr -d "\n")" 321'

# ---- JSON of many changes ----

many_changes()
{
	local i
	mkdir -p "$box"/.Many/{new,cur,tmp}
	for i in $(seq 2000); do printf 'x: %d\n\n' "$i" > "$box/.Many/cur/16$((i + 10000000)).M1P1.h:2,"; done
	! is_root || chown -R "$owner" "$box/.Many"
	reindex 0 repair "$box" && rm "$box"/.Many/cur/* && mkdir -p "$box"/.Many/cur && touch "$box/.Many/cur/1700000000.M1P1.h:2," &&
		{ ! is_root || chown -R "$owner" "$box/.Many"; } && reindex 0 repair --json --folder Many "$box" &&
		[ "$(stat -c %s "$work/out")" -gt 100000 ] &&
		is "$(python3 -c 'import json, sys; d = json.load(open(sys.argv[1])); print(len(d["folders"][0]["changes"]))' "$work/out")" 2001
}
ok "repair --json of more than fits into memory at once" many_changes

done_testing
