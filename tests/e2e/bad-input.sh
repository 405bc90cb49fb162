#!/bin/bash
# Bad input, as a table. Each row breaks one thing for a mailbox of its own and delivers one
# message. It expects an exit status; one clear line on standard error unless that is 0; the
# message stored once, byte for byte after the fields that mda adds (status 0), or not at all; and
# no file left in any tmp/.
# What it mounts ends with it.
# shellcheck source-path=SCRIPTDIR disable=SC2016
if [ -z "${MDA_OWN_MOUNTS:-}" ] && unshare --mount true 2> /dev/null; then
	MDA_OWN_MOUNTS=1 exec unshare --mount "$0" "$@"
fi
. "$(dirname "$0")/lib.sh"

set_up_vhosts
conf=$work/etc/mda.conf
in=$work/in
want=$work/want
log=$work/log
number=0

fresh()
{
	number=$((number + 1))
	name=u$number rcpt=u$number@a.test sender=ann@outside.test
	home=$work/vhosts/a.test/$name
	maildir=$home/Maildir where=$home/Maildir/new
	args=()
	mkdir -p "$home/.mda"
	base_conf > "$conf"
	printf 'label = no\n' >> "$conf"
	rm -rf "${work:?}"/etc/{allow,block}
	simple_message > "$in"
	rm -f "$want"
	: > "$log"
}

one_message_as_wanted()
{
	local found
	found=$(messages "$home")
	if [ -n "$where" ]; then
		is "$(grep -c . <<< "$found")" 1 && is "$(dirname "$found")" "$where" && is_stored "$found" "$want"
	else
		is "$found" ""
	fi
}

judge()
{
	is "$status" "$1" || { head -c 2000 "$work/err"; return 1; }
	tells_why "$1" || return
	if [ "$1" -eq 0 ]; then
		[ -z "$2" ] || has "$log" "$2" || return
		one_message_as_wanted || return
	else
		has "$work/err" "$2" && is "$(messages "$home")" "" || return
	fi
	is "$(leftovers "$home")" ""
}

# row STATUS TEXT NAME COMMANDS: TEXT is looked for in standard error, or in the log when STATUS is 0; the COMMANDS may
# change whatever fresh() sets
row()
{
	fresh
	chown -R "$owner" "$home"
	eval "$4"
	[ -e "$want" ] || cp "$in" "$want"
	attempt -c "$conf" -f "$sender" -r "$rcpt" "${args[@]}" < "$in"
	ok "$3: $1" judge "$1" "$2"
}

# as_owner COMMAND...: what belongs to the mailbox belongs to its owner
as_owner()
{
	"$@" && chown -hR "$owner" "$home"
}

conf_is()
{
	printf '%b' "$1" > "$conf"
}

conf_has()
{
	printf '%s\n' "$1" >> "$conf"
}

# ---- configurations: all 75, with file and line ----

row 75 'mda\.conf:[0-9]+.*no_such_key' 'conf: an unknown key' 'conf_has "no_such_key = 1"'
row 75 'mda\.conf:[0-9]+.*antispam' 'conf: a key misspelt' 'conf_has "antispan = no"'
row 75 'mda\.conf:[0-9]+.*message_max' 'conf: a word for a size' 'conf_has "message_max = much"'
row 75 'mda\.conf:[0-9]+.*time_limit' 'conf: a word for a number' 'conf_has "time_limit = soon"'
row 75 'mda\.conf:[0-9]+.*time_limit' 'conf: a negative number' 'conf_has "time_limit = -5"'
row 75 'mda\.conf:[0-9]+.*time_limit' 'conf: a huge number' 'conf_has "time_limit = 99999999999999999999"'
row 75 'mda\.conf:[0-9]+.*label' 'conf: a word for a switch' 'conf_has "label = perhaps"'
row 75 'mda\.conf:[0-9]+.*spam_action' 'conf: a word that is not one of the choices' 'conf_has "spam_action = burn"'
row 75 'mda\.conf:[0-9]+' 'conf: a list where it is not closed' 'conf_has "scripts_before = { \"a\","'
row 75 'mda\.conf:[0-9]+' 'conf: a list for one value' 'conf_has "maildir = { \"a\", \"b\" }"'
row 75 'mda\.conf:[0-9]+' 'conf: a section that is not closed' 'conf_has "domain \"a.test\" {"'
row 75 'mda\.conf:[0-9]+' 'conf: a brace too many' 'conf_has "}"'
row 75 'mda\.conf:[0-9]+' 'conf: a section without a name' 'conf_has "domain { }"'
row 75 'mda\.conf:[0-9]+.*users' 'conf: a key where it may not stand' 'conf_has "address \"$rcpt\" { users = system }"'
row 0 '' 'conf: the same in the section of somebody else' 'conf_has "address \"x@a.test\" { users = system }"'
row 75 'mda\.conf:[0-9]+:32: this string does not end' 'conf: a string in it that is not closed' \
	'conf_has "address \"x@a.test\" { maildir = \"x }"'
row 75 'mda\.conf:[0-9]+:20: this section does not end' 'conf: a section of somebody else that is not closed' \
	'conf_has "address \"x@a.test\" { maildir = \"x\""'
row 0 '' 'conf: twenty thousand sections, some of them wrong' \
	'seq -f "address \"other%g@a.test\" { users = \"}\" # {" 20000 | sed "s/\$/\n}/" >> "$conf"'
row 75 'mda\.conf:[0-9]+' 'conf: a string that is not closed' 'conf_has "maildir = \"x"'
row 75 'mda\.conf' 'conf: binary junk' 'head -c 3000 /dev/urandom >> "$conf"; printf "\n=\1{\n" >> "$conf"'
row 75 'mda\.conf' 'conf: a NUL' 'printf "label = no\n\0label = yes\n" >> "$conf"'
row 75 'mda\.conf' 'conf: a NUL in a value' 'printf "maildir = \"%%h/M\0x\"\n" >> "$conf"'
row 75 'mda\.conf' 'conf: a directory' 'args=(-c "$work/etc/dir/mda.conf"); mkdir -p "$work/etc/dir/mda.conf"'
row 75 'no-such' 'conf: a missing file' 'args=(-c "$work/etc/no-such.conf")'
row 75 'mda\.conf' 'conf: in a missing directory' 'args=(-c "$work/etc/nowhere/mda.conf")'
row 75 '%' 'conf: a path with an unknown letter' 'conf_has "maildir = \"%h/%x\""'
row 75 'sieve_engine' 'conf: an engine that does not exist' 'conf_has "sieve_engine = \"magic\""'
row 75 'spam_headers' 'conf: a spam header without a pattern' 'conf_has "spam_headers = { \"X-Spam\" }"'
row 0 '' 'conf: a log in a missing directory' 'conf_has "log = \"$work/nowhere/log\""'
row 75 'spool' 'conf: a spool_dir that is missing' \
	'conf_has "spool_dir = \"$work/nowhere\""; conf_has "message_in_memory = 1"'
row 75 'virtual_user' 'conf: a virtual_user that does not exist' 'conf_has "virtual_user = \"no-such-user\""'
row 0 '' 'conf: an empty section' 'conf_has "domain \"a.test\" { }"'
row 0 '' 'conf: no final newline' 'printf "label = no" >> "$conf"'
row 0 '' 'conf: CRLF' 'sed -i "s/\$/\r/" "$conf"'

# ---- lists: mail is kept, and the log tells ----

block='"$home/.mda/block"'
row 0 'event=note .*block:1' 'list: a line that is no pattern' "as_owner eval 'echo \"a b c@@\" > $block'"
row 0 'event=note' 'list: binary junk' "as_owner eval '{ head -c 5000 /dev/urandom; echo; } > $block'"
row 0 'event=note .*block' 'list: a NUL in a line' "as_owner eval 'printf \"x@\\0y\\n\" > $block'"
row 0 'event=note .*block' 'list: a directory' "as_owner mkdir $block"
row 0 'event=note .*block' 'list: a FIFO' "as_owner mkfifo $block"
row 0 'event=note .*block' 'list: unreadable' "as_owner touch $block; chmod 000 $block"
row 0 'event=note .*allow' 'allow list: unreadable' 'as_owner touch "$home/.mda/allow"; chmod 000 "$home/.mda/allow"'
row 0 'event=note .*block' 'list: a symbolic link to itself' "as_owner ln -s block $block"
row 0 '' 'list: a dangling symbolic link is a missing list' "as_owner ln -s /no/such/list $block"
row 0 'event=note .*etc/block' 'global list: a directory' 'mkdir "$work/etc/block"'
row 0 'event=note .*etc/allow' 'global list: a FIFO' 'mkfifo "$work/etc/allow"'
row 0 'list=block .*etc/block:2' 'lists: one is broken, the others speak' \
	"where=\$maildir/.Junk/new; printf '\n*@outside.test\n' > \"\$work/etc/block\"; as_owner mkdir $block"
row 0 '' 'list: a line of 1 MB' "as_owner eval '{ head -c 1000000 /dev/zero | tr \"\\0\" \"*\"; echo @x; } > $block'"
row 0 'event=note .*contacts' 'contacts: a directory' 'sed -i "/^label/d" "$conf"; as_owner mkdir "$home/.mda/contacts"'

# ---- scripts: mail is kept, and the log tells ----

script='"$home/.mda/rules.sieve"'
row 0 'event=note .*rules\.sieve:1:' 'script: a syntax error' "as_owner eval 'echo \"if header { keep\" > $script'"
row 0 'event=note .*rules\.sieve' 'script: an unknown command' "as_owner eval 'echo \"explode;\" > $script'"
row 0 'event=note .*rules\.sieve' 'script: an unknown extension' "as_owner eval 'echo \"require \\\"x\\\"; keep;\" > $script'"
row 0 'event=note .*rules\.sieve' 'script: binary junk' "as_owner eval 'head -c 5000 /dev/urandom > $script'"
row 0 'event=note .*rules\.sieve' 'script: a NUL' "as_owner eval 'printf \"keep;\\0discard;\" > $script'"
row 0 'event=note .*rules\.sieve' 'script: unreadable' "as_owner touch $script; chmod 000 $script"
row 0 'event=note .*rules\.sieve' 'script: a directory' "as_owner mkdir $script"
row 0 'event=note .*rules\.sieve' 'script: a FIFO' "as_owner mkfifo $script"
row 0 'event=note .*rules\.sieve' 'script: larger than script_max' \
	"as_owner eval 'yes \"# nothing but comments\" | head -c 1100000 > $script'"
row 0 '' 'script: 900 KB of rules' \
	"as_owner eval 'yes \"if header :is \\\"x\\\" \\\"y\\\" { discard; }\" | head -n 20000 > $script'"
row 0 'event=note .*rules\.sieve' 'script: 100,000 levels' \
	"as_owner eval '{ yes \"if not \" | head -n 100000; echo \"true { keep; }\"; } > $script'"
row 0 'event=note .*rules\.sieve' 'script: 100,000 blocks' \
	"as_owner eval '{ yes \"if true { \" | head -n 100000; } > $script'"
row 0 'event=note .*rules\.sieve' 'script: text: without an end' \
	"as_owner eval 'printf \"redirect text:\\nabc\\n\" > $script'"
row 0 'event=note .*too many redirects' 'script: too many redirects' \
	"as_owner eval 'for i in 1 2 3 4 5 6; do echo \"redirect \\\"a\$i@b.test\\\";\"; done > $script'"
row 0 'event=note .*reject' 'script: reject and keep together' \
	"as_owner eval 'printf \"require \\\"reject\\\";\\nkeep;\\nreject \\\"no\\\";\\n\" > $script'"
row 0 '' 'script: an empty one keeps' "as_owner touch $script"
row 0 'event=note .*nowhere' 'script: one of the admin is missing' 'conf_has "scripts_before = { \"$work/nowhere.sieve\" }"'
row 0 'event=note .*before' 'script: a broken one of the admin' \
	'echo "if" > "$work/etc/before.sieve"; conf_has "scripts_before = { \"$work/etc/before.sieve\" }"'
# Every star of it has 100,000 places.
many_stars()
{
	echo 'if header :matches "subject" "*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b" { discard; }' > "$home/.mda/rules.sieve"
	chown -R "$owner" "$home"
	{ printf 'Subject: '; head -c 100000 /dev/zero | tr '\0' a; printf '\n\nbody\n'; } > "$in"
}

row 0 '' 'script: many stars' many_stars
row 0 'event=note' 'script: takes libsieve for ever' 'many_stars; conf_has "sieve_engine = \"libsieve\""'

# ---- folders that rules ask for ----

# folder NAME: a rule that files into it
folder()
{
	printf 'require "fileinto";\nfileinto "%b";\n' "$1" > "$home/.mda/rules.sieve"
	chown -R "$owner" "$home"
}

row 0 'event=note .*folder' 'folder: ../../escape' 'folder ../../escape'
row 0 'event=note .*folder' 'folder: /etc/escape' 'folder /etc/escape'
row 0 'event=note .*folder' 'folder: a//b' 'folder a//b'
row 0 'event=note .*folder' 'folder: .' 'folder .'
row 0 'event=note .*folder' 'folder: ..' 'folder ..'
row 0 'event=note .*folder' 'folder: a/../b' 'folder a/../b'
row 0 'event=note .*folder' 'folder: a control character' 'folder "a\001b"'
row 0 'event=note' 'folder: a NUL' 'folder "a\0000b"'
row 0 'event=note' 'folder: no UTF-8' 'folder "a\0377b"'
row 0 'event=note .*folder' 'folder: 300 characters' 'folder "$(head -c 300 /dev/zero | tr "\0" x)"'
row 0 'event=note' 'folder: 50,000 characters' 'folder "$(head -c 50000 /dev/zero | tr "\0" x)"'
row 0 'folder=tmp' 'folder: tmp' 'folder tmp; where=$maildir/.tmp/new'
row 0 'folder=cur' 'folder: cur' 'folder cur; where=$maildir/.cur/new'
row 0 '' 'folder: inbox in any case is the INBOX' 'folder iNbOx'
row 0 '' 'folder: UTF-8 becomes modified UTF-7' 'folder "Gr\0303\0274\0303\0237e"; where=$maildir/.Gr\&APwA3w-e/new'
row 0 'event=note .*folder' 'option -m ../../escape' 'args=(-m ../../escape)'
row 0 'event=note .*folder' 'junk_folder: ../escape' 'conf_has "junk_folder = \"../escape\""; sed -i "1iX-Spam-Flag: YES" "$in"'

# ---- messages: all are stored as they came ----

message()
{
	printf "$1" > "$in"
}

filler()
{
	head -c "$1" /dev/zero | tr '\0' "${2:-x}"
}

row 0 '' 'message: NULs' 'message "From: a@b.test\nSubject: a\0b\n\nnul \0\0 end\n"'
row 0 '' 'message: 8-bit in header and body' 'message "From: J\xf6rg <a@b.test>\nSubject: \xff\xfe\n\n\x80\x81\n"'
row 0 '' 'message: UTF-8' 'message "From: Jörg <jörg@b.test>\nSubject: Grüße\n\nGrüße\n"'
row 0 '' 'message: a line of 5 MB' '{ message "From: a@b.test\n\n"; filler 5000000 >> "$in"; echo >> "$in"; }'
row 0 '' 'message: no final newline' 'message "From: a@b.test\n\nthe end"'
row 0 '' 'message: no header' 'message "\nonly a body\n"'
row 0 '' 'message: no header and no blank line' 'message "this is no header\nat all\n"'
row 0 '' 'message: no body' 'message "From: a@b.test\nSubject: x\n\n"'
row 0 '' 'message: a header and nothing else' 'message "From: a@b.test\nSubject: x\n"'
row 0 '' 'message: a header without final newline' 'message "From: a@b.test\nSubject: x"'
row 0 '' 'message: empty' ': > "$in"'
row 0 '' 'message: one newline' 'message "\n"'
row 0 '' 'message: one NUL' 'message "\0"'
row 0 '' 'message: CRLF throughout becomes LF' \
	'message "From: a@b.test\r\nSubject: x\r\n\r\nbody\r\n"; tr -d "\r" < "$in" > "$want"'
row 0 '' 'message: CRLF and LF stay as they are' 'message "From: a@b.test\r\nSubject: x\n\r\nbody\n"'
row 0 '' 'message: CR alone' 'message "From: a@b.test\nSubject: x\ry\n\nbo\rdy\n"'
junk='where=$maildir/.Junk/new'
row 0 'spam_why="a From is disguised"' 'message: CR alone in the From is spam' \
	"$junk"'; message "From: a@b.test\rSubject: x\n\nbo\rdy\n"'
row 0 '' 'message: a leading From line goes' \
	'message "From x@y.test Mon Jan  1 00:00:00 2026\nFrom: a@b.test\n\nFrom me\n"; sed 1d "$in" > "$want"'
row 0 '' 'message: a From line with CRLF' \
	'message "From x@y.test Mon Jan  1 00:00:00 2026\r\nFrom: a@b.test\r\n\r\nb\r\n"; sed 1d "$in" | tr -d "\r" > "$want"'
row 0 '' 'message: nothing but a From line' 'message "From x@y.test Mon Jan  1 00:00:00 2026\n"; : > "$want"'
row 0 '' 'message: 20,000 header fields' \
	'{ seq 20000 | sed "s/.*/X-Field-&: value/"; printf "\nbody\n"; } > "$in"'
row 0 '' 'message: a header field of 1 MB' '{ printf "Subject: "; filler 1000000; printf "\n\nbody\n"; } > "$in"'
row 0 '' 'message: a field of 100,000 folds' '{ printf "To: a@b.test"; yes ",
 a@b.test" | head -n 200000; printf "\n\nbody\n"; } > "$in"'
row 0 'spam_why="a sender field is too long to be read"' 'message: a From of 1 MB of parentheses is spam' "$junk"'; { printf "From: "; filler 1000000 "("; printf "\n\nbody\n"; } > "$in"'
row 0 'spam_why="a sender field is too long to be read"' 'message: a From of 1 MB of quotes is spam' "$junk"'; { printf "From: "; filler 1000001 "\""; printf "\n\nbody\n"; } > "$in"'
row 0 '' 'message: broken fields' 'message "From a@b.test\n: no name\n Subject: fold first\nNo colon\nX :y\n\nbody\n"; sed 1d "$in" > "$want"'
row 0 '' 'message: encoded words without an end' 'message "From: =?utf-8?q?a <a@b.test>\nSubject: =?x?b?!!!?= =?\n\nbody\n"'
row 0 '' 'message: 200 MB, and little memory' \
	'conf_has "message_in_memory = 64K"; { simple_message; filler 200000000 | fold -w 1000; } > "$in"'
row 77 '5\.3\.4 .*larger' 'message: larger than message_max' 'conf_has "message_max = 1M"; filler 3000000 >> "$in"'
row 75 'spool' 'message: large, and the spool is unwritable' \
	'mkdir "$work/ro"; chmod 500 "$work/ro"; conf_has "spool_dir = \"$work/ro\""; conf_has "message_in_memory = 1K"; filler 9000 >> "$in"
	[ "$(id -u)" -ne 0 ] || chown "$owner" "$work/ro"'

# ---- the mailbox ----

# with_mailbox COMMANDS: the mailbox exists, empty, and then the COMMANDS
with_mailbox()
{
	mkdir -p "$maildir"/{tmp,new,cur}
	eval "$1"
	chown -hR "$owner" "$home"
}

row 75 'ermission denied' 'mailbox: unwritable' 'with_mailbox ""; chmod 500 "$maildir"/*'
row 75 'ermission denied' 'mailbox: tmp/ unwritable' 'with_mailbox ""; chmod 500 "$maildir/tmp"'
row 75 'ermission denied' 'mailbox: new/ unwritable' 'with_mailbox ""; chmod 500 "$maildir/new"'
row 75 'ermission denied' 'mailbox: the home unwritable' 'chmod 500 "$home"'
row 75 'ermission denied' 'mailbox: the home not to be entered' 'chmod 000 "$home"'
row 75 'ermission denied' 'mailbox: no new folder can be made' \
	'with_mailbox ""; chmod 500 "$maildir"; folder Work'
row 0 '' 'mailbox: tmp/ is missing' 'with_mailbox "rmdir \"$maildir/tmp\""'
row 0 '' 'mailbox: new/ is missing' 'with_mailbox "rmdir \"$maildir/new\""'
row 0 '' 'mailbox: cur/ is missing' 'with_mailbox "rmdir \"$maildir/cur\""'
row 0 '' 'mailbox: an empty directory' 'as_owner mkdir "$maildir"'
row 75 'Maildir' 'mailbox: a file' 'as_owner touch "$maildir"'
row 75 'tmp' 'mailbox: tmp/ is a file' 'with_mailbox "rmdir \"$maildir/tmp\"; touch \"$maildir/tmp\""'
row 75 'new' 'mailbox: new/ is a file' 'with_mailbox "rmdir \"$maildir/new\"; touch \"$maildir/new\""'
row 75 'Maildir: it is, or leads through, a symbolic link' 'mailbox: a link to a directory of the user' \
	'as_owner mkdir "$home/elsewhere"; as_owner ln -s elsewhere "$maildir"'
row 75 'Maildir: it is, or leads through, a symbolic link' 'mailbox: a link of the user, and those of the admin are followed' \
	'conf_has "follow_links = admin"; as_owner mkdir "$home/elsewhere"; as_owner ln -s elsewhere "$maildir"'
row 75 'Maildir' 'mailbox: a link to a directory of somebody else' 'as_owner ln -s /usr/share "$maildir"'
row 75 'Maildir' 'mailbox: a dangling link' 'as_owner ln -s nowhere "$maildir"'
row 75 'Maildir' 'mailbox: a link to itself' 'as_owner ln -s Maildir "$maildir"'
row 75 'Maildir' 'mailbox: a link to a file' 'as_owner touch "$home/file"; as_owner ln -s file "$maildir"'
row 75 'new' 'mailbox: new/ is a link to somebody else' 'with_mailbox "rmdir \"$maildir/new\"; ln -s /usr/share \"$maildir/new\""'
row 75 'tmp' 'mailbox: tmp/ is a dangling link' 'with_mailbox "rmdir \"$maildir/tmp\"; ln -s nowhere \"$maildir/tmp\""'
row 75 'Work' 'folder: a file in its place' 'with_mailbox "touch \"$maildir/.Work\""; folder Work'
row 75 'Work' 'folder: a link to somebody else' 'with_mailbox "ln -s /usr/share \"$maildir/.Work\""; folder Work'
row 75 'home' 'home: a file' 'rm -rf "$home"; as_owner touch "$home"'
row 67 'no mailbox' 'home: none, and none is to be made' 'rm -rf "$home"; conf_has "create_home = no"'
row 0 '' 'home: none, it is made' 'rm -rf "$home"'
row 75 'home|directory' 'home: cannot be made' 'rcpt=x@b.test; conf_has "virtual_home = \"/proc/none/%n\""'

# ---- the state directory ----

state='$home/.Maildir.mda'
row 75 'Maildir\.mda' 'state: a file in its place' 'as_owner touch "'"$state"'"'
row 75 'Maildir\.mda' 'state: unwritable' 'as_owner mkdir "'"$state"'"; chmod 500 "'"$state"'"'
row 0 'damaged-[0-9]+, and a new one was made' 'state: binary junk for a database' \
	'mkdir "'"$state"'"; head -c 40000 /dev/urandom > "'"$state"'/data.mdb"; chown -R "$owner" "$home"'
row 0 'damaged-[0-9]+, and a new one was made' 'state: a text for a database' \
	'mkdir "'"$state"'"; yes text | head -c 40000 > "'"$state"'/data.mdb"; chown -R "$owner" "$home"'
row 0 'damaged-[0-9]+, and a new one was made' 'state: a directory for a database' \
	'mkdir -p "'"$state"'/data.mdb"; chown -R "$owner" "$home"'
row 0 '' 'state: an empty file for a database' \
	'mkdir "'"$state"'"; : > "'"$state"'/data.mdb"; chown -R "$owner" "$home"'
row 75 'state|directory|ermission' 'state_dir: cannot be made' 'conf_has "state_dir = \"/proc/none/%u\""'

# ---- addresses ----

long=$(filler 300)
row 67 '' 'recipient: a slash' 'rcpt=a/b@a.test'
row 67 '' 'recipient: ..' 'rcpt="..@a.test"'
row 67 '' 'recipient: ../../x' 'rcpt="../../x@a.test"'
row 67 '' 'recipient: quoted ../x' 'rcpt="\"../x\"@a.test"'
row 67 '' 'recipient: domain ..' 'rcpt="x@.."'
row 67 '' 'recipient: domain ../etc' 'rcpt="x@../etc"'
row 67 '' 'recipient: a domain with a slash' 'rcpt="x@a.test/../../y"'
row 67 '' 'recipient: 300 characters' 'rcpt=$long@a.test'
row 67 '' 'recipient: a domain of 300 characters' 'rcpt=x@$long.test'
row 67 '' 'recipient: a control character' 'rcpt=$(printf "x\001y@a.test")'
row 67 '' 'recipient: a newline' 'rcpt=$(printf "x\ny@a.test")'
row 67 '' 'recipient: a hidden file' 'rcpt=.x@a.test'
row 67 '' 'recipient: nothing before the @' 'rcpt=@a.test'
row 67 '' 'recipient: nothing after the @' 'rcpt=x@'
row 75 '' 'recipient: empty' 'rcpt='
row 0 '' 'recipient: a detail that would lead out' 'rcpt=$name+../../x@a.test'
row 0 '' 'recipient: a detail of 300 characters' 'rcpt=$name+$long@a.test'
row 0 '' 'recipient: in angle brackets' 'rcpt="<$rcpt>"'
row 0 '' 'sender: a newline' 'sender=$(printf "a@b.test\nX-Evil: yes")'
row 0 '' 'sender: CR and an escape sequence' 'sender=$(printf "a\r\033[31m@b.test")'
row 0 '' 'sender: 900 characters' 'sender=$(filler 900)@b.test'
row 0 'spam_why="a sender.s address is too long to be looked up"' 'sender: 100,000 characters, which no list can be asked about, is spam' "$junk"'; sender=$(filler 100000)@b.test'
row 0 '' 'sender: quotes and semicolons' 'sender="\";rm -rf /\"@b.test"'
row 0 '' 'sender: null' 'sender='
row 0 '' 'sender: 8-bit' 'sender=$(printf "\377\376@b.test")'
row 0 '' 'original recipient: a newline' 'args=(-a "$(printf "a@b.test\nX-Evil: yes")")'

# ---- the command line ----

row 75 'option' 'option: unknown' 'args=(-Z)'
row 75 'option' 'option: a long one' 'args=(--no-such-option)'
row 75 'mda_destination_recipient_limit' 'option: a word, as of a second recipient' 'args=(word)'
row 75 '-f' 'option: without its value' 'args=(-f)'
row 75 '-o|=' 'option: -o without =' 'args=(-o label)'
row 75 'no_such' 'option: -o with an unknown key' 'args=(-o no_such=1)'
row 75 'label' 'option: -o with a wrong value' 'args=(-o label=perhaps)'
row 75 'no-such' 'option: -p with a missing file' 'args=(-p "$work/no-such")'
row 75 'irectory' 'option: -p with a directory' 'args=(-p "$work/etc")'
row 75 '-e' 'option: -e with a value' 'args=(-ex)'

# ---- limits of the process ----

row 75 'too long|took' 'time_limit: the message never ends' 'conf_has "time_limit = 1"; in=$work/fifo
	mkfifo "$in"; simple_message > "$want"; sleep 3 > "$in" &'
in=$work/in

# ---- users of the system ----

if is_root; then
	system='sed -i "s/^users.*/users = system/; /^virtual_home/d" "$conf"'
	row 67 'no-such-user' 'system: an unknown user' "$system"'; rcpt=no-such-user@a.test'
	row 75 'root' 'system: root' "$system"'; rcpt=root@a.test'
	row 75 'home' 'system: no home' "$system"'; rcpt=nobody@a.test'
	row 67 '' 'system: a name with a slash' "$system"'; rcpt=../x@a.test'
	row 67 '' 'system: a name of 300 characters' "$system"'; rcpt=$long'
else
	skip 'users of the system' 'needs root'
fi

# ---- a full disk ----

disk=$work/disk
unmount_disk()
{
	umount -l "$disk"
}

# full KILOBYTES_FREE: the disk has so little room; when it has room again, the MTA's second attempt stores one copy
full()
{
	fresh
	home=$disk/u$1 rcpt=u$1@a.test where=$disk/u$1/Maildir/new
	conf_has "virtual_home = \"$disk/%n\""
	filler 40000 | fold -w 70 >> "$in"
	cp "$in" "$want"
	mkdir "$home"
	chown "$owner" "$home"
	head -c $((1024 * 1024)) /dev/zero > "$disk/fill" 2> /dev/null
	truncate -s -"$1"K "$disk/fill"
	attempt -c "$conf" -f ann@outside.test -r "$rcpt" < "$in"
	ok "a full disk, $1 KB free: 75" judge 75 '^4\.3\.[01] .*(space|Input/output)'
	rm "$disk/fill"
	attempt -c "$conf" -f ann@outside.test -r "$rcpt" < "$in"
	ok "a full disk, $1 KB free: one copy when there is room" judge 0 ''
	rm -rf "$home"
}

mkdir "$disk"
if is_root && mount -t tmpfs -o size=512k,mode=755 none "$disk" 2> "$work/said"; then
	on_exit unmount_disk
	for free in 0 4 8 16 24 32 48; do
		full $free
	done
	unmount_disk
else
	skip 'a full disk' 'needs root and the right to mount a tmpfs'
fi
done_testing
