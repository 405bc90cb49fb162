#!/bin/bash
# mda-explain: each stage in its order, what it looked at, what matched and what lost and why; plain
# lines in a pipe, colours and columns on a terminal, JSON that follows its schema.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

set_up_vhosts
conf=$work/etc/mda.conf
{
	base_conf
	echo 'attachments_refuse = { "*.exe" }'
	echo "scripts_before = { \"$work/etc/before.sieve\" }"
	echo 'organization "A" { domains = { "a.test" } }'
} > "$conf"
home=$work/vhosts/a.test/ann
mkdir -p "$home/.mda"
printf '*@shop.test\nnews@*\n' > "$work/etc/block"
printf '# mine\nnews@shop.test\nbob@b.test\n' > "$home/.mda/allow"
printf 'bob@b.test\n' > "$home/.mda/block"
printf 'carl@c.test\n' > "$home/.mda/contacts"
printf 'keep;\n' > "$work/etc/before.sieve"
cat > "$home/.mda/rules.sieve" << 'END'
require ["fileinto", "vacation", "reject", "imap4flags", "copy", "variables"];
if header :contains "subject" "invoice" { fileinto :flags "\\Seen work" "Money"; stop; }
if header :contains "subject" "away" { vacation :days 1 "I am away"; redirect :copy "d@d.test"; }
if header :contains "subject" "refuse" { reject "no, thanks"; stop; }
if header :contains "subject" "discard" { discard; stop; }
if header :contains "subject" "error" { set "a" ""; redirect "${a}"; }
END
chown -R "$owner" "$home"

# mail SUBJECT [FROM]
mail()
{
	printf 'From: %s\nTo: ann@a.test\nSubject: %b\nMessage-ID: <m@x>\nX-Mda-Label: mine\n\nbody\n' "${2:-carl@c.test}" "$1"
}

# explain OPTION... < message: sets $status; $work/out, $work/err
explain()
{
	status=0
	"$bin/mda-explain" - -c "$conf" -r ann@a.test "$@" > "$work/out" 2> "$work/err" || status=$?
}

# ---- what it says ----

in_order()
{
	is "$(grep -oE '^(stamp|firewall|list|attachments|spam|rules|label|store into) ' "$work/out" | tr -d '\n')" \
		'stamp firewall list attachments spam rules label store into ' && is "$status" 0
}
mail 'your invoice' > "$work/mail"
explain -f carl@c.test < "$work/mail"
ok "each stage in its order" in_order
ok "what a stage looked at" has "$work/out" '^  looked    From: carl@c.test$'
ok "a list that does not exist" has "$work/out" "^  looked    global allow list: $work/etc/allow: it does not exist\$"
ok "a field that is taken out, and why" has "$work/out" '^  lost      X-Mda-Label: mine: a sender could have written it'
ok "the line of the script that matched" has "$work/out" "^  matched   subject: \"your invoice\"  by $home/.mda/rules.sieve:2 :contains \"invoice\"\$"
ok "scripts in their order" is "$(grep -oE 'script: .*' "$work/out" | sed 's/.*\///' | tr '\n' ' ')" 'before.sieve rules.sieve '
ok "what will be done, with flags" has "$work/out" "^store into  Money  flags \\\\Seen work  because of $home/.mda/rules.sieve:2\$"
ok "a contact" has "$work/out" "^  matched   $home/.mda/contacts:1 contact: the sender is a contact\$"
ok "plain in a pipe" not grep -q $'\e' "$work/out"

mail 'hello' news@shop.test > "$work/mail"
explain -f news@shop.test < "$work/mail"
ok "the entry that decided" has "$work/out" "^  matched   $work/etc/block:1 \*@shop.test\$"
ok "less specific in the same list: why it lost" has "$work/out" "^  lost      $work/etc/block:2 news@\*: a more specific entry of the same level decides\$"
ok "allowed by the address, blocked by the admin: why it lost" has "$work/out" \
	"^  lost      $home/.mda/allow:2 news@shop.test: a block entry comes before an allow entry\$"
ok "no script is run for blocked mail, and which key decides" has "$work/out" 'no script is run: blocked_action decides'
mail 'hello' bob@b.test > "$work/mail"
explain -f bob@b.test < "$work/mail"
ok "a tie: block wins" has "$work/out" "^  lost      $home/.mda/allow:3 bob@b.test: the block entry is as specific\$"
{ printf 'Authentication-Results: mx.a.test; dmarc=fail header.from=friend.test\nReceived: from b.test by mx.a.test; Mon, 2 Nov 2026 10:00:00 +0000\n'; mail hello friend@friend.test; } > "$work/mail"
echo friend@friend.test >> "$home/.mda/allow"
explain -o authserv_id=mx.a.test -f friend@friend.test < "$work/mail"
ok "an allow entry that does not count: why" has "$work/out" "^  lost      $home/.mda/allow:4 friend@friend.test: dmarc=fail"
{ printf 'X-Spam-Flag: YES\n'; mail hello; } > "$work/mail"
explain < "$work/mail"
ok "the spam header and its pattern" has "$work/out" '^  matched   X-Spam-Flag: "X-Spam-Flag: YES"|^  matched   X-Spam-Flag: YES'
mail 'nothing' > "$work/mail"
explain < "$work/mail"
ok "comparisons that did not match" has "$work/out" '^  lost      subject: nothing  by .*rules.sieve:5 :contains "discard": no$'
ok "the trace comes first" eval 'explain --trace < "$work/mail"; is "$(head -n 1 "$work/out")" "$work/etc/before.sieve"'

# ---- the terminal ----

# terminal VARIABLE=VALUE... : what it prints to a terminal of 60 columns
terminal()
{
	local line
	printf -v line '%q ' env TERM=xterm "$@" "$bin/mda-explain" "$work/mail" -c "$conf" -r ann@a.test
	SHELL=/bin/bash script -qec "stty columns 60; $line" /dev/null < /dev/null > "$work/out" 2>&1
}

fits()
{
	sed -E 's/\x1b\[[0-9]*m//g; s/\r$//' "$work/out" > "$work/bare"
	awk '{ long = 0; for (i = 1; i <= NF; i++) if (length($i) > 40) long = 1 }
		length($0) > 60 && !long { print; bad = 1 } END { exit bad }' "$work/bare" && has "$work/bare" '^ {12}[^ ]'
}
if command -v script > /dev/null; then
	mail 'your invoice' > "$work/mail"
	terminal A=b
	ok "colours on a terminal" grep -q $'^\e\[1mlist  ' "$work/out"
	ok "columns on a terminal" fits
	terminal NO_COLOR=1
	ok "NO_COLOR" eval 'not grep $'"'"'\e'"'"' "$work/out" && cat -v "$work/out" && has "$work/out" "^list"' 
	terminal TERM=dumb
	ok "TERM=dumb" not grep -q $'\e\[' "$work/out"
fi

# ---- JSON ----

if ! python3 -c 'import jsonschema' 2> /dev/null; then
	skip "JSON" "needs python3-jsonschema"
	done_testing
	exit
fi

# valid COUNT < values
valid()
{
	is "$(python3 -W ignore tests/lib/validate.py mda/account/explain.schema.json)" "$1"
}

# The messages of the demo, to several people, and hostile ones.
varied()
{
	local file subject
	for file in examples/demo/messages/*.eml; do
		"$bin/mda-explain" "$file" -c "$conf" -r ann@a.test --json --trace -f 'x"<&@b.test' || return
		"$bin/mda-explain" "$file" -c "$conf" -r new+detail@a.test -a other@a.test --json || return
	done
	for subject in invoice away refuse discard error nothing '\0\xff\xfe\x1b[2J' '\xe2\x80\xae"\\</script>' '=?utf-8?q?=00=ff?='; do
		mail "$subject" | "$bin/mda-explain" - -c "$conf" -r ann@a.test --json --trace -f carl@c.test || return
	done
	mail hello news@shop.test | "$bin/mda-explain" - -c "$conf" -r ann@a.test --json -f '' -u login@a.test || return
	mail hello | "$bin/mda-explain" - -c "$conf" -r ann@a.test --json -o blocked_action=refuse -o label=no || return
	printf 'no field' | "$bin/mda-explain" - -c "$conf" -r ann@a.test --json || return
	: | "$bin/mda-explain" - -c "$conf" -r ann@a.test --json
}
varied > "$work/json" 2> "$work/err"
ok "varied messages: all are explained" is $? 0
number=$(($(ls examples/demo/messages/*.eml | wc -l) * 2 + 13))
ok "each is as the schema says" eval 'valid $number < "$work/json"'
spoiled()
{
	head -n 1 "$work/json" | sed "$1" > "$work/spoiled"
	! cmp -s <(head -n 1 "$work/json") "$work/spoiled" && not valid 1 < "$work/spoiled"
}
ok "the schema refuses another version" spoiled 's/mda-explain\/1/mda-explain\/2/'
ok "the schema refuses an unknown member" spoiled 's/"status"/"statu"/'
ok "the schema refuses a value of another kind" spoiled 's/"size":[0-9]*/"size":"big"/'
stages_of()
{
	is "$(head -n 1 "$work/json" | python3 -c 'import json,sys; print(*[s["name"] for s in json.load(sys.stdin)["stages"]])')" \
		"$(sed -n 's/^	{"\([a-z]*\)", .*stages_.*/\1/p' mda/pipeline.c | tr '\n' ' ' | sed 's/ $//')"
}
ok "all stages are there, in their order" stages_of
done_testing
