#!/bin/bash
# Folders that act: a client moves messages with a real Dovecot, and the next delivery has another
# verdict.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib-dovecot.sh"
. "$(dirname "$0")/lib-acts.sh"
needs_dovecot "folders that act" strace

set_up_ann << 'END'
imap_server = dovecot
END
cp "$conf" "$work/without.conf"
cat >> "$conf" << 'END'
block_folders = { "Block sender", "Absender sperren" }
allow_folders = { "Allow sender" }
block_domain_folders = { "Block/Domain" }
allow_domain_folders = { "Allow/Domain" }
END
start_dovecot < /dev/null

# moved FROM-FOLDER TO-FOLDER: a client moves all messages of the folder, and flags them first
moved()
{
	imap "SELECT \"$1\"" 'STORE 1:* +FLAGS (\Flagged mine)' "MOVE 1:* \"$2\""
}

entry()
{
	has "$home/.mda/$1" "^$2 # added $(date +%F): by the folder $3"
}

# ---- the folders ----

ok "the first delivery" arrives INBOX "Larry <larry@casino.test>"
ok "the second makes the folders" arrives INBOX "Bob <bob@b.test>"
imap 'LSUB "" "*"'
ok "they are subscribed to" eval 'has "$work/out" "Block sender" && has "$work/out" "Absender sperren" && has "$work/out" "Allow sender" && has "$work/out" "Domain"'
ok "and can be selected" imap 'SELECT "Block sender"' 'SELECT "Block.Domain"'

# ---- block ----

emptied INBOX
ok "larry writes" arrives INBOX "Larry <larry@casino.test>"
ok "a client moves it to Block sender" moved INBOX "Block sender"
touch -d '3 days ago' "$maildir/.Block sender/cur/"* && old=$(stat -c %Y "$maildir/.Block sender/cur/"*)
ok "the next message of his is blocked" arrives Junk "Larry <larry@casino.test>"
ok "the entry has date and folder" entry block larry@casino.test 'Block sender$'
ok "which the log says" has "$work/log" 'event=note text="ann@a.test: Block sender: larry@casino.test is blocked"'
ok "the folder is empty" holds "Block sender" 0
ok "the message is in Junk, beside the new one" holds Junk 2
imap 'SELECT Junk' 'FETCH 1:* (UID FLAGS)'
ok "with its flags and keywords" has "$work/out" 'FLAGS \(.*\\Flagged.* mine\)'
ok "and its date" is "$(stat -c %Y "$maildir"/.Junk/*/* | sort -n | head -1)" "$old"
ok "and a UID of its own" uids_agree
"$bin/mda-lists" show block -c "$conf" -d ann@a.test > "$work/out" 2>&1
ok "mda-lists shows it" has "$work/out" 'larry@casino.test.*by the folder Block sender'
ok "others are not blocked" arrives INBOX "Bob <bob@casino.test>"

# ---- taking it back ----

ok "a client moves one from Junk to Allow sender" moved Junk "Allow sender"
ok "the next message of his is not blocked" arrives INBOX "Larry <larry@casino.test>"
ok "the entry is gone" not grep -q larry "$home/.mda/block"
ok "and none is made for the second message of his" test ! -s "$home/.mda/allow"
ok "both are in the INBOX" eval 'holds "Allow sender" 0 && holds Junk 0'
ok "spam of his is spam" arrives Junk "Larry <larry@casino.test>" "$spam"

# ---- allow ----

ok "moved to Allow sender again" moved Junk "Allow sender"
ok "now he is allowed" arrives INBOX "Larry <larry@casino.test>" "$spam"
ok "by an entry" entry allow larry@casino.test 'Allow sender$'
auth='dmarc=fail'
ok "a forgery of his is not" arrives Junk "Larry <larry@casino.test>" "$spam"
auth='dmarc=pass'
emptied INBOX Junk
ok "one that the user wrote by hand" eval 'echo "hand@b.test # mine" > "$home/.mda/block"; chown "$owner" "$home/.mda/block"; arrives Junk hand@b.test'
ok "is moved to Allow sender" moved Junk "Allow sender"
ok "which replaces the entry" arrives INBOX hand@b.test "$spam"
ok "in both lists" eval 'entry allow hand@b.test "Allow sender\$" && not grep -q hand "$home/.mda/block"'

# ---- the other folders ----

emptied INBOX Junk
ok "a name in another language" eval 'arrives INBOX "Eve <eve@x.test>" && moved INBOX "Absender sperren" && arrives Junk "Eve <eve@x.test>"'
ok "has its name in the entry" entry block eve@x.test 'Absender sperren$'
emptied INBOX Junk
ok "a whole domain" eval 'arrives INBOX "Ad <ad@shop.test>" && moved INBOX "Block.Domain" && arrives Junk "Other <other@shop.test>"'
ok "is one entry" entry block '\*@shop.test' 'Block/Domain$'
emptied INBOX Junk
ok "an allowed domain" eval 'arrives Junk "A <a@good.test>" "$spam" && moved Junk "Allow.Domain" && arrives INBOX "B <b@good.test>" "$spam"'
emptied INBOX Junk

# ---- what a forger tries ----

# tries NAME: it lies in Junk, the user moves it to Allow sender, and nobody is allowed by it
tries()
{
	cp "$home/.mda/allow" "$work/allow"
	moved Junk "Allow sender" && arrives INBOX "Nobody <n$RANDOM@n.test>" && cmp "$home/.mda/allow" "$work/allow" &&
		has "$home/.mda/allow.errors" "${1:-no entry is made}" && holds "Allow sender" 0
	local r=$?
	emptied INBOX Junk
	return $r
}

for auth in '' 'dmarc=fail' 'dmarc=none' 'spf=pass smtp.mailfrom=evil.test' 'dkim=pass header.d=evil.test' 'dmarc=fail spf=pass smtp.mailfrom=b.test dkim=fail'; do
	ok "a forged boss arrives: ${auth:-no result}" eval 'arrives Junk "Boss <boss@b.test>" "$spam"; is "$(tail -n 1 "$work/log" | grep -o " folder=[^ ]*")" " folder=Junk"'
	sender=x@evil.test
	ok "and is not allowed" tries 'the sender is not proven'
	sender=x@b.test
done
auth=
arrives Junk "Boss <boss@b.test>" "$spam" 'Authentication-Results: mx.a.test; dmarc=pass' > /dev/null
ok "a result of the forger's own" tries 'the sender is not proven'
auth='dmarc=pass'
arrives Junk '"*@*" <*@*>' "$spam" > /dev/null
ok "a pattern for an address" tries
arrives Junk '*@evil.test' "$spam" > /dev/null
ok "a pattern for a domain" tries 'cannot be an entry of a list'
arrives Junk '"boss@b.test # " <"boss@b.test # "@evil.test>' "$spam" > /dev/null
ok "a comment in an address" tries
arrives Junk 'boss@b.test, x@evil.test' "$spam" > /dev/null
ok "two authors" tries 'From is ambiguous'
arrives Junk 'x@evil.test' "$spam" 'From: boss@b.test' > /dev/null
ok "two From fields" tries 'several From fields'
arrives Junk '"boss@b.test" <x@evil.test>' "$spam" > /dev/null
moved Junk "Allow sender" && arrives INBOX a@n.test > /dev/null
ok "the boss's address as a display name: the author is allowed, not the boss" eval 'not grep -q boss "$home/.mda/allow" && entry allow x@evil.test "Allow sender\$"'
emptied INBOX Junk
auth='spf=pass smtp.mailfrom=sent.test' sender=list@sent.test
arrives Junk 'Boss <boss@b.test>' "$spam" > /dev/null
moved Junk "Allow sender" && auth=dmarc=pass arrives INBOX a@n.test > /dev/null
ok "a proven envelope sender is allowed instead" eval 'entry allow list@sent.test "Allow sender, for the envelope sender" && not grep -q boss "$home/.mda/allow"'
sender=x@b.test
emptied INBOX Junk
auth='dmarc=fail'
arrives INBOX 'Boss <boss@b.test>' > /dev/null
sender=x@b.test
moved INBOX "Block sender" && auth=dmarc=pass arrives Junk q@n.test > /dev/null
ok "a forged boss is not blocked, but who sent it" eval 'not grep -q boss "$home/.mda/block" && entry block x@b.test "Block sender, for the envelope sender"'
auth='dmarc=pass'
rm "$home/.mda/block"
emptied INBOX Junk
sender='' 
auth=
arrives INBOX 'Ann <ann@a.test>' > /dev/null
moved INBOX "Block sender" && auth=dmarc=pass arrives INBOX q@n.test > /dev/null
ok "nobody blocks their own address" eval 'not grep -qs ann@ "$home/.mda/block" && has "$home/.mda/block.errors" "forged or unknown"'
auth='dmarc=pass' sender=x@b.test
emptied INBOX Junk

# ---- what is not touched ----

ok "deleted messages do nothing" eval 'arrives INBOX "Del <del@x.test>" && imap "SELECT INBOX" "MOVE 1 \"Block sender\"" "SELECT \"Block sender\"" "STORE 1 +FLAGS (\\Deleted)" && arrives INBOX "Del <del@x.test>" && not grep -qs del@x.test "$home/.mda/block"'
emptied INBOX "Block sender"
ok "one that is moved out again does nothing" eval 'arrives INBOX "Out <out@x.test>" && moved INBOX "Block sender" && imap "SELECT \"Block sender\"" "MOVE 1:* INBOX" && arrives INBOX "Out <out@x.test>" && not grep -qs out@x.test "$home/.mda/block"'
emptied INBOX

# ---- mda-learn scan ----

scanned()
{
	"$bin/mda-learn" scan -c "$conf" -d ann@a.test "$@" > "$work/scanned" 2>&1
}
ok "a client moves one" eval 'arrives INBOX "Scan <scan@x.test>" && moved INBOX "Block sender"'
ok "a dry run of mda-learn scan does nothing" eval 'scanned --dry-run; holds "Block sender" 1'
ok "mda-learn scan needs no server" scanned
ok "and says what it did" has "$work/scanned" '^Block sender: scan@x.test is blocked$'
ok "at once" eval 'holds "Block sender" 0 && holds Junk 1 && entry block scan@x.test "Block sender\$"'
ok "it finds what was put there by hand" eval 'arrives INBOX "Hand <byhand@x.test>" && mv "$(messages "$maildir" | xargs grep -la byhand@)" "$maildir/.Block sender/cur/1.M1P1Q1.h:2," && scanned && entry block byhand@x.test "Block sender\$"'
emptied INBOX Junk

# ---- at once, by imapsieve ----

if has_imapsieve; then
	ok "Dovecot starts with the settings of examples/dovecot" start_with_acts
	ok "a message is moved to Block sender" eval 'arrives INBOX "At Once <once@x.test>" && moved INBOX "Block sender"'
	ok "it is in Junk at once" holds Junk 1
	ok "and its sender is blocked" entry block once@x.test 'Block sender$'
	ok "it is moved to Allow sender" moved Junk "Allow sender"
	ok "it is in the INBOX at once" holds INBOX 1
	ok "and its sender is not blocked" not grep -q once@ "$home/.mda/block"
	ok "the UIDs agree" uids_agree
	emptied INBOX Junk
else
	skip "imapsieve" "needs the package dovecot-sieve"
fi

# ---- folders that cannot act ----

sed -e 's/^block_folders.*/block_folders = { "INBOX", "Junk", "a\/\/b" }/' "$conf" > "$work/etc/wrong.conf"
not_acting()
{
	message "Spam <spam@x.test>" "$spam" > "$work/mail" && attempt -c "$work/etc/wrong.conf" -f x@b.test -r ann@a.test < "$work/mail" &&
		message "Spam <spam@x.test>" "$spam" > "$work/mail" && attempt -c "$work/etc/wrong.conf" -f x@b.test -r ann@a.test < "$work/mail" &&
		is "$status" 0 && holds Junk 2 && not grep -q spam@x.test "$home/.mda/block" &&
		has "$work/log" 'INBOX cannot be a folder that acts' && has "$work/log" 'Junk cannot be a folder that acts'
}
ok "the INBOX and Junk cannot act" not_acting
emptied INBOX Junk

# ---- what a delivery pays ----

calls_of()
{
	under_strace -f -qq -o "$work/calls" "$bin/mda" -c "$1" -f x@b.test -r ann@a.test < "$work/mail" || return
	wc -l < "$work/calls"
}

sleep 2.1
message "Cost <cost@x.test>" > "$work/mail"
calls_of "$conf" > /dev/null
message "Cost <cost@x.test>" > "$work/mail"
without=$(calls_of "$work/without.conf")
cp "$work/calls" "$work/calls.without"
message "Cost <cost@x.test>" > "$work/mail"
with=$(calls_of "$conf")
comment <<< "$without calls without the keys, $with with five folders"
ok "without the keys nothing is looked at" not grep -qE '"acts|Block|Allow' "$work/calls.without"
stats()
{
	grep -cE 'stat[a-z0-9]*\([0-9]+, "tmp"' "$1"
}
ok "with them, one stat for each folder" is "$(($(stats "$work/calls") - $(stats "$work/calls.without")))" 5
ok "and no folder is listed" is "$(grep -cE '(Block|Allow|Absender).*O_PATH' "$work/calls") $(grep -cE '(Block|Allow|Absender)' "$work/calls")" "5 6"
done_testing
