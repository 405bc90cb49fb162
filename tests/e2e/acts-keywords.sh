#!/bin/bash
# Keywords that act: a client flags messages in a real Dovecot, and the next delivery has another
# verdict; killed at every step.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib-dovecot.sh"
. "$(dirname "$0")/lib-acts.sh"
needs_dovecot "keywords that act" strace

set_up_ann << 'END'
imap_server = dovecot
END
cp "$conf" "$work/etc/without.conf"
cat >> "$conf" << 'END'
block_keywords = { "$Block", "Sperren" }
allow_keywords = { "$Allow" }
END
start_dovecot < /dev/null

# flags FOLDER KEYWORD: a client flags all messages of the folder
flags()
{
	imap "SELECT \"$1\"" "STORE 1:* +FLAGS ($2)"
}

moved()
{
	imap "SELECT \"$1\"" "MOVE 1:* \"$2\""
}

# seen FOLDER: the flags that a client sees
seen()
{
	imap "SELECT \"$1\"" 'FETCH 1:* (FLAGS)' && grep -ao 'FLAGS ([^)]*))' "$work/out"
}

# entry LIST ADDRESS KEYWORD
entry()
{
	has "$home/.mda/$1" "^$2 # added $(date +%F): by the keyword $3"
}

# ---- block ----

ok "larry writes" arrives INBOX "Larry <larry@casino.test>"
ok "a client flags it" flags INBOX '\Flagged mine $Block'
uid=$(imap 'STATUS INBOX (UIDNEXT)' && grep -ao 'UIDNEXT [0-9]*' "$work/out")
ok "the next message of his is blocked" arrives Junk "Larry <larry@casino.test>"
ok "the entry has date and keyword" entry block larry@casino.test '\$Block$'
ok "which the log says" has "$work/log" 'event=note text="ann@a.test: \$Block: larry@casino.test is blocked"'
ok "the message is in Junk, beside the new one" eval 'holds INBOX 0 && holds Junk 2'
ok "without the keyword, with the others and the mark" eval 'seen Junk > "$work/flags"; has "$work/flags" "Flagged.* mine \\\$MdaBlocked" && not has "$work/flags" "\\\$Block[ )]"'
ok "no UID was given twice" eval 'imap "STATUS INBOX (UIDNEXT)" && has "$work/out" "$uid" && uids_agree'
ok "others are not blocked" arrives INBOX "Bob <bob@casino.test>"
ok "mda-lists shows it" eval '"$bin/mda-lists" show block -c "$conf" -d ann@a.test > "$work/out" && has "$work/out" "larry@casino.test.*by the keyword .Block"'

# ---- undo, by moving back ----

emptied INBOX
imap 'SELECT Junk' 'MOVE 1 INBOX'
ok "moved back to the INBOX: the next message of his is not blocked" eval 'moved Junk INBOX && arrives INBOX "Larry <larry@casino.test>"'
ok "the entry is gone" not grep -q larry "$home/.mda/block"
ok "and so is the mark" eval 'seen INBOX > "$work/flags"; not has "$work/flags" MdaBlocked'
ok "which stays so" eval 'arrives INBOX "Larry <larry@casino.test>" && not grep -qs larry "$home/.mda/block" && holds INBOX 4'
emptied INBOX Junk

# ---- allow ----

ok "spam of his is spam" arrives Junk "Larry <larry@casino.test>" "$spam"
ok "flagged in Junk" flags Junk '$allow'
ok "now he is allowed" arrives INBOX "Larry <larry@casino.test>" "$spam"
ok "by an entry" entry allow larry@casino.test '\$allow$'
ok "both are in the INBOX, one with the mark" eval 'holds INBOX 2 && holds Junk 0 && seen INBOX > "$work/flags" && has "$work/flags" MdaAllowed'
auth='dmarc=fail'
ok "a forgery of his is not" arrives Junk "Larry <larry@casino.test>" "$spam"
auth='dmarc=pass'
emptied Junk
ok "moved back to Junk: he is not allowed any more" eval 'moved INBOX Junk && arrives Junk "Larry <larry@casino.test>" "$spam" && not grep -q larry "$home/.mda/allow"'
ok "and all of them stay in Junk" eval 'holds Junk 3 && seen Junk > "$work/flags" && not has "$work/flags" MdaAllowed'
emptied INBOX Junk

# ---- where the message stays ----

ok "the keyword in another language, in capitals" eval 'arrives INBOX "Eve <eve@x.test>" && flags INBOX SPERREN && arrives Junk "Eve <eve@x.test>" && entry block eve@x.test "SPERREN\$"'
emptied INBOX Junk
ok "spam that is flagged to be blocked in Junk" eval 'arrives Junk "Ad <ad@shop.test>" "$spam" && flags Junk "\$Block" && arrives Junk "Ad <ad@shop.test>"'
ok "stays there, with its UID" eval 'entry block ad@shop.test "\\\$Block\$" && holds Junk 2 && seen Junk > "$work/flags" && not has "$work/flags" "Block" && uids_agree'
emptied INBOX Junk
ok "a message in the INBOX that is flagged to be allowed" eval 'arrives INBOX "Good <g@good.test>" && flags INBOX "\$Allow" && arrives INBOX "Good <g@good.test>" "$spam"'
ok "stays there" eval 'entry allow g@good.test "\\\$Allow\$" && holds INBOX 2 && seen INBOX > "$work/flags" && not has "$work/flags" "Allow"'
emptied INBOX Junk
ok "with both keywords it is blocked" eval 'arrives INBOX "Both <both@x.test>" && flags INBOX "\$Allow \$Block" && arrives Junk "Both <both@x.test>" && not grep -q both@ "$home/.mda/allow"'
emptied INBOX Junk
ok "the opposite keyword takes an entry back" eval 'arrives Junk "Both <both@x.test>" && flags Junk "\$Allow" && arrives INBOX "Both <both@x.test>" && not grep -q both@ "$home/.mda/allow" && not grep -q both@ "$home/.mda/block" && holds Junk 0'
emptied INBOX Junk
ok "a deleted message does nothing" eval 'arrives INBOX "Del <del@x.test>" && flags INBOX "\\Deleted \$Block" && arrives INBOX "Del <del@x.test>" && not grep -q del@x.test "$home/.mda/block"'
emptied INBOX
ok "one that lost the keyword again does nothing" eval 'arrives INBOX "Out <out@x.test>" && flags INBOX "\$Block" && imap "SELECT INBOX" "STORE 1:* -FLAGS (\$Block)" && arrives INBOX "Out <out@x.test>" && not grep -q out@x.test "$home/.mda/block"'
emptied INBOX Junk

# ---- what a forger tries ----

for auth in '' 'dmarc=fail' 'dmarc=none' 'spf=pass smtp.mailfrom=evil.test' 'dkim=pass header.d=evil.test'; do
	sender=x@evil.test
	[ "${auth:0:3}" = spf ] || sender=x@b.test
	cp "$home/.mda/allow" "$work/allow"
	arrives Junk "Boss <boss@b.test>" "$spam" > /dev/null && flags Junk '$Allow' > /dev/null
	auth=dmarc=pass sender=x@b.test arrives INBOX "N <n$RANDOM@n.test>" > /dev/null
	ok "a forged boss is not allowed: ${auth:-no result}" eval 'not grep -q boss "$home/.mda/allow"'
	emptied INBOX Junk
done
auth='dmarc=pass' sender=x@b.test
ok "which the owner is told" has "$home/.mda/allow.errors" '^\$[Aa]llow: .*: no entry is made: the sender is not proven'
ok "a sender cannot set a keyword" eval 'arrives Junk "K <k@x.test>" "$spam" "Keywords: \$Allow" "X-Keywords: \$Allow" "Status: RO" "X-IMAP-Flags: \$Allow" && arrives INBOX "N <n@n.test>" && not grep -q k@x.test "$home/.mda/allow"'
emptied INBOX Junk

# ---- mda-learn scan ----

scanned()
{
	"$bin/mda-learn" scan -c "$conf" -d ann@a.test "$@" > "$work/scanned" 2>&1
}
imap 'CREATE Work' 'CREATE Trash' > /dev/null
ok "a message in another folder is flagged" eval 'arrives INBOX "Scan <scan@x.test>" && moved INBOX Work && flags Work "\$Block"'
ok "a delivery does not look there" eval 'arrives INBOX "Scan <scan@x.test>" && holds Work 1'
ok "mda-learn scan does" eval 'scanned && has "$work/scanned" "^.Block: scan@x.test is blocked" && holds Work 0 && holds Junk 1 && entry block scan@x.test "\\\$Block\$"'
ok "deleted from Junk into the Trash, it stays blocked" eval 'moved Junk Trash && scanned && arrives Junk "Scan <scan@x.test>" && entry block scan@x.test "\\\$Block\$"'
emptied INBOX Junk Trash

# ---- at once, by imapsieve ----

if has_imapsieve; then
	ok "Dovecot starts with the settings of examples/dovecot" start_with_acts
	ok "a message is flagged" eval 'arrives INBOX "At Once <once@x.test>" && flags INBOX "\$Block"'
	ok "it is in Junk at once" holds Junk 1
	ok "and its sender is blocked" entry block once@x.test '\$Block$'
	ok "a client flags it in Junk to be allowed" flags Junk '$Allow'
	ok "it is in the INBOX at once" eval 'holds INBOX 1 && holds Junk 0'
	ok "and its sender is not blocked" not grep -q once@ "$home/.mda/block"
	ok "other flags do nothing" eval 'flags INBOX "\Flagged mine" && holds INBOX 1 && not grep -q once@ "$home/.mda/block" "$home/.mda/allow"'
	ok "the UIDs agree" uids_agree
	emptied INBOX Junk
else
	skip "imapsieve" "needs the package dovecot-sieve"
fi

# ---- what a delivery pays ----

traced()
{
	message "Calls <calls@x.test>" > "$work/mail"
	under_strace -f -qq -o "$work/calls" "$bin/mda" -c "$1" -f x@b.test -r ann@a.test < "$work/mail"
}
# named: how many calls name a directory cur/ or what is remembered of it
named()
{
	grep -cE '"[^"]*(\bcur|acts)"' "$work/calls"
}
arrives INBOX "Calls <calls@x.test>" > /dev/null
flags INBOX mine > /dev/null && sleep 2.1
arrives INBOX "Calls <calls@x.test>" > /dev/null
ok "a folder that has not changed is not read" eval 'traced "$conf" && not grep -E "(openat2?|open)\(.*[/\"]cur\".*O_DIRECTORY" "$work/calls" && not grep "dovecot-keywords" "$work/calls"'
with=$(named)
traced "$work/etc/without.conf"
echo "# a delivery looks at the keywords with $with calls that name a file, and $(named) without the keys"
ok "looking takes few system calls" [ "$((with - $(named)))" -gt 0 -a "$((with - $(named)))" -le 8 ]
emptied INBOX

# ---- killed ----

arrives INBOX "Kill <kill@x.test>" > /dev/null && arrives INBOX "Bob <bob@b.test>" > /dev/null
stop_dovecot
flag_by_hand()
{
	local file letter
	file=$(messages "$maildir" | xargs grep -la '^From: Kill')
	letter=$(awk '$2 == "$Block" { printf "%c", 97 + $1 }' "$maildir/dovecot-keywords")
	mv "$file" "$maildir/cur/$(basename "${file%%:*}"):2,FS$letter"
	rm -rf "$work/scene" && cp -a "$home" "$work/scene"
}
copies()
{
	messages "$maildir" | xargs grep -la '^From: Kill' | sed -E 's|^.*/Maildir/?||; s|/?(new\|cur)/[^:]*|/|; s/:2,FS[a-z]*$//'
}
survives()
{
	local call n step=2 kills=0
	[ -z "${THIN:-}" ] || step=5
	for call in renameat2 unlinkat linkat fsync flock; do
		for ((n = 1; n < 60; n += step)); do
			rm -rf "$home" && cp -a "$work/scene" "$home"
			message "Bob <bob@b.test>" > "$work/mail"
			under_strace -qq -o /dev/null -e trace=$call -e inject=$call:signal=KILL:when=$n \
				"$bin/mda" -c "$conf" -f x@b.test -r ann@a.test < "$work/mail" > "$work/out" 2>&1 && break
			kills=$((kills + 1))
			attempt -c "$conf" -f x@b.test -r ann@a.test < "$work/mail"
			is "$status" 0 && is "$(copies)" .Junk/ && is "$(grep -c kill@ "$home/.mda/block")" 1 && uids_agree || { echo "after $call $n"; return 1; }
		done
	done 2> /dev/null
	echo "# killed $kills times" >&2
	[ "$kills" -gt 8 ]
}
flag_by_hand
ok "killed while it blocks" survives
done_testing
