#!/bin/bash
# mda-try: what other rules, lists or settings would make of a Maildir or an mbox file; nothing is
# changed and nothing leaves.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

set_up_vhosts
conf=$work/etc/mda.conf
home=$work/vhosts/a.test/ann
maildir=$home/Maildir
mkdir -p "$home/.mda"
# Whoever is called instead of the MTA leaves a trace.
printf '#!/bin/sh\ntouch "%s/sent"\n' "$work/sendmail-" > "$work/sendmail"
chmod 755 "$work/sendmail"
cat > "$home/.mda/filter.sieve" << 'END'
require "fileinto";
if header :contains "subject" "report" { fileinto "Reports"; }
END
printf 'scripts_user = { "%%h/.mda/filter.sieve" }\n' >> "$conf"
chown -hR "$owner" "$home"

# deliver NUMBER SENDER SUBJECT [ORIGINAL]
deliver()
{
	printf 'Received: from x by y; Mon, 2 Nov 2026 10:00:00 +0100\nFrom: <%s>\nTo: ann@a.test\nSubject: %s\nMessage-ID: <%s@b.test>\nDate: Mon, 2 Nov 2026 10:00:00 +0100\n\nThe body has the number%s.\n' \
		"$2" "$3" "$1" "$1" > "$work/mail"
	attempt -c "$conf" -f "$2" -r ann@a.test -a "${4:-ann@a.test}" < "$work/mail"
	is "$status" 0
}

fill()
{
	local i
	for i in 1 2 3 4; do
		deliver "$i" "bob@b.test" "plain $i" || return 1
	done
	deliver 5 carol@c.test "the report" && deliver 6 dave@news.test "offer" &&
		deliver 7 dave@news.test "another offer" sales@a.test
}
ok "mail is delivered by the rules of today" fill
ok "and the report is in its folder" is "$(message_count "$maildir/.Reports")" 1

# try ARGUMENT...: what it prints is in $work/out
try()
{
	status=0
	"$bin/mda-try" -c "$conf" "$@" > "$work/out" 2> "$work/err" || status=$?
	[ "$status" -eq 0 ] || cat "$work/err"
	return "$status"
}

# json EXPRESSION VALUE: of the result r
json()
{
	is "$(python3 -c "import json; r = json.load(open('$work/out')); print(($1))")" "$2"
}

# row OLD NEW MESSAGES CHANGED
row()
{
	json "[(o['messages'], o['changed']) for o in r['outcomes'] if (o['old'], o['new']) == ('$1', '$2')]" "[($3, $4)]"
}

# All that can be seen of a tree, but for the times of reading.
tree()
{
	find "$work/vhosts" "$work/spool" "$work/log" -printf '%p %i %m %U %G %s %T@ %C@ %l\n' | sort
	find "$work/vhosts" -type f -exec sha256sum {} + | sort
}
# tree
tree > "$work/before"

cat > "$work/new.sieve" << 'END'
require ["fileinto", "imap4flags", "copy", "vacation", "reject", "envelope"];
if header :contains "subject" "offer" { fileinto "Offers"; }
elsif header :is "subject" "plain 1" { discard; }
elsif header :is "subject" "plain 2" { redirect "x@y.test"; }
elsif header :is "subject" "plain 3" { reject "no"; }
elsif header :is "subject" "plain 4" { keep :flags "\\Flagged"; vacation "I am away"; }
elsif header :is "subject" "never" { fileinto "Never"; }
END
chmod 644 "$work/new.sieve"

ok "a script is tried" try -r ann@a.test --script "$work/new.sieve" --json --jobs 2
ok "its version is 1" json "r['version'], r['messages'], r['judged'], r['old']" "(1, 7, 7, 'folder')"
ok "two messages would be filed" row INBOX Offers 2 2
ok "one discarded" row INBOX '(discarded)' 1 1
ok "one redirected" row INBOX '(to x@y.test)' 1 1
ok "one refused" row INBOX '(refused)' 1 1
ok "one flagged and answered" row INBOX INBOX 1 1
ok "one would come back" row Reports INBOX 1 1
ok "each difference is counted" json "r['differences']" \
	"{'folder': 6, 'flags': 1, 'discard': 1, 'reject': 1, 'redirect': 1, 'answer': 1, 'program': 0, 'failure': 0}"
ok "rules are counted" json "[(x['line'], x['tested'], x['matched']) for x in r['rules']]" \
	"[(2, 7, 2), (3, 5, 1), (4, 4, 1), (5, 3, 1), (6, 2, 1), (7, 1, 0)]"
ok "an example says which message it is" json \
	"[(e['subject'], e['from'], e['date'], e['folder']) for o in r['outcomes'] if o['new'] == 'Offers' for e in o['examples']][0]" \
	"('offer', '<dave@news.test>', 1793610000, 'INBOX')"
ok "and where it is decided" json \
	"[e['reason'] for o in r['outcomes'] if o['new'] == 'Offers' for e in o['examples']][0]" "$work/new.sieve:2"

ok "the same for people" try -r ann@a.test --script "$work/new.sieve"
ok "has the table" has "$work/out" '^ *2  INBOX  *->  Offers$'
ok "the rules that never matched" has "$work/out" '^rules that never matched:$'
ok "with their line" has "$work/out" "new\\.sieve:7: elsif header :is \"subject\" \"never\""
ok "and a summary" has "$work/out" '^7 messages: 0 as before, 7 differ \(folder 6, flags 1, '

ok "compared with the rules in force" try -r ann@a.test --script "$work/new.sieve" --compare --json
ok "the report's old outcome is the old rule's" row Reports INBOX 1 1
ok "the rules in force change nothing" try -r ann@a.test --compare --json
ok "at all" json "r['changed'], len(r['outcomes'])" "(0, 2)"

cat > "$work/old.sieve" << 'END'
require "fileinto";
if header :contains "subject" "offer" { fileinto "Junk"; }
END
ok "compared with another script" try -r ann@a.test --script "$work/new.sieve" --against "$work/old.sieve" --json
ok "whose outcome counts as old" row Junk Offers 2 2

# ---- lists and settings ----

printf 'dave@news.test\nbad entry @@\n' > "$work/blocked"
ok "a list is tried" try -r ann@a.test --block "$work/blocked" --json
ok "its entry blocks" row INBOX Junk 2 2
ok "its error has a place" json "[(n['file'], n['line'], n['column']) for n in r['notes']]" "[('$work/blocked', 2, 1)]"
mkdir "$work/lists"
cp "$work/blocked" "$work/lists/block"
ok "a directory of lists is tried" try -r ann@a.test --lists "$work/lists" --json
ok "and its list has the global one's name" row INBOX Junk 2 2
{
	cat "$conf"
	printf 'junk_folder = "Rubbish"\nblocked_action = junk\nuser_block = "%s"\n' "$work/blocked"
} > "$work/new.conf"
ok "a configuration is tried" try -r ann@a.test --new-conf "$work/new.conf" --compare --json
ok "and its folder counts" row INBOX Rubbish 2 2

{
	cat "$conf"
	printf 'sieve_engine = libsieve\n'
} > "$work/libsieve.conf"
printf 'require "fileinto";\nif header :contains "subject" "offer" { fileinto "Offers"; }\n' > "$work/plain.sieve"
ok "the other engine is tried" try -r ann@a.test --script "$work/plain.sieve" --new-conf "$work/libsieve.conf" --json
ok "it decides, and its rules are not known" json \
	"[(o['new'], o['messages']) for o in r['outcomes'] if o['old'] == 'INBOX'], r['rules'], r['failures']" \
	"([('Offers', 2), ('INBOX', 4)], [], [])"

# ---- what a stored message says ----

cat > "$work/envelope.sieve" << 'END'
require ["fileinto", "envelope", "environment"];
if envelope :is "from" "dave@news.test" { fileinto "Dave"; }
if environment :is "vnd.mda.original-recipient" "sales@a.test" { fileinto "Sales"; }
END
ok "the envelope is that of the delivery" try -r ann@a.test --script "$work/envelope.sieve" --json
ok "its sender" row INBOX Dave 1 1
ok "its original recipient" row INBOX 'Dave + Sales' 1 1
cat > "$work/fields.sieve" << 'END'
require ["fileinto", "relational", "comparator-i;ascii-numeric"];
if header :count "gt" :comparator "i;ascii-numeric" "delivered-to" "1" { fileinto "Twice"; }
if exists "x-mda-label" { fileinto "Label"; }
END
ok "fields that the delivery added are not there" try -r ann@a.test --script "$work/fields.sieve" --json
ok "nor twice" json "[o['new'] for o in r['outcomes']]" "['INBOX', 'INBOX']"

cat > "$work/body.sieve" << 'END'
require ["fileinto", "body"];
if body :contains "the number3" { fileinto "Three"; }
if size :over 1M { fileinto "Large"; }
END
ok "a rule may ask for the body" try -r ann@a.test --script "$work/body.sieve" --json
ok "and gets it" row INBOX Three 1 1

# ---- an mbox file ----

for i in 1 2 3; do
	printf 'From x%s@b.test Mon Nov  2 10:00:00 2026\nFrom: x%s@b.test\nSubject: offer %s\n\nFrom here on it is text.\n\nFrom\n\n' "$i" "$i" "$i"
done > "$work/mail.mbox"
ok "an mbox file is tried" try "$work/mail.mbox" -r ann@a.test --script "$work/new.sieve" --json
ok "with all its messages" json "r['messages'], r['changed']" "(3, 3)"
cat > "$work/from.sieve" << 'END'
require ["fileinto", "envelope"];
if envelope :is "from" "x2@b.test" { fileinto "Two"; }
END
ok "its From lines" try "$work/mail.mbox" -r ann@a.test --script "$work/from.sieve" --json
ok "name the sender" row INBOX Two 1 1
ok "another file is none" not try "$work/new.sieve" -r ann@a.test
ok "and that is said" has "$work/err" 'is not an mbox file'
gzip -c "$work/mail.mbox" > "$work/mail.gz"
ok "a compressed one is not read" not try "$work/mail.gz" -r ann@a.test
ok "... and that is said, too" has "$work/err" 'mail.gz is compressed by gzip: unpack it'
ok "another Maildir is tried" try "$maildir/.Reports" -r ann@a.test --json
ok "with its message" json "r['messages']" 1

# ---- an address with a detail ----

cat > "$work/detail.sieve" << 'END'
require ["fileinto", "envelope", "subaddress"];
if envelope :detail :is "to" "shop" { fileinto "Shop"; }
END
printf 'X-Original-To: ann+shop@a.test\nDelivered-To: ann+shop@a.test\nReceived: x\nSubject: a\n\nb\n' > "$work/plus"
printf 'Delivered-To: eve+shop@a.test\nReceived: x\nSubject: a\n\nb\n' > "$work/other"
{
	printf 'From x@b.test Mon Nov  2 10:00:00 2026\n'
	cat "$work/plus"
	printf '\nFrom x@b.test Mon Nov  2 10:00:00 2026\n'
	cat "$work/other"
} > "$work/detail.mbox"
ok "the recipient is that of the delivery" try "$work/detail.mbox" -r ann@a.test --script "$work/detail.sieve" --json
ok "if it is an address of the mailbox" row INBOX Shop 1 1

# ---- mistakes ----

printf 'require "fileinto";\nif header :contain "subject" "x" { fileinto "A"; }\n' > "$work/bad.sieve"
ok "a script with an error is tried" try -r ann@a.test --script "$work/bad.sieve" --json
ok "and the error has a place" json "[(n['file'], n['line'], n['column']) for n in r['notes']]" "[('$work/bad.sieve', 2, 11)]"
ok "a script that is missing is an error" not try -r ann@a.test --script "$work/missing.sieve"
ok "that names it" has "$work/err" 'cannot find .*missing\.sieve'
mkdir "$work/no-maildir"
chmod 755 "$work/no-maildir"
ok "a directory that is no Maildir is one" not try "$work/no-maildir" -r ann@a.test
ok "that is named" has "$work/err" 'no-maildir is not a Maildir'
ok "--json and --html are one" not try -r ann@a.test --json --html
ok "--compare and --against are one" not try -r ann@a.test --compare --against "$work/new.sieve"
ok "a folder that is missing is one" not try -r ann@a.test --folder Nowhere
ok "one folder alone" try -r ann@a.test --folder Reports --json
ok "has its messages" json "r['messages']" 1
ok "one folder, named twice" try -r ann@a.test --folder Reports --folder Reports --json
ok "has them once" json "r['messages']" 1

# ---- nothing is changed ----

tree > "$work/after"
ok "nothing was changed" diff "$work/before" "$work/after"
ok "nothing was sent" not test -e "$work/sendmail-/sent"
if command -v strace > /dev/null; then
	under_strace -f -o "$work/calls" "$bin/mda-try" -c "$conf" -r ann@a.test --script "$work/new.sieve" > "$work/out" 2> "$work/err"
	ok "no socket of the network was made" not grep -E 'socket\(AF_INET|connect\(.*AF_INET' "$work/calls"
	ok "no file was opened for writing" not grep -E 'open(at|at2)?\(.*(O_WRONLY|O_RDWR|O_CREAT)' \
		<(grep -vE '/dev/(tty|null)' "$work/calls")
	ok "GMime was not loaded" not grep -E 'open.*gmime' "$work/calls"
else
	skip "what it asks of the kernel" "needs strace"
fi
done_testing
