#!/bin/bash
# The command line, the environment and the log, as an MTA, an admin and a hostile sender use them.
# shellcheck source-path=SCRIPTDIR disable=SC2016
. "$(dirname "$0")/lib.sh"

set_up_vhosts
conf=$work/etc/mda.conf
log=$work/log
number=0

# fresh: an empty mailbox, an empty log, and no envelope in the environment
fresh()
{
	number=$((number + 1))
	name=u$number rcpt=u$number@a.test home=$work/vhosts/a.test/u$number
	mkdir -p "$home/.mda"
	: > "$log"
	base_conf | grep -v create_keep_folder > "$conf"
	own
}

own()
{
	chown -hR "$owner" "$home"
}

# deliver ARGUMENT...: delivers the simple message
deliver()
{
	attempt -c "$conf" "$@" < <(simple_message)
}

stored_one()
{
	is "$status" 0 && is "$(message_count "${1:-$home}")" 1
}

top_of()
{
	head -n "$1" "$(messages "$home")"
}

# ---- options ----

fresh
deliver -f a@b.test -r "$rcpt" -a "info@a.test"
ok "options: stored" stored_one
ok "options: the fields say so" is "$(top_of 3)" "Return-Path: <a@b.test>
X-Original-To: info@a.test
Delivered-To: $rcpt"

fresh
deliver "-fa@b.test" "-r$rcpt" -olabel=no
ok "options joined with their values: stored" stored_one
ok "options joined with their values: the key counts" not grep -q X-Mda-Label "$(messages "$home")"

fresh
deliver -f a@b.test -d "$rcpt"
ok "-d alone names the mailbox" stored_one

# again ARGUMENT...: delivers a message with the MTA's trace field
again()
{
	attempt -c "$conf" -f a@b.test -r "$rcpt" "$@" < <(printf 'Received: by mx.a.test\n'; simple_message)
}

fresh
again
again
copy=$(basename "$(messages "$home")")
ok "the same bytes again: once" stored_one
ok "the same bytes again: the log says so, and where the copy is" eval 'grep -qF "repeated=yes copy=\"$copy\"" "$log"'
again -A
ok "-A: delivered again" eval 'is "$status" 0 && is "$(message_count "$home")" 2'
again --again
ok "--again: the same" eval 'is "$status" 0 && is "$(message_count "$home")" 3'
ok "-A: not called repeated" is "$(grep -c repeated= "$log")" 1

fresh
deliver -f a@b.test -r "stranger@a.test" -d "$rcpt"
ok "-d wins over -r" stored_one

# folder NAME ASKED DIRECTORY OPTION...: -m ASKED puts the message into DIRECTORY, where the folders
# Work/Notes, Grüße, B and b exist
folder()
{
	local directory
	fresh
	for directory in "" /.Work.Notes "/.Gr&APwA3w-e" /.B /.b; do
		mkdir -p "$home/Maildir$directory"/{cur,new,tmp}
	done
	own
	deliver -f a@b.test -r "$rcpt" -m "$2" "${@:4}"
	ok "-m: $1" stored_one "$home/Maildir$3/new"
}

folder "kept in that folder" Work/Notes /.Work.Notes
folder "in either case" WORK/notes /.Work.Notes
folder "in UTF-8, in either case" GRüße "/.Gr&APwA3w-e"
folder "the folder of that very name" b /.b
folder "the INBOX" inbox ""
folder "nothing" "" ""
folder "one that is not there: the INBOX" casino-1 ""
ok "-m: one that is not there is not made" not [ -e "$home/Maildir/.casino-1" ]
ok "-m: the log says so" has "$log" 'event=note text=.*casino-1.*create_keep_folder'
folder "one that is not there, with create_keep_folder" casino-1 /.casino-1 -o create_keep_folder=yes
folder "in either case, with create_keep_folder" WORK/notes /.Work.Notes -o create_keep_folder=yes
folder "what is no name of a folder: the INBOX" a//b "" -o create_keep_folder=yes
folder "what would lead out: the INBOX" ../x "" -o create_keep_folder=yes
fresh
deliver -f a@b.test -r "$rcpt" -m Work
ok "-m: no Maildir yet: the INBOX" stored_one "$home/Maildir/new"

fresh
simple_message file > "$work/message"
chmod 644 "$work/message"
chmod 755 "$work"
attempt -c "$conf" -f a@b.test -r "$rcpt" -p "$work/message" < <(simple_message stdin)
ok "-p: the file is delivered" stored_one
ok "-p: not standard input" has "$(messages "$home")" '^body of file$'
chmod 711 "$work"

fresh
deliver -e -f a@b.test -r "$rcpt"
ok "-e changes nothing" stored_one

for sender in '' '<>' MAILER-DAEMON; do
	fresh
	deliver -f "$sender" -r "$rcpt"
	ok "-f \"$sender\" is the null sender" is "$(top_of 1)" "Return-Path: <>"
done

fresh
attempt -c "$conf" -r "$rcpt" < <(printf 'From x@y.test Mon Jan  1 00:00:00 2026\nReturn-Path: <r@p.test>\n\nbody\n')
ok "without -f: the From line tells the sender" is "$(top_of 1)" "Return-Path: <x@y.test>"
fresh
attempt -c "$conf" -r "$rcpt" < <(printf 'Return-Path: <r@p.test>\n\nbody\n')
ok "without -f and From line: Return-Path tells it" is "$(grep -c '^Return-Path: <r@p.test>' "$(messages "$home")")" 1

# ---- the environment ----

# with_environment VARIABLE=VALUE... -- ARGUMENT...
with_environment()
{
	local variables=()
	while [ "$1" != -- ]; do
		variables+=("$1")
		shift
	done
	shift
	status=0
	env "${variables[@]}" "$bin/mda" -c "$conf" "$@" > "$work/out" 2> "$work/err" < <(simple_message) || status=$?
}

fresh
with_environment SENDER=a@b.test "RECIPIENT=$name+x@a.test" ORIGINAL_RECIPIENT=info@a.test "USER=$rcpt" EXTENSION=x --
ok "environment: stored" stored_one
ok "environment: the fields say so" is "$(top_of 3)" "Return-Path: <a@b.test>
X-Original-To: info@a.test
Delivered-To: $name+x@a.test"

fresh
with_environment SENDER=wrong@b.test RECIPIENT=wrong@a.test ORIGINAL_RECIPIENT=wrong@a.test USER=wrong HOME=/wrong \
	-- -f a@b.test -r "$rcpt" -a "$rcpt"
ok "options win over the environment: stored" stored_one
ok "options win over the environment: in all fields" not grep -q wrong "$(messages "$home")"

# ---- help, version, tools ----

attempt --help < /dev/null
ok "--help: 0" is "$status" 0
for letter in d f r a m p c o e k n s t Y; do
	ok "--help tells -$letter" has "$work/out" "^  -$letter "
done
for tool in "$build"/mda-*; do
	name=${tool##*/mda-}
	case $name in *d) continue ;; esac # a server is not a tool
	ok "--help names the tool $name" has "$work/out" "^Tools .*: .*\\b$name\\b"
done
attempt --version < /dev/null
ok "--version" has "$work/out" '^mda [0-9]+\.[0-9]+'
ok "--version names what can be chosen" has "$work/out" '^imap_server: none dovecot courier$'
ok "--version names the formats" has "$work/out" '^formats: UID database [0-9]+, mda-uids [0-9]+$'
attempt no-such-tool < /dev/null
ok "an unknown tool: 75" is "$status" 75
ok "an unknown tool: one line" tells_why 75
attempt ../../bin/sh < /dev/null
ok "a tool with a path: 75" is "$status" 75
ok "a tool with a path: one line" tells_why 75
attempt reindx show x < /dev/null
ok "a misspelt tool: did you mean" has "$work/err" 'did you mean "reindex"'

fresh
deliver -f a@b.test -r "$rcpt"
attempt reindex show "$home/Maildir" < /dev/null
ok "mda reindex show: 0" is "$status" 0
ok "mda reindex show: the UID and the file" has "$work/out" "1 .*$(basename "$(messages "$home")")"
attempt reindex check "$home/Maildir" < /dev/null
ok "mda reindex check: nothing wrong" is "$status" 0
touch "$home/Maildir/new/1.M1P1.stranger"
attempt reindex check "$home/Maildir" < /dev/null
ok "mda reindex check: a file without UID is told" has "$work/out" '1\.M1P1\.stranger'
ok "mda reindex check: and the exit status says so" not [ "$status" -eq 0 ]
attempt reindex --help < /dev/null
ok "mda reindex --help" is "$status" 0

# ---- what only asks ----

state_of()
{
	find "$1" -printf '%p %s %T@ %m\n' | sort
}

# explain ARGUMENT...: runs mda explain on the simple message
explain()
{
	attempt explain - -c "$conf" "$@" < <(simple_message)
}

fresh
printf 'redirect "x@y.test";\nkeep;\n' > "$home/.mda/rules.sieve"
echo "*@b.test" > "$home/.mda/block"
own
before=$(state_of "$home")
explain -f a@b.test -r "$rcpt"
ok "explain: 0" is "$status" 0
ok "explain: nothing has changed" is "$(state_of "$home")" "$before"
ok "explain: nothing in the log" is "$(cat "$log")" ""
ok "explain: what would be done, and because of what" has "$work/out" "^store into +Junk .*because of .*\.mda/block:1"
rm "$home/.mda/block"
explain -f a@b.test -r "$rcpt"
ok "explain: the redirect, with script and line" has "$work/out" '^redirect to +x@y.test .*because of .*rules\.sieve:1'
ok "explain: the keep, with script and line" has "$work/out" '^store into +INBOX .*because of .*rules\.sieve:2'
ok "explain: no Maildir is made" not [ -e "$home/Maildir" ]
explain -f a@b.test -a "$name+x@a.test"
ok "explain: -a alone is the recipient" has "$work/out" "^recipient +$name\+x@a.test$"
explain -f a@b.test
ok "explain: for nobody: 75" is "$status" 75
attempt explain -c "$conf" -r "$rcpt" < /dev/null
ok "explain: no message: 75, and its usage" eval 'is "$status" 75 && has "$work/err" "usage: mda-explain .*MESSAGE"'
simple_message file > "$work/message"
chmod 600 "$work/message"
attempt explain "$work/message" -c "$conf" -f a@b.test -r "$rcpt" -o junk_folder=Spam < /dev/null
ok "explain: a file that its caller can read" has "$work/out" '^store into +INBOX'
explain -f a@b.test -r "$rcpt" -m nowhere
ok "explain: -m of a folder that is not there" eval 'has "$work/out" "^store into +INBOX" && has "$work/out" "^note .*nowhere"'
attempt explain "$work/message" "$work/message" -c "$conf" -r "$rcpt" < /dev/null
ok "explain: two messages: 75" is "$status" 75
attempt explain "$work/none" -c "$conf" -r "$rcpt" < /dev/null
ok "explain: no such file: 75" eval 'is "$status" 75 && has "$work/err" "cannot open .*/none"'

# shown ARGUMENT...: prints mda config for the recipient, with these lines in the configuration
shown()
{
	fresh
	printf '%s\n' "$@" >> "$conf"
	attempt config -c "$conf" -r "$rcpt" -o refuse_text=Shoo < /dev/null
}

shown 'junk_folder = "Spam"' 'domain "a.test" { blocked_action = refuse }' 'address "u'$((number + 1))'@a.test" { antispam = no }'
ok "config: 0" is "$status" 0
ok "config: from the file, with its line" has "$work/out" '^junk_folder += .?Spam.? .*mda\.conf:[0-9]+'
ok "config: from the domain" has "$work/out" '^blocked_action += .*refuse.* .*mda\.conf:[0-9]+'
ok "config: from the address" has "$work/out" '^antispam += .?no.? .*mda\.conf:[0-9]+'
ok "config: from the command line" has "$work/out" '^refuse_text += .*Shoo.*-o'
ok "config: what holds the process that judges" \
	has "$work/out" '^# the process that judges mail is confined by limits(, Landlock and|; this kernel has n)'
ok "config: a default" has "$work/out" '^script_max += .*default'
cp "$work/out" "$work/usual"
attempt config show -c "$conf" -r "$rcpt" -o refuse_text=Shoo < /dev/null
ok "config show: the same" cmp "$work/out" "$work/usual"
attempt config -c "$conf" < /dev/null
ok "config: for everybody" eval 'is "$status" 0 && has "$work/out" "^blocked_action += .*junk.*default"'
ok "config: nothing in the log" is "$(cat "$log")" ""
echo 'nonsense = 1' >> "$conf"
attempt config -c "$conf" < /dev/null
ok "config: a wrong key: 75" eval 'is "$status" 75 && has "$work/err" "mda\.conf:[0-9]+:[0-9]+: .*nonsense"'

fresh
printf 'keep;\n' > "$home/.mda/rules.sieve"
echo 'friend@b.test' > "$home/.mda/allow"
own
before=$(state_of "$home")
attempt config check -c "$conf" -d "$rcpt" < /dev/null
ok "config check: good: 0" eval 'is "$status" 0 && has "$work/out" "^1 script, [0-9]+ lists?, 0 errors$"'
ok "config check: changes nothing" is "$(state_of "$home")" "$before"
ok "config check: nothing in the log" is "$(cat "$log")" ""
echo 'if {' > "$home/.mda/rules.sieve"
printf 'a@b.test\n<>@\n' > "$home/.mda/block"
own
attempt config check -c "$conf" -d "$rcpt" < /dev/null
ok "config check: something wrong: 1" is "$status" 1
ok "config check: a broken script: file, line, column" has "$work/out" 'rules\.sieve:1:[0-9]+: '
ok "config check: a broken list: file, line, column" has "$work/out" 'block:2:1: '
attempt config check -c "$conf" < /dev/null
ok "config check: for everybody: not the user's" is "$status" 0
printf '@@\n' > "$work/etc/block"
chmod 644 "$work/etc/block"
attempt config check -c "$conf" < /dev/null
ok "config check: for everybody: the admin's list" eval 'is "$status" 1 && has "$work/out" "etc/block:1:1: "'
rm "$work/etc/block"
attempt config frobnicate -c "$conf" < /dev/null
ok "config: an unknown command: 75" is "$status" 75

# ---- lines of other programs ----

# other NAME OPTION...: a message is delivered with this option of another program
other()
{
	fresh
	deliver -f a@b.test -d "$rcpt" "${@:2}"
	ok "$1: stored" stored_one
}

other "deliver's -n -m ''" -n -m ""
ok "deliver's -n: the log says what asks" has "$log" 'event=note text=.*-n is ignored.*mda explain'
other "deliver's -n -s -e -k" -n -s -e -k
other "procmail's -t -a ''" -t -a ""
ok "procmail's -t: the log says what asks" has "$log" 'event=note text=.*-t is ignored.*mda config'
other "sendmail's -Y -a" -Y -a ""
other "-a '' alone" -a ""
ok "-a '': no note" not has "$log" 'event=note'
for line in "-h" "-V" "--help" "--version"; do
	fresh
	deliver -f a@b.test -r "$rcpt" "$line"
	ok "$line in an MTA's line: 75, nothing stored" eval 'is "$status" 75 && has "$work/err" "no other option" && is "$(message_count "$home")" 0'
done
fresh
with_environment "RECIPIENT=$rcpt" EXTENSION=shop -- -t -a shop
ok "procmail -a \$EXTENSION: stored" stored_one
ok "procmail -a \$EXTENSION: no recipient" is "$(grep -c '^X-Original-To: shop' "$(messages "$home")")" 0

# ---- who the mail is for ----

fresh
with_environment USER=root HOME=/root -- -f a@b.test
ok "nobody is told: 75" is "$status" 75
ok "nobody is told: one line" tells_why 75
ok "nobody is told: the log has it" has "$log" 'status=deferred .*no recipient is given'
fresh
with_environment "USER=$name" "LOGNAME=$name" "RECIPIENT=$rcpt" "ORIGINAL_RECIPIENT=$rcpt" HOME=/var/mail SENDER=a@b.test --
ok "Exim's USER is not the recipient" stored_one
for wrong in 'Ann <ann@a.test>' 'ann@a.test>' '<>' '@a.test' $'a\nb@a.test'; do
	fresh
	deliver -f a@b.test -r "$wrong"
	ok "$(printf %q "$wrong") is not an address: 67" is "$status" 67
	ok "$(printf %q "$wrong") is not an address: one line" tells_why 67
	deliver -f a@b.test -d "$wrong"
	ok "-d $(printf %q "$wrong"): 67" is "$status" 67
done
ok "what is not an address makes no path" is "$(find "$work/vhosts" -name '*<*' -o -name '*>*')" ""

# several ARGUMENT...: the error says that there are several recipients, in the log, too. The
# configuration is named last.
several()
{
	fresh
	attempt -f a@b.test "$@" -c "$conf" < <(simple_message)
	ok "several recipients, $*: 75" is "$status" 75
	ok "several recipients, $*: one line" tells_why 75
	ok "several recipients, $*: says what to set" has "$work/err" 'several recipients.*mda_destination_recipient_limit = 1'
	ok "several recipients, $*: so does the log" has "$log" 'status=deferred .*mda_destination_recipient_limit = 1'
	ok "several recipients, $*: nothing is stored" is "$(messages "$work/vhosts" | grep -c /bob/)" 0
}

several -r ann@a.test bob@a.test -a ann@a.test bob@a.test
several -d ann bob
several -rann@a.test -rbob@a.test
several -r "ann@a.test bob@a.test"
several -r "ann@a.test, bob@a.test"
fresh
deliver -f a@b.test -r "$rcpt" -x
ok "an unknown letter: the log has it" has "$log" 'status=deferred .*unknown option -x'
fresh
deliver -f a@b.test -r "$rcpt" -r "$rcpt"
ok "the same recipient twice" stored_one

# ---- a delimiter in a name ----

# named NAME RECIPIENT FOLDER ARGUMENT...: the message reaches jan-erik, and the rules see the
# detail
named()
{
	deliver -f a@b.test -r "$2" "${@:4}"
	ok "$1: stored" stored_one "$home/Maildir${3:+/.$3}/new"
	ok "$1: no mailbox of another name" not [ -e "$work/vhosts/a.test/jan" ]
}

jan_erik()
{
	fresh
	home=$work/vhosts/a.test/jan-erik
	rm -rf "$home" && mkdir -p "$home/.mda"
	echo 'recipient_delimiter = "+-"' >> "$conf"
	printf '%s\n' 'require ["envelope", "subaddress", "fileinto", "variables"];' \
		'if envelope :detail :matches "to" "?*" { fileinto "D/${1}${2}"; }' > "$home/.mda/rules.sieve"
	echo 'outside.test' > "$home/.mda/allow"
	own
}

jan_erik
named "a name with a delimiter" jan-erik@a.test ""
ok "a name with a delimiter: its own allow list counts" has "$log" 'list=allow'
jan_erik
named "a name with a delimiter, and a detail" Jan-Erik+shop@a.test D.shop
jan_erik
named "a name with a delimiter, and a detail by the same one" jan-erik-shop@a.test D.shop
ok "and a detail: its own allow list counts" has "$log" 'list=allow'
jan_erik
named "a name with a delimiter, nobody else's home" jan-erik@a.test "" -o create_home=no
jan_erik
deliver -f a@b.test -d jan-erik@a.test
ok "-d with a delimiter in the name" stored_one
attempt lists add -c "$conf" -d jan-erik@a.test block x@y.test < /dev/null
ok "a tool finds the same mailbox" has "$home/.mda/block" '^x@y.test'
deliver -f a@b.test -r jan@a.test -o create_home=no
ok "jan is another one: 67" is "$status" 67

# ---- the log ----

fresh
deliver -f a@b.test -r "$rcpt" -a info@a.test
ok "log: one line" is "$(wc -l < "$log")" 1
for pair in event=delivery status=stored "to=$rcpt" orig_to=info@a.test from=a@b.test 'msgid=<plain@outside.test>' \
	'size=[0-9]+' folder=INBOX uid=1 'rule="no rule decided otherwise"' list=none spam=no label=Unknown 'us_total=[0-9]+' \
	'us=read:[0-9]+,stamp:[0-9]+,firewall:[0-9]+,lists:[0-9]+,attachments:[0-9]+,antispam:[0-9]+,screener:[0-9]+,rules:[0-9]+,tag:[0-9]+,deliver:[0-9]+'; do
	ok "log: ${pair%%[\[]*}" has "$log" " $pair( |\$)"
done

# injection NAME MESSAGE ARGUMENT...: nothing that a sender writes makes a line or a key in the log
injection()
{
	local name=$1
	printf "$2" > "$work/in"
	shift 2
	fresh
	attempt -c "$conf" -r "$rcpt" -o label=yes "$@" < "$work/in"
	ok "log injection, $name: stored" is "$status" 0
	ok "log injection, $name: one line, printable" both_lines
	ok "log injection, $name: no key of the sender's" not grep -qaE '(^| )(evil|status=forged)' \
		<(sed 's/\\x[0-9a-f]*/?/g; s/"[^"]*"/""/g' "$log")
}

both_lines()
{
	is "$(wc -l < "$log")" 1 && not grep -qaP '[\x00-\x09\x0b-\x1f\x7f]' "$log"
}

injection 'a sender with newlines' 'Subject: x\n\nb\n' -f "$(printf 'a@b.test\nevil=1 event=delivery status=forged')"
injection 'a sender with escapes' 'Subject: x\n\nb\n' -f "$(printf 'a\033]0;owned\007@b.test')"
injection 'a sender with blanks and quotes' 'Subject: x\n\nb\n' -f '"a\" evil=1 status=forged \""@b.test'
injection 'a Message-ID with blanks' 'Message-ID: <a evil=1 status=forged>\n\nb\n' -f a@b.test
injection 'a Message-ID with quotes' 'Message-ID: <a" evil=1 status=forged "b>\n\nb\n' -f a@b.test
injection 'a folded Message-ID' 'Message-ID: <a\n evil=1\n\tstatus=forged>\n\nb\n' -f a@b.test
injection 'a Message-ID with CR, NUL, ESC' 'Message-ID: <a\r\0\033[2Jb>\n\nb\n' -f a@b.test
injection 'a Message-ID that is no UTF-8' 'Message-ID: <a\377\302\205b>\n\nb\n' -f a@b.test
injection 'a From with an encoded newline' 'From: =?utf-8?q?a=0Aevil=3D1?= <x@y.test>\n\nb\n' -f a@b.test
injection 'an original recipient with newlines' 'Subject: x\n\nb\n' -f a@b.test -a "$(printf 'x@a.test\nevil=1')"
{ printf 'Message-ID: <'; head -c 100000 /dev/zero | tr '\0' x; printf '>\n\nb\n'; } > "$work/in"
fresh
attempt -c "$conf" -f a@b.test -r "$rcpt" < "$work/in"
ok "log: a Message-ID of 100,000 characters is cut" [ "$(wc -c < "$log")" -lt 4000 ]

fresh
deliver -f a@b.test -r "$rcpt" -o log=stderr
ok "log = stderr: the line is there" has "$work/err" 'event=delivery status=stored'
fresh
deliver -f a@b.test -r "$rcpt" -o log=none
ok "log = none: stored" stored_one
# without_log NAME FILE: a log that cannot be opened does not defer mail
without_log()
{
	deliver -f a@b.test -r "$rcpt" -o "log=$2"
	ok "log: $1: stored" stored_one
	ASAN_OPTIONS=$ASAN_OPTIONS:detect_leaks=0 strace -f -e trace=connect -o "$work/trace" "$bin/mda" -c "$conf" -f a@b.test -r "$rcpt" -o "log=$2" < <(simple_message) \
		> "$work/out" 2> "$work/err"
	ok "log: $1: syslog is told" has "$work/trace" 'sun_path="/dev/log"'
	ok "log: $1: nothing on standard error" is "$(grep -v ^strace: "$work/err")" ""
}

fresh
without_log "a directory" "$work"
fresh
without_log "nowhere" "$work/none/log"
fresh
mkdir -p "$work/rotated" && : > "$work/rotated/log"
chmod 400 "$work/rotated/log" && chown "$owner" "$work/rotated" "$work/rotated/log"
without_log "a file that nobody may write" "$work/rotated/log"

fresh
attempt -c "$conf" -r "x@" < "$work/in"
ok "log: an unknown user is logged" has "$log" 'event=delivery status=no-user .*error='

# ---- redirects ----

# A sendmail that takes what it gets, or fails as often as the file says. It records its arguments,
# a line each.
cat > "$work/sendmail" << 'END'
#!/bin/sh
here=$(dirname "$0")/outbox
n=$(cat "$here/fail" 2> /dev/null || echo 0)
if [ "$n" -gt 0 ]; then
	echo $((n - 1)) > "$here/fail"
	exit 75
fi
echo x >> "$here/calls"
printf '%s\n' "$@" > "$here/arguments"
env > "$here/environment"
cat > "$here/message"
END
chmod 755 "$work/sendmail"
mkdir "$work/outbox"
chown "$owner" "$work/outbox"

# redirecting SCRIPT: a mailbox with this script
redirecting()
{
	fresh
	rm -f "$work"/outbox/*
	printf "$1" > "$home/.mda/rules.sieve"
	own
}

sent()
{
	cat "$work/outbox/calls" 2> /dev/null | wc -l
}

redirecting 'redirect "x@y.test";\nkeep;\n'
deliver -f a@b.test -r "$rcpt"
ok "redirect: stored" stored_one
ok "redirect: the arguments" is "$(tr '\n' ' ' < "$work/outbox/arguments")" "-i -f a@b.test -- x@y.test "
ok "redirect: the message is the same" cmp "$work/outbox/message" <(simple_message)
ok "redirect: the log says both" has "$log" 'status=stored,redirected .*redirected_to=x@y.test'
ok "redirect: nothing of the caller's environment" not grep -qE '^(HOME|USER|BUILD)=' "$work/outbox/environment"

redirecting 'redirect "x@y.test";\n'
deliver -f "" -r "$rcpt"
ok "redirect of a bounce: the null sender" is "$(tr '\n' ' ' < "$work/outbox/arguments")" "-i -f <> -- x@y.test "
ok "redirect alone: nothing is stored" is "$(message_count "$home")" 0

redirecting 'redirect "x@y.test";\nkeep;\n'
echo 1 > "$work/outbox/fail"
chown "$owner" "$work/outbox/fail"
deliver -f a@b.test -r "$rcpt"
ok "a redirect that fails: 75" is "$status" 75
ok "a redirect that fails: one line" tells_why 75
ok "a redirect that fails: the log says deferred" has "$log" 'status=deferred'
deliver -f a@b.test -r "$rcpt"
ok "the second attempt: 0" is "$status" 0
ok "the second attempt: still one copy" is "$(message_count "$home")" 1
ok "the second attempt: one redirect" is "$(sent)" 1
ok "the second attempt: the log says so" has "$log" 'repeated=yes'
deliver -f a@b.test -r "$rcpt"
ok "the same message once more is a new one: two copies" is "$(message_count "$home")" 2
ok "the same message once more: redirected again" is "$(sent)" 2

redirecting 'redirect "x@y.test";\nredirect "z@y.test";\nkeep;\n'
printf '#!/bin/sh\ncase $5 in z*) [ -e %s/ok ] || exit 75;; esac\necho "$5" >> %s/calls\ncat > /dev/null\n' \
	"$work/outbox" "$work/outbox" > "$work/sendmail2"
chmod 755 "$work/sendmail2"
deliver -f a@b.test -r "$rcpt" -o "sendmail_path=$work/sendmail2"
ok "two redirects, the second fails: 75" is "$status" 75
touch "$work/outbox/ok"
deliver -f a@b.test -r "$rcpt" -o "sendmail_path=$work/sendmail2"
ok "two redirects: each is sent once" is "$(tr '\n' ' ' < "$work/outbox/calls")" "x@y.test z@y.test "
ok "two redirects: one copy" is "$(message_count "$home")" 1

# odd NAME ADDRESS: the address reaches sendmail as one argument, or is refused as invalid; no shell
# sees it
odd()
{
	rm -f "$work/owned"
	redirecting "redirect \"$2\";\n"
	deliver -f "\"';touch $work/owned;\"@b.test" -r "$rcpt"
	ok "redirect to $1: 0" is "$status" 0
	ok "redirect to $1: no shell" not [ -e "$work/owned" ]
	if [ -e "$work/outbox/arguments" ]; then
		ok "redirect to $1: one argument" is "$(wc -l < "$work/outbox/arguments")" 5
	else
		ok "redirect to $1: is kept instead" is "$(message_count "$home")" 1
	fi
}

odd 'a semicolon' "x;touch\${IFS}$work/owned@y.test"
odd 'backticks' "\`touch\${IFS}$work/owned\`@y.test"
odd 'a dollar' "\$(touch\${IFS}$work/owned)@y.test"
odd 'an option' '-oQ/tmp/x@y.test'
odd 'two addresses' 'a@y.test,b@y.test'
odd 'a blank' 'a b@y.test'
odd 'a pipe' "|touch@y.test"

redirecting 'redirect "x@y.test";\n'
deliver -f a@b.test -r "$rcpt" -o sendmail_path=/no/such/sendmail
ok "sendmail is missing: 75" is "$status" 75
ok "sendmail is missing: one line" tells_why 75

# ---- refusals, discards, the file of errors ----

redirecting 'require "reject";\nreject "Not here,\nplease.";\n'
deliver -f a@b.test -r "$rcpt"
ok "reject: 77" is "$status" 77
ok "reject: one line, starting with its code" tells_why 77
ok "reject: the text" has "$work/err" '^5\.7\.1 Not here, ?please'
ok "reject: nothing is stored" is "$(message_count "$home")" 0

redirecting 'discard;\n'
deliver -f a@b.test -r "$rcpt"
ok "discard: 0" is "$status" 0
ok "discard: nothing is stored" is "$(message_count "$home")" 0
ok "discard: the log says so, with the line" has "$log" 'status=discarded .*rule=[^ ]*rules\.sieve:1'

redirecting 'keep;\nbogus "x";\n'
deliver -f a@b.test -r "$rcpt"
ok "a broken script: the message is kept" stored_one
ok "a broken script: the errors lie beside it" has "$home/.mda/rules.sieve.errors" '^.*rules\.sieve:2:[0-9]+: .*bogus'
ok "a broken script: they are the user's" is "$(stat -c %a "$home/.mda/rules.sieve.errors")" 600
echo 'keep;' > "$home/.mda/rules.sieve"
own
deliver -f a@b.test -r "$rcpt"
ok "the script is right again: the errors go" not [ -e "$home/.mda/rules.sieve.errors" ]

fresh
echo 'redirect "x@y.test";' > "$home/.dovecot.sieve"
own
rm -f "$work"/outbox/*
deliver -f a@b.test -r "$rcpt"
ok "without rules.sieve, .dovecot.sieve is used" is "$(sent)" 1

# ---- an attempt's own field ----

# attempts NAME COPIES FIELD...: three attempts with these fields on top, where TRY is the number of
# the attempt; sending a redirect fails
attempts()
{
	local name=$1 copies=$2 try
	shift 2
	fresh
	echo 'require "copy"; redirect :copy "x@y.test";' > "$home/.mda/rules.sieve"
	own
	for try in 1 2 3; do
		attempt -c "$conf" -f a@b.test -r "$rcpt" -o "sendmail_path=$work/sendmail-fails" \
			< <(printf '%s\n' "${@//TRY/$try}"; printf 'Received: by mx.a.test id 1\n'; simple_message)
		[ "$status" = 75 ] || break
	done
	ok "an attempt's own field, $name: each is tried again" is "$status" 75
	ok "an attempt's own field, $name: $copies copies" is "$(message_count "$home")" "$copies"
}

printf '#!/bin/sh\nexit 75\n' > "$work/sendmail-fails"
chmod 755 "$work/sendmail-fails"
attempts "Exim's time" 1 'Delivery-date: Sun, 29 Nov 2026 0TRY:00:00 +0000'
attempts "Exim's three" 1 'Return-path: <a@b.test>' "Envelope-to: $rcpt" 'Delivery-date: Sun, 29 Nov 2026 0TRY:00:00 +0000'
attempts "folded" 1 'Delivery-date: Sun,' ' 29 Nov 2026 0TRY:00:00 +0000' "Envelope-to: $rcpt"
attempts "another field" 3 'X-Time: TRY'
attempts "after another field" 3 'X-Other: 1' 'Delivery-date: TRY'
done_testing
