#!/bin/bash
# Labels and contacts: mda-contacts, vCards, how a real Dovecot shows the keyword, outgoing mail
# that a real Postfix passes on, and a Sent folder that is read by UID.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib-postfix.sh"
. "$(dirname "$0")/lib-dovecot.sh"

set_up_vhosts
conf=$work/etc/mda.conf
home=$work/vhosts/a.test/ann
maildir=$home/Maildir
mkdir -p "$home/.mda"
printf 'Berta Boss <boss@a.test>\n' > "$work/etc/people"
cat >> "$conf" << END
organization "A" {
	domains = { "a.test" }
	people = "$work/etc/people"
}
authserv_id = { "mx.a.test" }
END
cp "$conf" "$work/base.conf"
give()
{
	chown -hR "$owner" "$home"
}
give

# contacts ARGUMENT...: what it prints is in $work/out
contacts()
{
	status=0
	"$bin/mda-contacts" "$@" -c "$conf" > "$work/out" 2> "$work/err" || status=$?
}

complains()
{
	local want=$1 pattern
	shift
	is "$status" "$want" || return
	for pattern; do has "$work/err" "$pattern" || return; done
}

# What our MTA found out about the author; if this is empty, it found nothing.
auth='dmarc=pass'
# Whom the mail was first addressed to; empty: ann
originally=

# message FROM [FIELD]...
message()
{
	printf '%s\n' ${auth:+"Authentication-Results: mx.a.test; $auth"} "Received: from outside by mx.a.test" "${@:2}" "From: $1" "To: ann@a.test" "Subject: about $RANDOM" "Message-ID: <$RANDOM$RANDOM@b.test>" "" "A line."
}

# arrives FROM [FIELD]... : delivers; the stored message is $stored
arrives()
{
	rm -rf "$maildir"
	message "$@" | sed '/^$/{1d}' > "$work/mail"
	attempt -c "$conf" -f x@b.test -r ann@a.test ${originally:+-a "$originally"} < "$work/mail"
	stored=$(messages "$maildir")
}

# label FROM REGEX: what the stored message says; an empty one: nothing
label()
{
	arrives "$1"
	is "$status" 0 || return
	[ -n "$2" ] || { not grep -q '^X-Mda-Label' "$stored"; return; }
	has "$stored" "^X-Mda-Label: $2\$"
}

# ---- add, remove, why ----

ok "first contact" label "Carla <carla@x.test>" 'External; reason=first-contact; domain=x.test'
ok "the second time" label "Carla <carla@x.test>" 'External; reason=outside; domain=x.test'
contacts why -r ann@a.test carla@x.test
ok "why says so" says 0 '^carla@x.test: External: outside; domain=x.test$'
contacts add -d ann@a.test --name "Carla C" Carla@X.test
ok "add" says 0
ok "a contact has no label" label "Carla <carla@x.test>" ''
auth=
ok "unless our MTA says nothing" label "Carla <carla@x.test>" 'External; reason=unverified; domain=x.test'
ok "nor is a colleague taken for one" label "bob@a.test" 'External; reason=unverified; domain=a.test'
auth='dmarc=none'
ok "or nothing that proves it" label "Carla <carla@x.test>" 'External; reason=unverified; domain=x.test'
auth='dmarc=fail'
ok "or that it is not so" label "Carla <carla@x.test>" 'External; reason=spoofed; domain=x.test'
echo 'inside_requires = not_failed' >> "$conf"
ok "not_failed: nor then" label "Carla <carla@x.test>" 'External; reason=spoofed; domain=x.test'
auth=
ok "not_failed: a contact of whom nothing is known" label "Carla <carla@x.test>" ''
ok "not_failed: a colleague" label "bob@a.test" ''
sed -i '$d' "$conf"
auth='dmarc=pass'
ok "a colleague who passed" label "bob@a.test" ''
contacts why -r ann@a.test carla@x.test new@y.test
ok "why knows the name" says 0 '^carla@x.test: no label: contact that was added$' '^  known as Carla C$' '^new@y.test: External: first-contact; domain=y.test$'
contacts why -r ann@a.test --auth dmarc=fail carla@x.test boss@a.test
ok "why, had authentication failed" says 0 '^carla@x.test: External: spoofed; domain=x.test$' '^boss@a.test: External: spoofed; domain=a.test$'
contacts why -r ann@a.test --auth dmarc=none carla@x.test boss@a.test
ok "why, had it proved nothing" says 0 '^carla@x.test: External: unverified; domain=x.test$' '^boss@a.test: External: unverified; domain=a.test$'
contacts why -r ann@a.test --name 'Berta Bóss' --json evil@x.test
ok "why, with a name, as JSON" says 0 '"label":"External","reason":"lookalike; domain=x.test".*"notes":\["the sender looks like boss@a.test"\]'
# A broken ICU is found before the good one.
mkdir "$work/lib"
for library in $(ldconfig -p | grep -o 'libicui18n\.so\.[0-9]* ' | sort -u); do echo nonsense > "$work/lib/$library"; done
LD_LIBRARY_PATH=$work/lib contacts why -r ann@a.test --name 'Bertа Boss' --json evil@x.test
ok "why: ICU cannot be loaded" says 0 '"notes":\["ICU cannot be loaded: look-alike letters are not recognised"\]'
LD_LIBRARY_PATH=$work/lib contacts why -r ann@a.test --name 'Berta Boss' --json evil@x.test
ok "nor is it needed for ASCII" says 0 '"notes":\["the sender looks like boss@a.test"\]'
contacts why -r ann@a.test --auth nonsense x@y.test
ok "why: no such result" complains 75 'dmarc=fail'
contacts remove -d ann@a.test carla@x.test
ok "remove" says 0
ok "and the label is back" label "Carla <carla@x.test>" 'External; reason=outside; domain=x.test'
contacts add -d ann@a.test good@x.test 'not an address'
ok "add: what is no address is told, the rest is added" complains 1 'not an address is not an address'
contacts add
ok "add: nothing" complains 75 'usage: mda-contacts add ADDRESS'
contacts add -d nobody@nowhere.test x@y.test
ok "add: a mailbox elsewhere" is "$(messages "$work/vhosts" | wc -l)" 1
contacts frobnicate
ok "no such command" complains 75 'no command frobnicate'

# ---- contacts_skip_antispam ----

# Does the message, which the MTA's filter called spam, go to the folder FOLDER?
filed()
{
	arrives "$1" 'X-Spam-Flag: YES' "${@:3}"
	is "$status" 0 && is "$(basename "$(dirname "$(dirname "$stored")")")" "$2"
}

good="Good <good@x.test>"
ok "by default a contact's spam is spam" filed "$good" .Junk
echo 'contacts_skip_antispam = yes' >> "$conf"
: > "$work/log"
ok "with the key it is not" filed "$good" Maildir
ok "and the log says why" has "$work/log" 'spam=skipped.*contact that was added'
ok "a stranger's is" filed "Bad <bad@x.test>" .Junk
ok "two authors" filed "$good, bad@x.test" .Junk
ok "a second From" filed "$good" .Junk 'From: bad@x.test'
ok "only a name that is the contact's address" filed "good@x.test <bad@x.test>" .Junk
ok "only a Sender that is" filed "Bad <bad@x.test>" .Junk 'Sender: good@x.test'
for auth in '' 'dmarc=none' 'dmarc=fail' 'spf=pass smtp.mailfrom=bad.test' 'dkim=pass header.d=bad.test' 'auth=pass smtp.auth=ann@a.test'; do
	ok "not proven: ${auth:-nothing}" filed "$good" .Junk
done
auth='dkim=pass header.d=x.test'
ok "proven by DKIM of the contact's domain" filed "$good" Maildir
auth='dmarc=pass' originally=bob@a.test
ok "mail that was first addressed to another" filed "$good" .Junk
originally=
auth='dmarc=pass'
mkdir -p "$home/.mda" && echo '*@x.test' > "$home/.mda/block" && give
ok "a block list wins" filed "$good" .Junk
rm "$home/.mda/block"
cp "$work/base.conf" "$conf"

# ---- address books ----

printf 'BEGIN:VCARD\nVERSION:4.0\nFN:Bo\nEMAIL:bo@x.test\nEND:VCARD\n' > "$home/.mda/addressbook"
give
ok "one in the address book" label "Bo <bo@x.test>" ''
contacts remove -d ann@a.test bo@x.test
ok "remove: the address book stays" complains 1 'bo@x.test stays a contact: contact in .*addressbook'
mkdir -p "$work/books/ann/default" && printf 'BEGIN:VCARD\nFN:Cy\nEMAIL:cy@x.test\nEND:VCARD\n' > "$work/books/ann/default/1.vcf"
chmod -R a+rX "$work/books"
echo "address_books = { \"%h/.mda/addressbook\", \"$work/books/%n\" }" >> "$conf"
ok "one in the folder of a CardDAV server" label "Cy <cy@x.test>" ''
contacts compile -d ann@a.test
ok "compile" says 0 '^2 addresses in 2 files'
ok "compiled, he is known" label "Cy <cy@x.test>" ''
printf 'BEGIN:VCARD\nFN:Di\nEMAIL:di@x.test\nEND:VCARD\n' > "$work/books/ann/default/2.vcf"
ok "a card that came since is seen" label "Di <di@x.test>" ''
rm "$work/books/ann/default/1.vcf"
ok "one that went is gone" label "Cy <cy@x.test>" 'External; reason=.*; domain=x.test'
rm -rf "$home/.mda/contacts.d"
awk 'BEGIN { for (i = 0; i < 20000; i++) printf "BEGIN:VCARD\nFN:N %d\nEMAIL:n%d@many.test\nEND:VCARD\n", i, i }' > "$home/.mda/addressbook"
give
ok "a large one is read, uncompiled" label "N <n19999@many.test>" ''
ok "and that is noted" has "$work/log" 'mda-contacts compile'
contacts compile -d ann@a.test
ok "it is compiled" says 0 '^20001 addresses'
: > "$work/log"
ok "then it is found" label "N <n19998@many.test>" ''
ok "and nothing is noted" not grep -q compile "$work/log"
head -c 1000 /dev/urandom > "$home/.mda/contacts.d/book.lmdb"
give
ok "a damaged one: the files are read" label "N <n19997@many.test>" ''
cp "$work/base.conf" "$conf"
rm -f "$home/.mda/addressbook"
contacts compile -d ann@a.test
ok "compile: no address book" says 0 '^0 addresses'
ok "the compiled form goes with it" test ! -e "$home/.mda/contacts.d/book.lmdb"

# ---- import, export ----

printf 'Name,Given Name,E-mail 1 - Value,Phone\r\n"Eve, ""E""",Eve,eve@x.test,+1\r\nFred,,FRED@x.test,\r\nNobody,,,\r\n' > "$work/google.csv"
contacts import -d ann@a.test "$work/google.csv"
ok "import: CSV" says 0 '^2 addresses$'
printf 'BEGIN:VCARD\nFN:Gus\nEMAIL:gus@x.test\nEMAIL:gus2@x.test\nEND:VCARD\n' > "$work/phone.vcf"
contacts import -d ann@a.test - < "$work/phone.vcf"
ok "import: vCards from standard input" says 0 '^2 addresses$'
contacts list -d ann@a.test
ok "list" says 0 '^added    eve@x.test  Eve, "E"$' '^added    fred@x.test  Fred$' '^added    gus2@x.test  Gus$'
contacts export -d ann@a.test --format csv
cp "$work/out" "$work/export.csv"
ok "export: CSV" says 0 '^address,name,count,last' '^eve@x.test,"Eve, ""E""",0,'
contacts export -d ann@a.test
cp "$work/out" "$work/export.vcf"
ok "export: vCards" says 0 '^FN:Gus' '^EMAIL:gus@x.test'
for format in csv vcf; do
	rm -rf "$home/.mda/contacts.d"
	contacts import -d ann@a.test "$work/export.$format"
	contacts export -d ann@a.test --format csv
	ok "what was exported as $format is imported again" cmp "$work/out" "$work/export.csv"
done
contacts import -d ann@a.test "$work/mail"
ok "import: something else" complains 1 "$work/mail:[0-9]+: not an address: "
printf 'Street,Phone\nWay 1,+1\n' > "$work/phones.csv"
contacts import -d ann@a.test "$work/phones.csv"
ok "import: no addresses" complains 75 "phones.csv: it contains no address"
printf 'sep=;\nPr\xe9nom;Adresse de messagerie\nEve;e1@o.test\nZo\xe9;zoe@o.test zoe2@o.test\n"Jo;jo@o.test\n' > "$work/outlook.csv"
contacts import -d ann@a.test "$work/outlook.csv"
ok "import: what is refused is named, by line" complains 1 'outlook.csv:4: not an address: "zoe@o.test zoe2@o.test"' 'outlook.csv:5: its quotes do not end'
printf 'Name,E-mail 1 - Value\nAl,al1@g.test ::: al2@g.test\n' | iconv -t utf-16 > "$work/utf16.csv"
contacts import -d ann@a.test "$work/utf16.csv"
ok "import: UTF-16, two addresses in a cell" says 0 '^2 addresses$'
contacts list -d ann@a.test
ok "import: those of other rows are there" says 0 '^added    e1@o.test  Eve$' '^added    al1@g.test  Al$' '^added    al2@g.test  Al$'
ok "import: those of refused rows are not" not grep -q 'zoe\|jo@' "$work/out"
contacts export -d ann@a.test --format xml
ok "export: no such format" complains 75 'vcard or csv'

# ---- whom he writes to ----

contacts sent -d ann@a.test < <(printf 'From: ann@a.test\nTo: Hal <hal@x.test>, ann@a.test\nCc: "I, J" <ij@x.test>\nDate: Mon, 5 Oct 2026 10:00:00 +0000\n\nx\n')
ok "sent" says 0
contacts list -d ann@a.test
ok "sent: all of them, but himself" says 0 '^written  hal@x.test  Hal  \(1, last 2026-10-05\)$' '^written  ij@x.test  I, J'
ok "sent: not himself" not grep -q 'ann@a.test' "$work/out"
ok "whom he wrote to has no label" label "Hal <hal@x.test>" ''
ok "unless he looks like the boss" label "Berta Boss <hal@x.test>" 'External; reason=lookalike; domain=x.test'
contacts sent -d ann@a.test k1@x.test k2@x.test < <(printf 'To: undisclosed:;\n\nx\n')
contacts list -d ann@a.test
ok "sent: recipients as the MTA has them" says 0 '^written  k1@x.test' '^written  k2@x.test'
contacts sent -d ann@a.test < <(printf 'To: spammer@x.test\nAuto-Submitted: auto-replied\n\nx\n')
contacts why -r ann@a.test spammer@x.test
ok "sent: an automatic answer makes nobody a contact" says 0 '^spammer@x.test: External'
contacts sent -d ann@a.test phish@x.test < <(printf 'To: phish@x.test\nContent-Type: multipart/report; report-type=disposition-notification\n\nx\n')
contacts why -r ann@a.test phish@x.test
ok "sent: nor does a receipt" says 0 '^phish@x.test: External'
contacts remove -d ann@a.test hal@x.test
contacts sent -d ann@a.test hal@x.test < /dev/null
contacts why -r ann@a.test hal@x.test
ok "whom he removed does not come back" says 0 '^hal@x.test: External'
contacts sent -d '' x@y.test < /dev/null
ok "sent: the null sender has no contacts" says 0

# ---- the Sent folder ----

rm -rf "$home/.mda/contacts.d" "$maildir" "$home/.Maildir.mda"
contacts learn -d ann@a.test
ok "learn: nothing yet" says 0 '^0 sent messages, 0 addresses'
sent()
{
	mkdir -p "$maildir/.Sent"/{cur,new,tmp}
	printf 'From: ann@a.test\nTo: %s\nDate: Mon, 5 Oct 2026 10:00:00 +0000\n\nx\n' "$1" > "$maildir/.Sent/cur/$RANDOM$RANDOM.x:2,S"
	give
	"$bin/mda-reindex" repair "$maildir" > "$work/repaired" 2>&1
}
arrives "x@b.test"
sent "lou@x.test" && sent "Mia <mia@x.test>" && sent "lou@x.test"
contacts learn -d ann@a.test
ok "learn" says 0 '^3 sent messages'
contacts list -d ann@a.test
ok "learn: how often" says 0 '^written  lou@x.test  \(2, last 2026-10-05\)$' '^written  mia@x.test  Mia  \(1,'
contacts learn -d ann@a.test
ok "learn: each once" says 0 '^0 sent messages'
sent "lou@x.test"
contacts learn --all --json
ok "learn: all mailboxes, only what is new" says 0 '"mailbox":"ann@a.test".*"sent":1'
contacts list -d ann@a.test
ok "learn: and counts on" says 0 '^written  lou@x.test  \(3,'

echo 'special_use = { "Sent Sent", "Sent Gesendet" }' >> "$conf"
mkdir -p "$maildir/.Gesendet"/{cur,new,tmp}
printf 'From: ann@a.test\nTo: nan@x.test\n\nx\n' > "$maildir/.Gesendet/cur/1700000001.M1.x:2,S"
printf 'From: ann@a.test\nTo: auto@x.test\nAuto-Submitted: auto-replied\n\nx\n' > "$maildir/.Gesendet/cur/1700000002.M1.x:2,S"
give
contacts learn -d ann@a.test
ok "learn: what a client stored, without a UID, in a folder of another name" says 0 '^2 sent messages' '^1 of them skipped'
contacts list -d ann@a.test
ok "learn: those are contacts" says 0 '^written  nan@x.test  \(1,'
ok "learn: not those of automatic mail" not grep -q auto@x.test "$work/out"
contacts learn -d ann@a.test
ok "learn: and each is read once" says 0 '^0 sent messages'
sed -i '$d' "$conf"
rm -rf "$maildir/.Sent" "$maildir/.Gesendet" "$home/.mda/contacts.d"
contacts learn -d ann@a.test
ok "learn: no such folder is said" complains 0 '^mda-contacts: ann@a.test: there is no folder Sent; special_use'

# ---- how the label is shown ----

echo 'label_shows = { "subject" }' >> "$conf"
arrives "x@b.test"
ok "subject: the mark stands in front" has "$stored" '^Subject: \[External\] about [0-9]+$'
ok "subject: once" is "$(grep -c '^Subject:' "$stored")" 1
ok "subject: no field" not grep -q '^X-Mda-Label' "$stored"
rm -rf "$maildir"
printf 'From: x@b.test\nSubject: Re: [External] Re: [Unknown] offer\n\nx\n' | attempt -c "$conf" -f x@b.test -r ann@a.test
ok "subject: a reply has it once" has "$(messages "$maildir")" '^Subject: \[External\] Re: Re: offer$'
ok "subject: none inside" label "bob@a.test" ''
rm -rf "$maildir"
printf 'From: x@b.test\n\nx\n' > "$work/mail"
attempt -c "$conf" -f x@b.test -r ann@a.test < "$work/mail"
ok "subject: a message without one gets it" has "$(messages "$maildir")" '^Subject: \[External\]$'
sed -i '$d' "$conf"

printf 'remove_headers = { "X-Trusted", "X-Flag-*" }\n' >> "$conf"
arrives "x@b.test" "X-Trusted: yes" "x-FLAG-a : 1" $'X-Tru\001sted: 2' "X-Other: stays"
ok "firewall: the admin's names" not grep -aqi 'x-.*trusted\|x-flag' "$stored"
ok "firewall: others stay" has "$stored" '^X-Other: stays$'
sed -i '$d' "$conf"

if is_root && command -v dovecot > /dev/null; then
	printf '%s\n' 'label_shows = { "header", "keyword" }' 'imap_server = dovecot' >> "$conf"
	rm -rf "$maildir" "$home/.Maildir.mda" "$home/.mda/contacts.d"
	message "x@b.test" | sed '/^$/{1d}' > "$work/mail"
	attempt -c "$conf" -f x@b.test -r ann@a.test < "$work/mail"
	message "bob@a.test" | sed '/^$/{1d}' > "$work/mail"
	attempt -c "$conf" -f x@b.test -r ann@a.test < "$work/mail"
	ok "Dovecot starts" start_dovecot < /dev/null
	imap 'SELECT INBOX' 'UID SEARCH KEYWORD $External' 'FETCH 1:* (UID FLAGS)'
	ok "Dovecot: the keyword is there, and can be searched for" has "$work/out" '^. SEARCH 1.$'
	ok "Dovecot: the message has it" has "$work/out" '^. 1 FETCH \(UID 1 FLAGS \(.*\$External'
	ok "Dovecot: the colleague's has not" has "$work/out" '^. 2 FETCH \(UID 2 FLAGS \((.Recent)?\)\)'
	ok "Dovecot: what is appended to Sent" imap 'CREATE Sent' $'APPEND Sent {37+}\r\nTo: Nat <nat@x.test>\r\nSubject: a\r\n\r\nb'
	contacts learn -d ann@a.test
	ok "Dovecot: is learned by its UID" says 0 '^1 sent messages'
	contacts why -r ann@a.test nat@x.test
	ok "Dovecot: and is a contact" says 0 '^nat@x.test: no label: contact: written to before$' '^  known as Nat$'
else
	skip "Dovecot" "needs root and the package dovecot-imapd"
fi

# ---- what leaves ----

if ! is_root || ! command -v postfix > /dev/null; then
	skip "Postfix" "needs root and the package postfix"
	done_testing
	exit
fi
cp "$work/base.conf" "$conf"
etc=$work/postfix queue=$work/queue port=$(free_port)
mkdir -p "$etc" "$queue" "$work/data"
chown postfix "$work/data"
: > "$etc/aliases"
{
	settings | grep -v '^default_transport'
	cat examples/postfix/contacts-main.cf
	echo 'default_transport = discard:'
} > "$etc/main.cf"
{
	services
	# The example, without TLS and SASL, on a port of the test.
	sed -e "s|^submission inet n - y|127.0.0.1:$port inet n - n|" -e '/smtpd_/d' -e 's|^contacts-cleanup unix n - y|contacts-cleanup unix n - n|' \
		-e "s|user=vmail|user=nobody|" -e "s|/usr/local/bin/mda-contacts sent|$bin/mda-contacts sent -c $conf|" examples/postfix/contacts-master.cf
} | sed "0,/^127.0.0.1:$port inet/{/^127.0.0.1:$port inet/d}" > "$etc/master.cf"
postalias -c "$etc" "hash:$etc/aliases"
on_exit stop_postfix
ok "Postfix starts with the settings of examples/postfix" start_postfix
printf 'From: ann@a.test\nTo: Ole <ole@far.test>\nSubject: x\n\nx\n' > "$work/out1.eml"
ok "Postfix: mail leaves" send out1 ann@a.test ole@far.test
contacts why -r ann@a.test ole@far.test
ok "Postfix: whom it goes to is a contact" says 0 '^ole@far.test: no label: contact: written to before$' '^  known as Ole$' '^  1 messages to it'
ok "Postfix: mail of somebody without a mailbox here" send out1 stranger@elsewhere.test ole@far.test
ok "Postfix: and nothing bounces" not grep -q 'status=bounced\|status=deferred' "$work/maillog"

done_testing
