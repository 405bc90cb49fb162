#!/bin/bash
# A real Postfix, started by the test and configured with the files of examples/postfix: mail goes
# in over SMTP and comes out in Maildirs, bounces or the queue, through pipe(8) for virtual users
# and mailbox_command for a system user.
# shellcheck source-path=SCRIPTDIR disable=SC2016
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib-postfix.sh"

if ! is_root || ! command -v postfix postqueue useradd > /dev/null; then
	skip "Postfix" "needs root and the package postfix"
	done_testing
	exit
fi

etc=$work/postfix
queue=$work/queue
port=$(free_port)
person=mdatest$$
vhosts=$work/vhosts
home=$work/home

# ---- setting up ----

add_person()
{
	mkdir -p "$home" && useradd --no-create-home --home-dir "$home" --shell /bin/sh "$person" &&
		chown "$person" "$home" && chmod 700 "$home"
}

# The examples as an admin would use them; only paths, names and the type of map are the test's.
from_example()
{
	sed -e "s|/usr/local/bin/mda|$bin/mda|" -e 's|hash:/etc/postfix|texthash:'"$etc"'|' -e "s|user=vmail|user=nobody|" \
		-e 's|= example.com, example.net|= v.test|' -e "s|/var/mail/vhosts|$vhosts|" "examples/postfix/$1"
}

# The two kinds of users have a file each.
with_conf()
{
	sed -e "/argv=/s|bin/mda|& -c $work/etc/virtual.conf|" -e "/^mailbox_command/s|bin/mda|& -c $work/etc/system.conf|"
}

aliases()
{
	printf 'staff: %s\n' "$person" > "$etc/aliases"
	postalias -c "$etc" "hash:$etc/aliases"
	cat > "$etc/virtual" << END
info@v.test ann@v.test
club@v.test ann@v.test bob@v.test
desk@v.test $person@l.test
END
}

configure()
{
	mkdir -p "$etc" "$queue" "$work/data" "$work/etc" "$vhosts/v.test"
	chown postfix "$work/data"
	settings > "$etc/main.cf"
	from_example main.cf | with_conf >> "$etc/main.cf"
	services > "$etc/master.cf"
	from_example master.cf | with_conf >> "$etc/master.cf"
	aliases
	: > "$work/mda.log"
	chmod 666 "$work/mda.log"
	printf 'log = "%s"\nlabel = no\n' "$work/mda.log" > "$work/etc/system.conf"
	{ from_example mda.conf; cat "$work/etc/system.conf"; } > "$work/etc/virtual.conf"
	cat >> "$work/etc/virtual.conf" << END
address "carol@v.test" {
	blocked_action = refuse
	refuse_text = "Carol wants none of this"
}
END
	cp "$work/etc/virtual.conf" "$work/etc/virtual.good"
}

# lists and rules of the virtual users
mailboxes()
{
	local name
	for name in ann bob carol dora sender; do
		mkdir -p "$vhosts/v.test/$name/.mda"
	done
	echo 'friend@far.test' > "$vhosts/v.test/ann/.mda/allow"
	echo 'friend@far.test' > "$vhosts/v.test/bob/.mda/allow"
	echo '*@v.test' > "$vhosts/v.test/carol/.mda/block"
	cat > "$vhosts/v.test/dora/.mda/rules.sieve" << 'END'
require ["reject", "fileinto"];
if header :contains "subject" "chain letter" { reject "Dora does not forward chain letters"; }
if address :localpart "from" "list" { fileinto "Lists/Chess"; }
END
	chown -R nobody "$vhosts"
}

remove_person()
{
	userdel "$person"
}

# letter WORD [FIELD]...: makes $work/WORD.eml, with the word as its mark
letter()
{
	local word=$1
	shift
	{
		printf '%s\n' "$@"
		printf 'Message-ID: <%s@far.test>\nSubject: %s\n\nLine one of %s\n.starts with a dot\nFrom here on\n\ngr\xfc\xdfe\n' \
			"$word" "$word" "$word"
	} | sed '/^$/{1d}' > "$work/$word.eml"
}

# ---- what came of it ----

# copies MARK DIRECTORY: stored messages that hold the mark
copies()
{
	messages "$2" | xargs -r grep -laF -- "Message-ID: <$1@far.test>"
}

everywhere()
{
	messages "$vhosts"
	messages "$home"
}

# one_copy WORD DIRECTORY: there, and nowhere else
one_copy()
{
	local all
	all=$(everywhere | xargs -r grep -laF -- "Message-ID: <$1@far.test>")
	[ "$(wc -l <<< "$all")" -eq 1 ] && [ -n "$(copies "$1" "$2")" ] && return
	printf 'expected one copy below %s; there are:\n%s\n' "$2" "$all"
	tail -n 5 "$work/maillog" "$work/mda.log"
	return 1
}

body()
{
	sed '1,/^$/d' "$1"
}

# body_kept WORD DIRECTORY
body_kept()
{
	cmp <(body "$(copies "$1" "$2")") <(body "$work/$1.eml")
}

# field WORD DIRECTORY NAME VALUE: the first field of that name, and that there is only one
field()
{
	is "$(sed '/^$/q' "$(copies "$1" "$2")" | grep -ai "^$3:")" "$3: $4"
}

# fields WORD DIRECTORY SENDER ORIGINAL RECIPIENT
fields()
{
	field "$1" "$2" Return-Path "<$3>" && field "$1" "$2" X-Original-To "$4" && field "$1" "$2" Delivered-To "$5"
}

# has_uid WORD MAILDIR
has_uid()
{
	local name
	name=$(basename "$(copies "$1" "$2")")
	"$bin/mda-reindex" show "$2" > "$work/shown" 2>&1
	has "$work/shown" "[1-9][0-9]* .*${name%%:2,*}"
}

# arrives NAME WORD DIRECTORY SENDER ORIGINAL RECIPIENT: the tests that hold for every message that arrives
arrives()
{
	ok "$1: one copy" one_copy "$2" "$3"
	ok "$1: the body is the same" body_kept "$2" "$3"
	ok "$1: trace fields" fields "$2" "$3" "$4" "$5" "$6"
}

# bounce WORD REGEX...: the one bounce that came to sender@v.test about the message
bounce()
{
	local word=$1 file regex
	shift
	file=$(messages "$vhosts/v.test/sender" | xargs -r grep -laF "Message-ID: <$word@far.test>")
	is "$(grep -c . <<< "$file")" 1 || return
	is "$(head -n 1 "$file")" "Return-Path: <>" || return
	for regex in "$@"; do
		tr '\n' ' ' < "$file" | tr -s ' ' > "$work/bounce"
		has "$work/bounce" "$regex" || return
	done
}

logged()
{
	has "$work/mda.log" "$1"
}

# ---- the tests ----

on_exit remove_person
add_person || exit 1
configure
mailboxes
on_exit stop_postfix
ok "Postfix starts with the lines of examples/postfix" start_postfix

ann=$vhosts/v.test/ann/Maildir
bob=$vhosts/v.test/bob/Maildir
far=someone@far.test

letter plain "From: $far"
ok "virtual user: Postfix takes the message" send plain "$far" ann@v.test
arrives "virtual user" plain "$ann" "$far" ann@v.test ann@v.test
ok "virtual user: it has a UID" has_uid plain "$ann"
ok "virtual user: the log says so" logged 'status=stored to=ann@v.test .*msgid=<plain@far.test> .*folder=INBOX uid=1 '

letter detail "From: $far"
ok "detail: Postfix takes the message" send detail "$far" ann+shop@v.test
arrives detail detail "$ann" "$far" ann+shop@v.test ann+shop@v.test

letter alias "From: $far"
ok "virtual alias: Postfix takes the message" send alias "$far" info@v.test
arrives "virtual alias" alias "$ann" "$far" info@v.test ann@v.test

letter club "From: $far"
ok "alias of two: Postfix takes the message" send club "$far" club@v.test
ok "alias of two: one copy each" is "$(copies club "$ann" | wc -l) $(copies club "$bob" | wc -l)" "1 1"

letter case "From: $far"
ok "capitals: Postfix takes the message" send case "$far" Ann@V.TEST
ok "capitals: the same mailbox" one_copy case "$ann"

letter quoted "From: $far"
ok "odd sender: Postfix takes the message" send quoted '"a b;$(id)\"c"@far.test' ann@v.test
ok "odd sender: as it was" field quoted "$ann" Return-Path '<"a b;$(id)\"c"@far.test>'

letter null "From: MAILER-DAEMON@far.test"
ok "null sender: Postfix takes the message" send null "" ann@v.test
arrives "null sender" null "$ann" "" ann@v.test ann@v.test

letter list "From: list@chess.test"
ok "rule: Postfix takes the message" send list "$far" dora@v.test
ok "rule: it is in the folder" one_copy list "$vhosts/v.test/dora/Maildir/.Lists.Chess"
ok "rule: the UID is the folder's" logged 'msgid=<list@far.test> .*folder=Lists/Chess uid=1 '

# ---- a system user ----

letter system "From: $far"
ok "system user: Postfix takes the message" send system "$far" "$person@l.test"
arrives "system user" system "$home/Maildir" "$far" "$person@l.test" "$person@l.test"
ok "system user: it has a UID" has_uid system "$home/Maildir"
ok "system user: the mailbox is his own" is "$(stat -c '%U %a' "$home/Maildir")" "$person 700"
ok "system user: no From line" not grep -qa '^From someone' "$(copies system "$home/Maildir")"

letter sysdetail "From: $far"
ok "system user with detail: Postfix takes the message" send sysdetail "$far" "$person+shop@l.test"
arrives "system user with detail" sysdetail "$home/Maildir" "$far" "$person+shop@l.test" "$person+shop@l.test"

letter staff "From: $far"
ok "local alias: Postfix takes the message" send staff "$far" staff@l.test
ok "local alias: one copy" one_copy staff "$home/Maildir"
ok "local alias: the original recipient" field staff "$home/Maildir" X-Original-To staff@l.test

letter desk "From: $far"
ok "virtual alias of a system user: Postfix takes the message" send desk "$far" desk@v.test
arrives "virtual alias of a system user" desk "$home/Maildir" "$far" desk@v.test "$person@l.test"

letter sysnull "From: $far"
ok "system user, null sender: Postfix takes the message" send sysnull "" "$person@l.test"
ok "system user, null sender: is empty" field sysnull "$home/Maildir" Return-Path "<>"

bare_command()
{
	sed -i "s|^mailbox_command.*|mailbox_command = $bin/mda -c $work/etc/system.conf|" "$etc/main.cf" &&
		postfix -c "$etc" reload 2> /dev/null
}

letter bare "From: $far"
ok "the command without arguments" bare_command
ok "bare command: Postfix takes the message" send bare "$far" "$person+shop@l.test"
arrives "bare command" bare "$home/Maildir" "$far" "$person+shop@l.test" "$person+shop@l.test"

# ---- the original recipient ----

letter spamdirect "From: friend@far.test" "X-Spam-Flag: YES"
ok "allowed: Postfix takes the message" send spamdirect friend@far.test ann@v.test
ok "allowed, addressed directly: INBOX" one_copy spamdirect "$ann/new"
ok "allowed: the log names the entry" logged 'msgid=<spamdirect@far.test> .*list=allow list_entry=.*ann/.mda/allow:1 .*spam=skipped'
letter spamalias "From: friend@far.test" "X-Spam-Flag: YES"
ok "alias: Postfix takes the message" send spamalias friend@far.test info@v.test
ok "through an alias the allow list has no say: Junk" one_copy spamalias "$ann/.Junk"
letter spamdetail "From: friend@far.test" "X-Spam-Flag: YES"
ok "detail: Postfix takes the message" send spamdetail friend@far.test ann+x@v.test
ok "a detail is the same address: INBOX" one_copy spamdetail "$ann/new"
letter forged "From: friend@far.test" "X-Spam-Flag: YES" "X-Original-To: ann@v.test" "Delivered-To: ann@v.test"
ok "forged: Postfix takes the message" send forged friend@far.test info@v.test
ok "a sender's own X-Original-To counts for nothing: Junk" one_copy forged "$ann/.Junk"

# ---- bounces ----

letter refused "From: sender@v.test"
ok "blocked, refused: Postfix takes the message" send refused sender@v.test carol@v.test
ok "blocked, refused: the bounce has our text" bounce refused "5\.7\.1" "Carol wants none of this"
ok "blocked, refused: nothing is stored" is "$(message_count "$vhosts/v.test/carol")" 0
letter chain "From: sender@v.test"
sed -i 's/^Subject: .*/Subject: a chain letter/' "$work/chain.eml"
ok "reject: Postfix takes the message" send chain sender@v.test dora@v.test
ok "reject: the bounce has the script's text" bounce chain "5\.7\.1" "Dora does not forward chain letters"
ok "reject: nothing is stored" is "$(copies chain "$vhosts/v.test/dora")" ""
letter unknown "From: sender@v.test"
ok "unknown user: Postfix takes the message" send unknown sender@v.test nobody-here@v.test
ok "unknown user: the bounce says 5.1.1" bounce unknown "Status: 5\.1\.1" "nobody-here"
ok "unknown user: no home was made" is "$(ls "$vhosts/v.test")" "$(printf 'ann\nbob\ncarol\ndora\nsender')"
letter escape "From: sender@v.test"
ok "an address that leads out: Postfix takes the message" send escape sender@v.test '"../../../escape"@v.test'
ok "an address that leads out: 5.1.1" bounce escape "Status: 5\.1\.1"
ok "an address that leads out: nothing is there" is "$(find "$work" -name 'escape' -not -path "$queue/*")" ""

# ---- faults that a retry heals ----

# fault WORD BREAK HEAL TEXT DIRECTORY RECIPIENT
fault()
{
	local word=$1 sound=$2 heal=$3 text=$4 where=$5 recipient=$6
	letter "$word" "From: sender@v.test"
	$sound
	ok "$word: Postfix takes the message" smtp_send "$work/$word.eml" sender@v.test "$recipient"
	ok "$word: it stays in the queue" wait_for "$patience" is_deferred
	postqueue -c "$etc" -p > "$work/mailq"
	ok "$word: the queue says why" has "$work/mailq" "$text"
	ok "$word: nothing is delivered" is "$(everywhere | xargs -r grep -la "<$word@far.test>")" ""
	postqueue -c "$etc" -f
	sleep 1
	ok "$word: tried again, it still stays" wait_for "$patience" is_deferred
	$heal
	postqueue -c "$etc" -f
	ok "$word: the fault is gone, the queue empties" wait_for "$patience" queue_is_empty
	ok "$word: one copy" one_copy "$word" "$where"
	ok "$word: the body is the same" body_kept "$word" "$where"
	ok "$word: nothing is left in tmp" is "$(leftovers "$vhosts"; leftovers "$home")" ""
}

break_conf() { echo 'no_such_key = 1' >> "$work/etc/virtual.conf"; }
heal_conf() { cp "$work/etc/virtual.good" "$work/etc/virtual.conf"; }
break_maildir() { chmod 500 "$bob/tmp"; }
heal_maildir() { chmod 700 "$bob/tmp"; }
break_home() { mv "$home" "$home.away"; }
heal_home() { mv "$home.away" "$home"; }

# replace_mda COMMAND: what Postfix runs
replace_mda()
{
	mv "$bin/mda" "$bin/mda.away"
	printf '#!/bin/sh\n%s\n' "$1" > "$bin/mda"
	chmod 755 "$bin/mda"
}

break_start() { replace_mda 'exit 127'; }
break_life() { replace_mda 'kill -KILL $$'; }
heal_mda() { mv "$bin/mda.away" "$bin/mda"; }

fault broken-conf break_conf heal_conf 'no_such_key' "$ann" ann@v.test
fault unwritable break_maildir heal_maildir 'ermission denied' "$bob" bob@v.test
fault no-home break_home heal_home 'home' "$home/Maildir" "$person@l.test"
fault not-started break_start heal_mda 'status 127' "$ann" ann@v.test
fault not-started-for-a-person break_start heal_mda 'status 127' "$home/Maildir" "$person@l.test"
fault killed break_life heal_mda 'signal 9' "$bob" bob@v.test

# ---- a large one, and many ----

letter large "From: $far"
head -c 15000000 /dev/urandom | base64 -w 100 >> "$work/large.eml"
ok "20 MB: Postfix takes the message" send large "$far" ann@v.test
ok "20 MB: the body is the same" body_kept large "$ann"
ok "20 MB: one copy" one_copy large "$ann"

before=$(message_count "$bob")
smtp-source -m 60 -s 8 -f "$far" -t bob@v.test -l 2000 "127.0.0.1:$port" > "$work/source" 2>&1
ok "60 messages at once: the queue empties" wait_for "$patience" queue_is_empty
ok "60 messages at once: each arrives once" is "$(message_count "$bob")" $((before + 60))
"$bin/mda-reindex" check "$bob" > "$work/checked" 2>&1
ok "60 messages at once: the UIDs are sound" is "$?" 0
ok "nothing is left in tmp" is "$(leftovers "$vhosts"; leftovers "$home")" ""
ok "no panic in Postfix's log" not grep -aE 'panic|fatal' "$work/maillog"
done_testing
