#!/bin/bash
# mda-sieve: how it checks, tests and formats scripts, and how it handles bad input.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

set_up_vhosts
conf=$work/etc/mda.conf
cd "$work" || exit 1

# sieve STATUS ARGUMENT...: leaves $work/out and $work/err
sieve()
{
	local expected=$1 status=0
	shift
	"$bin/mda-sieve" "$@" > "$work/out" 2> "$work/err" || status=$?
	[ "$status" -eq "$expected" ] && return
	echo "exit status $status, not $expected"
	cat "$work/out" "$work/err"
	return 1
}

# printed [EXPECTED]: standard output is that, without the last line end
printed()
{
	is "$(cat "$work/out")" "$1"
}

# Standard error is one line, which starts with the program's name.
complains()
{
	is "$(wc -l < "$work/err")" 1 && has "$work/err" "^mda-sieve: .*$1"
}

# json EXPRESSION: of d, the list of the lines that were printed
json()
{
	python3 -c "import json, sys
d = [json.loads(line) for line in open(sys.argv[1])]
assert $1, d" "$work/out"
}

cat > good.sieve << 'END'
require ["fileinto", "imap4flags", "copy", "reject", "envelope"];
if header :contains "subject" "plain" {
	fileinto :flags ["\\Seen", "work"] "Plain";
	redirect :copy "copy@b.test";
	discard;
} elsif envelope :is "from" "" {
	keep;
} elsif header :is "subject" "no" {
	reject "go
away";
} elsif header :is "subject" "nothing" {
	discard;
} elsif header :is "subject" "clash" {
	keep;
	reject "both";
}
END
cat > bad.sieve << 'END'
require ["filinto", "envelope"];
if heder :contains "x" "y" { kep; }
redirect "a@b.test"
END
printf 'if true { stop; }\nkeep;\n' > warned.sieve
simple_message plain > plain.eml
for word in no nothing clash other; do
	printf 'From: a@b.test\nSubject: %s\n\nbody\n' "$word" > "$word.eml"
done

# ---- check ----

finds_all()
{
	sieve 1 check bad.sieve && is "$(grep -c '^bad.sieve:.*: error: ' out)" 4 &&
		has out '^bad.sieve:1:10: error: .*did you mean "fileinto"\?$' &&
		has out '^bad.sieve:2:4: error: there is no test "heder"; did you mean "header"\?$' &&
		has out '^    if heder :contains "x" "y" \{ kep; ' && has out '^       \^$' &&
		has out '^bad.sieve:2:30: error: ' && has out '^bad.sieve:3:20: error: ";" is missing here$' &&
		has out '^bad.sieve: 4 errors, 0 warnings$'
}

warns()
{
	sieve 0 check warned.sieve && has out '^warned.sieve:1:4: warning: this test is always true$' &&
		has out '^warned.sieve:2:1: warning: this is never reached$' && has out '^warned.sieve: 0 errors, 2 warnings$'
}

knows_folders()
{
	mkdir -p box/.There/cur
	printf 'require "fileinto"; fileinto "There"; fileinto "Else.where"; fileinto "INBOX";' > folders.sieve
	sieve 0 check folders.sieve && is "$(wc -l < out)" 1 && sieve 0 check -m box folders.sieve &&
		has out ': warning: there is no folder "Else.where" yet' && is "$(grep -c warning: out)" 1
}

knows_impossible_folders()
{
	printf 'require "fileinto"; fileinto "../../x"; fileinto "a//b"; fileinto "a/b";' > impossible.sieve
	sieve 0 check impossible.sieve && is "$(grep -c 'warning: .*; the message would go to the INBOX$' out)" 2
}

knows_encoded_names()
{
	printf 'require "fileinto"; fileinto "Eink&AOQ-ufe"; fileinto "Tea &- Coffee"; fileinto "Q&A";' > encoded.sieve
	sieve 0 check encoded.sieve && has out "modified UTF-7.*write \"Einkäufe\"" && has out 'write "Tea & Coffee"' && is "$(grep -c warning: out)" 2
}

knows_users_folders()
{
	mkdir -p vhosts/a.test/x/Maildir/.There/cur
	chown -R "$owner" vhosts
	sieve 0 check -c "$conf" -d x@a.test folders.sieve && is "$(grep -c warning: out)" 1
}

check_speaks_json()
{
	sieve 1 check --json good.sieve bad.sieve warned.sieve && json 'len(d) == 3 and [x["good"] for x in d] == [True, False, True]' &&
		json 'd[0]["errors"] == [] and d[0]["warnings"] == [] and d[0]["script"] == "good.sieve"' &&
		json '[(e["line"], e["column"]) for e in d[1]["errors"]] == [(1, 10), (2, 4), (2, 30), (3, 20)]' &&
		json '[w["text"] for w in d[2]["warnings"]] == ["this test is always true", "this is never reached"]'
}

# A configuration with limits of its own.
limits_are_those_of_conf()
{
	{ cat "$conf" && echo 'redirects_max = 1'; } > one.conf
	printf 'redirect "a@b.test"; redirect "b@b.test";' > two.sieve
	sieve 0 test two.sieve plain.eml && sieve 1 test -c one.conf two.sieve plain.eml && has out '^error .*too many redirects: more than 1$'
}

several_one_wrong()
{
	sieve 1 check good.sieve bad.sieve && is "$(grep -cE '^(good|bad).sieve: [0-9]' out)" 2
}

no_text()
{
	head -c 3000 /dev/urandom > noise.sieve
	sieve 1 check noise.sieve && not has out $'[\001-\010\016-\037]'
}

other_engine()
{
	{ cat "$conf" && echo 'sieve_engine = libsieve'; } > old.conf
	sieve 1 check -c old.conf bad.sieve && has out "this engine knows fileinto, reject"
}

ok "check: a good script" eval 'sieve 0 check good.sieve && printed "good.sieve: 0 errors, 0 warnings"'
ok "check: every error with its place and line" finds_all

# The list of extensions is there once, and the person's own folders are known.
listed_once()
{
	printf 'require ["vnd.a.b", "vnd.c.d.e.f.g"];\nkeep;\n' > list.sieve
	sieve 1 check list.sieve && is "$(grep -c 'known are: fileinto, ' "$work/out")" 1 && is "$(grep -c 'there is no extension' "$work/out")" 2
}
ok "check: the extensions are listed once" listed_once

folders()
{
	local box=$work/folders
	mkdir -p "$box"/{cur,new,tmp} "$box/.Work.Old/cur" "$box/.There/cur"
	printf 'require "fileinto";\nfileinto "work/old";\nfileinto "There";\nfileinto "Eink&AOQ-ufe";\nfileinto "R&D";\n' > f.sieve
	sieve 0 check -m "$box" f.sieve && is "$(grep -c warning: "$work/out")" 3 &&
		has out ':2:10: warning: there is no folder "work/old", but there is "Work[./]Old"' && has out ':4:10: warning: .*modified UTF-7.*"Einkäufe"' &&
		has out ':5:10: warning: there is no folder "R&D" yet'
}
ok "check: folders in other letters, and in IMAP's encoding" folders

# Root's own script is read by an account without rights.
closed_maildir()
{
	is_root || return 0
	mkdir -p "$work/closed/.Lists/cur" && chmod 700 "$work/closed" || return
	printf 'require "fileinto"; fileinto "lists";\n' > "$work/closed.sieve"
	! "$bin/mda-sieve" check -m "$work/closed" "$work/closed.sieve" > "$work/out" 2> "$work/err" &&
		has "$work/err" 'closed cannot be read: Permission denied' && ! grep -q 'no folder' "$work/out"
}
ok "check: a Maildir that cannot be looked into is told" closed_maildir
ok "check: warnings do not count" warns
ok "check: several, one of them wrong" several_one_wrong
ok "check: folders of a Maildir" knows_folders
ok "check: folders that cannot be" knows_impossible_folders
ok "check: a name in modified UTF-7 is a warning" knows_encoded_names
ok "check: folders of a user" knows_users_folders
ok "check: as JSON" check_speaks_json
ok "check: standard input" eval 'sieve 1 check - < bad.sieve && has out "^standard input:2:30: error: "'
ok "check: a script that is not there: 75, the others are checked" \
	eval 'sieve 75 check nowhere.sieve bad.sieve && has err "nowhere.sieve does not exist" && has out "^bad.sieve: 4 errors"'
ok "check: a directory" eval 'sieve 75 check . && has err "^mda-sieve: "'
ok "check: a FIFO does not block" eval 'mkfifo fifo && sieve 75 check fifo'
ok "check: an empty script" eval ': > empty.sieve && sieve 0 check empty.sieve'
ok "check: no text" no_text
ok "check: the libsieve engine" other_engine

# ---- test ----

tells_actions()
{
	sieve 0 test -f ann@outside.test good.sieve plain.eml && printed 'plain.eml
store into  Plain  flags \Seen work  because of good.sieve:3
redirect to copy@b.test  as a copy  because of good.sieve:4'
}

tells_of_many()
{
	sieve 0 test -f a@b.test good.sieve plain.eml no.eml nothing.eml other.eml && printed 'plain.eml
store into  Plain  flags \Seen work  because of good.sieve:3
redirect to copy@b.test  as a copy  because of good.sieve:4
no.eml
refuse      go?away  because of good.sieve:9
nothing.eml
discard  because of good.sieve:12
other.eml
store into  INBOX  because of the implicit keep'
}

# As in a delivery, a failing script keeps the message.
tells_of_failure()
{
	sieve 1 test -f a@b.test good.sieve clash.eml && has out '^error +good.sieve:15:[0-9]+: reject cannot go with keep' &&
		has out '^store into  INBOX  because of the error$' && is "$(wc -l < out)" 3
}

traces()
{
	sieve 0 test --trace -f a@b.test good.sieve no.eml && is "$(sed -n '1,/^ *9 /p' out)" 'no.eml
good.sieve
    2  if
    2    header
           subject: "no" :contains "plain": no
           = false
    6    envelope
           from: "a@b.test" :is "": no
           = false
    8    header
           subject: "no" :is "no": yes
           = true
    9    reject'
}

test_speaks_json()
{
	sieve 1 test --json -f a@b.test good.sieve plain.eml other.eml clash.eml && json 'len(d) == 3' &&
		json 'd[0]["actions"][0] == {"action": "fileinto", "argument": "Plain", "script": "good.sieve", "line": 3, "implicit": False, "copy": False, "flags": ["\\Seen", "work"]}' &&
		json 'd[0]["actions"][1]["copy"] and len(d[0]["actions"]) == 2' &&
		json 'd[1]["actions"] == [{"action": "keep", "implicit": True, "copy": False}]' &&
		json '"reject cannot go" in d[2]["error"] and d[2]["actions"][0]["implicit"] and "trace" not in d[0]'
}

traces_as_json()
{
	sieve 0 test --trace --json -f a@b.test good.sieve no.eml &&
		json 'd[0]["trace"][0]["event"] == "command" and d[0]["trace"][0]["name"] == "if"' &&
		json '[(e["source"], e["value"], e["match"], e["key"], e["result"]) for e in d[0]["trace"] if e["event"] == "match"] == [("subject", "no", ":contains", "plain", False), ("from", "a@b.test", ":is", "", False), ("subject", "no", ":is", "no", True)]'
}

null_sender_counts()
{
	sieve 0 test -f '' good.sieve other.eml && has out '^store into  INBOX  because of good.sieve:7$'
}

envelope_is_asked()
{
	printf 'require ["envelope", "fileinto"]; if envelope :is "to" "r@a.test" { fileinto "R"; }' > to.sieve
	sieve 0 test -r r@a.test to.sieve other.eml && has out '^store into  R ' && sieve 0 test -r s@a.test to.sieve other.eml && has out 'implicit keep'
}

hostile_text_is_harmless()
{
	printf 'Subject: \033[31mred\007 \xe2\x80\xae\xff\n\nbody\n' > hostile.eml
	printf 'if header :contains "subject" "x" {}' > look.sieve
	sieve 0 test --trace look.sieve hostile.eml && has out 'subject: ".\[31mred' &&
		not has out $'[\033\007]' && sieve 0 test --trace --json look.sieve hostile.eml && json 'len(d) == 1' && not has out $'[\033\007]'
}

# Each set makes 128 KB of text that the run keeps: the limit of steps is one of memory as well.
doubling_ends()
{
	{ printf 'require "variables";\nset "a" "0123456789abcdef";\n' && yes "set :upper \"a\" \"\${a}\${a}\";" | head -n 30000; } > doubling.sieve
	sieve 1 test doubling.sieve other.eml && has out '^error  *doubling.sieve:[0-9]*:[0-9]*: the script takes more than 1000000000 steps' &&
		has out '^store into  INBOX  because of the error'
}

# What mda says it would do is what mda-sieve says.
delivery_agrees()
{
	install -d -o "${owner%:*}" vhosts/a.test/x/.mda && cp good.sieve vhosts/a.test/x/.mda/rules.sieve && chown -R "$owner" vhosts
	"$bin/mda-explain" - --trace -c "$conf" -d x@a.test -f ann@outside.test < plain.eml > dry && has dry '^    2    header$' &&
		has dry '^store into  Plain  flags .* because of .*rules.sieve:3' && has dry '^redirect to copy@b.test' &&
		"$bin/mda-explain" - -c "$conf" -d x@a.test -f ann@outside.test < plain.eml > dry && not has dry '^    2    header$'
}

# Which part of the recipient is the name, and whose spam check counts, is the same as in a delivery.
session_agrees()
{
	local recipient original expected
	install -d -o "${owner%:*}" vhosts/a.test/{jan-erik,def}/.mda
	{ cat "$conf" && printf 'recipient_delimiter = "-"\naddress "abc@a.test" {\n\tantispam = no\n}\n'; } > etc/agree.conf
	cat > agree.sieve <<- 'END'
		require ["envelope", "subaddress", "fileinto", "spamtest"];
		if envelope :user "to" "jan-erik" { fileinto "name"; }
		if not spamtest "0" { fileinto "checked"; }
	END
	{ printf 'X-Spam-Flag: YES\n' && cat plain.eml; } > flagged.eml
	while read -r recipient original expected; do
		cp agree.sieve "vhosts/a.test/${recipient%@*}/.mda/rules.sieve"
		"$bin/mda-explain" - -c etc/agree.conf -r "$recipient" -a "$original" -o spam_rules=yes < flagged.eml > dry &&
			sieve 0 test -c etc/agree.conf -d "$recipient" -a "$original" agree.sieve flagged.eml || return
		is "$(awk '/^store into/ { print $3 }' dry | paste -sd,)" "$expected" &&
			is "$(awk '/^store into/ { print $3 }' out | paste -sd,)" "$expected" || return
	done <<- 'END'
		jan-erik@a.test jan-erik@a.test name,checked
		def@a.test def@a.test checked
		def@a.test abc@a.test INBOX
	END
}

# flags_of SCRIPT EXPECTED: keep and fileinto "INBOX" are one copy, with the flags that were given last
flags_of()
{
	rm -rf vhosts/a.test/x/Maildir
	printf 'require ["fileinto", "imap4flags"]; %s' "$1" > vhosts/a.test/x/.mda/rules.sieve
	"$bin/mda" -c "$conf" -d x@a.test -f ann@outside.test < plain.eml && is "$(message_count vhosts/a.test/x)" 1 &&
		is "$(basename vhosts/a.test/x/Maildir/*/1* | sed 's/.*://')" "$2"
}

one_copy_in_inbox()
{
	local a='fileinto :flags "\\Flagged" "INBOX";' b='keep :flags "\\Seen";'
	flags_of "$a $b" 2,S && flags_of "$b $a" 2,F && flags_of "$b $a $b" 2,S && flags_of "$a $b $a" 2,F
}

ok "test: actions with their lines" tells_actions
ok "test: several messages" tells_of_many
ok "test: a script that fails keeps the message" tells_of_failure
ok "test: the evaluation as a tree" traces
ok "test: as JSON" test_speaks_json
ok "test: the evaluation as JSON" traces_as_json
ok "test: the null sender" null_sender_counts
ok "test: the recipient" envelope_is_asked
ok "test: limits are those of the configuration" limits_are_those_of_conf
ok "test: a message from standard input" eval 'sieve 0 test good.sieve - < plain.eml && has out "^store into  Plain"'
ok "test: a script with errors: 1, on standard error" eval 'sieve 1 test bad.sieve plain.eml && has err "^bad.sieve:2:4: error: " && printed ""'
ok "test: a message that is not there: 75" eval 'sieve 75 test good.sieve nowhere.eml && complains nowhere.eml'
ok "test: a directory for a message: 75" eval 'sieve 75 test good.sieve . && complains ""'
ok "test: an empty message" eval ': > empty.eml && sieve 0 test good.sieve empty.eml'
ok "test: no message: 75" eval 'sieve 75 test good.sieve && complains "SCRIPT MESSAGE"'
ok "test: text that could drive a terminal" hostile_text_is_harmless
ok "test: a script that wants all memory" doubling_ends
ok "mda explain --trace traces and decides alike" delivery_agrees
ok "test: the name in the recipient, and the original recipient's spam check" session_agrees
ok "keep and fileinto INBOX are one copy" one_copy_in_inbox

# ---- fmt ----

lays_out()
{
	printf '# mine\nIF header :CONTAINS ["a","b"]  "c"{KEEP;# here\n stop;}\n' > ugly.sieve
	sieve 0 fmt ugly.sieve && printed '# mine
if header :contains ["a", "b"] "c" {
	keep; # here
	stop;
}' && cp out pretty.sieve && sieve 0 fmt pretty.sieve && cmp out pretty.sieve
}

in_place()
{
	chmod 640 ugly.sieve && ln -s ugly.sieve link.sieve && sieve 0 fmt -i link.sieve && printed "" && cmp ugly.sieve pretty.sieve &&
		is "$(stat -c %a ugly.sieve)" 640 && [ -L link.sieve ] && is "$(echo ugly.sieve*)" ugly.sieve
}

wrong_stays()
{
	cp bad.sieve wrong.sieve && sieve 1 fmt -i wrong.sieve && cmp bad.sieve wrong.sieve && has err '^wrong.sieve:3:20: error: ' && printed ""
}

others_file_stays()
{
	mkdir -m 755 others && printf 'keep;stop;' > others/x.sieve && chown 12345 others/x.sieve && sieve 0 fmt -i others/x.sieve &&
		is "$(stat -c %u others/x.sieve)" 12345 || return
	printf 'keep;stop;' > others/x.sieve && chown 54321 others && sieve 75 fmt -i others/x.sieve &&
		complains 'belongs to another user' && is "$(cat others/x.sieve)" 'keep;stop;'
}

layout_means_the_same()
{
	local script
	for script in "$OLDPWD"/examples/sieve/*.sieve "$OLDPWD"/examples/demo/users/*/*.sieve; do
		sieve 0 fmt "$script" && cp out laid.sieve && sieve 0 fmt laid.sieve && cmp out laid.sieve &&
			is "$(tr -d ' \t\n' < laid.sieve)" "$(tr -d ' \t\n' < "$script")" || return
	done
}

ok "fmt: one layout, and again the same" lays_out
ok "fmt: in place, through a link, with its rights" in_place
# A line end in front of a CR must not come together with it.
bare_cr_stays()
{
	printf 'require "reject";\nif false { reject text:\na\n.\r\r\n; } discard; /*\n.\n; } # */\n' > cr.sieve
	cp cr.sieve cr.before && sieve 1 fmt -i cr.sieve && cmp cr.sieve cr.before && sieve 1 check cr.sieve && has out '^cr.sieve:4:2: error: '
}

ok "fmt: a CR without LF is refused" bare_cr_stays
ok "fmt: a script with errors of grammar stays" wrong_stays
ok "fmt: an extension that nobody knows" eval 'printf "require \"vnd.other\";frob :x 1;" > other.sieve && sieve 0 fmt other.sieve && has out "^frob :x 1;$"'
if is_root; then
	ok "fmt: another's file stays his" others_file_stays
else
	skip "fmt: another's file stays his" "wants root"
fi
ok "fmt: the examples mean the same" layout_means_the_same
ok "fmt: several only in place" eval 'sieve 75 fmt good.sieve warned.sieve && complains in-place && sieve 0 fmt -i good.sieve warned.sieve'
ok "fmt: standard input" eval 'sieve 0 fmt - < pretty.sieve && cmp out pretty.sieve && sieve 75 fmt -i - < pretty.sieve'

# ---- capabilities, and the command line ----

# What is listed can be required.
all_can_be_required()
{
	sieve 0 capabilities && is "$(awk '{ print $2 }' out | grep -cvE '^(RFC|draft-|Pigeonhole|mda)')" 0 && cp out list &&
		awk '{ printf "require \"%s\";\n", $1 }' list > all.sieve && [ "$(wc -l < all.sieve)" -ge 12 ] && sieve 0 check all.sieve
}

no_such_user()
{
	sieve 75 check -c "$conf" -d "@" good.sieve && complains ""
}

nobody_reads()
{
	local status=0
	"$bin/mda-sieve" check good.sieve > /dev/full 2> err || status=$?
	is "$status" 75 && complains "the result"
}

through_mda()
{
	"$bin/mda" sieve check good.sieve > out && printed 'good.sieve: 0 errors, 0 warnings'
}

at_another_time()
{
	printf 'require ["date", "relational", "fileinto"];\nif currentdate :value "ge" "date" "2031-07-01" { fileinto "Later"; }\n' > later.sieve
	sieve 0 test --at=2031-06-30 later.sieve plain.eml && has out 'implicit keep' && sieve 0 test --at='2031-07-01 08:00' later.sieve plain.eml && has out 'into  Later' &&
		sieve 0 test --at='Tue, 1 Jul 2031 12:00:00 +0000' later.sieve plain.eml && has out 'into  Later' && sieve 75 test --at=tomorrow later.sieve plain.eml && complains 'at takes a date'
}

ok "test: at another time" at_another_time
ok "capabilities: each can be required" all_can_be_required
ok "capabilities: as JSON" eval 'sieve 0 capabilities --json && json "{\"name\": \"copy\", \"defined_in\": \"RFC 3894\"} in d[0]"'
ok "no command: 75" eval 'sieve 75 && complains "no command"'
ok "an unknown command: 75" eval 'sieve 75 chek good.sieve && complains chek'
ok "an unknown option: 75" eval 'sieve 75 check --frob good.sieve && complains frob'
ok "an option without its value: 75" eval 'sieve 75 check good.sieve -m && complains "needs a value"'
ok "no script: 75" eval 'sieve 75 check && complains "check SCRIPT"'
ok "a word too many: 75" eval 'sieve 75 capabilities x && complains x'
ok "a configuration that is not there: 75" eval 'sieve 75 check -c nowhere.conf good.sieve && complains nowhere.conf'
ok "a user that is not there: 75" no_such_user
ok "--help" eval 'sieve 0 --help && has out "^  capabilities "'
ok "--version" eval 'sieve 0 --version && has out "^mda-sieve [0-9]"'
ok "nobody reads the result: 75" nobody_reads
ok "mda sieve" through_mda
done_testing
