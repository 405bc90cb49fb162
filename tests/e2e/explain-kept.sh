#!/bin/bash
# What is kept of real deliveries, by mda and by mda-lmtpd: mda-log lists it, mda-explain shows the
# whole decision, also of what is nowhere in the mailbox. Damage and traps lose no mail.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
. tests/e2e/lib-lmtp.sh

set_up_lmtp
cat >> "$conf" << END
quota_full = retry
message_max = 100K
lmtp_xclient = { "127.0.0.1" }
address "full@a.test" {
	quota_messages = 1
}
address "off@a.test" {
	explain_keep = 0
}
END
home=$work/vhosts/a.test/ann
state=$home/.Maildir.mda
mkdir -p "$home/.mda"
cat > "$home/.mda/rules.sieve" << 'END'
require ["fileinto", "reject", "imap4flags"];
if header :contains "subject" "invoice" { fileinto :flags "\\Seen" "Money/2026"; stop; }
if header :contains "subject" "discard" { discard; stop; }
if header :contains "subject" "refuse" { reject "no, thanks"; stop; }
if header :contains "subject" "forward" { redirect "d@d.test"; stop; }
END
printf '*@shop.test\n' > "$work/etc/block"
chown -R "$owner" "$home"
printf '#!/bin/sh\ncat > /dev/null\n[ ! -e %s/mta-is-down ] || exit 75\n' "$work/spool" > "$work/sendmail"
chmod 755 "$work/sendmail"

# mail WORD SUBJECT [FROM]
mail()
{
	printf 'Received: from x by mx.a.test id QUEUE%s; Mon, 2 Nov 2026 10:00:00 +0000\nFrom: Carl <%s>\nSubject: %s\nMessage-ID: <%s@c.test>\n\nbody\n' \
		"$1" "${3:-carl@c.test}" "$2" "$1"
}

# deliver STATUS WORD SUBJECT [FROM]
deliver()
{
	mail "$2" "$3" "${4:-carl@c.test}" > "$work/mail"
	attempt -c "$conf" -f "${4:-carl@c.test}" -r "${to:-ann@a.test}" < "$work/mail"
	is "$status" "$1"
}

# asked OPTION...: sets $status; $work/out, $work/err
asked()
{
	status=0
	"$bin/mda-explain" -c "$conf" -r "${to:-ann@a.test}" "$@" > "$work/out" 2> "$work/err" || status=$?
}

listed()
{
	status=0
	"$bin/mda-log" -c "$conf" "${to:-ann@a.test}" "$@" > "$work/out" 2> "$work/err" || status=$?
}

# shows REGEX OPTION...: exactly one delivery is found, and a line of it matches
shows()
{
	local regex=$1
	shift
	asked "$@"
	is "$status" 0 && is "$(grep -c '^delivery  ' "$work/out")" 1 && has "$work/out" "$regex"
}

# ---- one delivery after the other ----

ok "stored" deliver 0 money 'your invoice'
id=$(grep -aoE 'explain=[^ ]+' "$work/log" | tail -n 1 | cut -d = -f 2)
ok "the log's line has the id" has "$work/log" 'status=stored to=ann@a.test .* explain=[0-9a-f]+-[0-9a-f]+( |$)'
ok "discarded" deliver 0 gone 'discard me'
ok "refused" deliver 77 no 'refuse me'
ok "redirected" deliver 0 away 'forward me'
ok "blocked" deliver 0 spam 'hello' news@shop.test
touch "$work/spool/mta-is-down"
ok "deferred" deliver 75 later 'forward this'
rm "$work/spool/mta-is-down"
head -c 120000 /dev/zero | tr '\0' x > "$work/mail"
attempt -c "$conf" -f carl@c.test -r ann@a.test < "$work/mail"
ok "too large to be read: refused" is "$status" 77

ok "explain --id" shows "^delivery .*  stored  id $id\$" --id "$id"
ok "explain --uid" shows "^stored in   Money/2026  uid 1  flags \\\\Seen  because of $home/.mda/rules.sieve:2\$" --uid 1 --folder Money/2026
ok "the folder in another form" shows '^delivery .*stored' --uid 1 --folder Money.2026
ok "explain --message-id" shows "^stored in   Money" --message-id '<money@c.test>'
ok "the same without <>" shows "^stored in   Money" --message-id money@c.test
ok "explain --subject" shows '^  matched   subject: "discard me"  by .*rules.sieve:3 :contains "discard"$' --subject 'DISCARD'
ok "what was discarded, and why" shows "^discarded   .*because of $home/.mda/rules.sieve:3\$" --message-id gone@c.test
ok "explain --from" shows "^  matched   $work/etc/block:1 \*@shop.test\$" --from SHOP.test
ok "what was refused, and with what" shows '^refused     "no, thanks"  because of .*rules.sieve:4' --message-id no@c.test
ok "where it was redirected" shows '^redirected  d@d.test  because of .*rules.sieve:5' --message-id away@c.test
ok "deferred: what was planned, and the error" shows '^redirect to d@d.test' --message-id later@c.test
ok "deferred: why" has "$work/out" '^error  '
ok "explain --last: also a message that was not read" shows '^error .*larger than' --last 1
ok "nothing is found: 1" eval 'deliver 0 queued hello && asked --queue-id none; is "$status" 1'
ok "nothing is found: says so" has "$work/err" 'no record of such a delivery is kept$'
asked --uid 99
ok "no such UID: what to try" has "$work/err" 'try --message-id'
for wrong in '--uid=x' '--last=0' '--since=yesterday' '--folder=a//b --uid=1' '--last=1 --json --html' \
	'--last=1 --trace' '--last=1 --sender=x@c.test' '--last=1 --original=x@c.test'; do
	# shellcheck disable=SC2086
	asked $wrong
	ok "$wrong is wrong: 75" eval 'is "$status" 75 && [ "$(wc -l < "$work/err")" -eq 1 ]'
done
listed --folder Money/2026
ok "mda-log --folder: what was stored there" eval 'is "$status" 0 && is "$(wc -l < "$work/out")" 1 && has "$work/out" "Money/2026 1 "'
listed --folder Nowhere
ok "mda-log --folder: nothing was stored there" is "$status" 1
ok "explain --folder" shows '^stored in   Money/2026  uid 1' --folder Money/2026 --last 9
asked --last 1 "$work/mail"
ok "a message and a record: 75" eval 'is "$status" 75 && has "$work/err" "not both"'
ok "the records are the owner's alone" is "$(stat -c '%u:%g %a' "$state/explain")" "$owner 600"

# ---- the list ----

listed
ok "mda-log lists all" eval 'is "$status" 0 && is "$(wc -l < "$work/out")" 8'
ok "with time, status, place, sender, subject, id" has "$work/out" "^[0-9-]{10} [0-9:]{8}  stored      Money/2026 1 +carl@c.test +your invoice +$id\$"
listed --last 2
ok "mda-log --last" is "$(wc -l < "$work/out")" 2
listed --since 1h --from carl
ok "mda-log --since" is "$(wc -l < "$work/out")" 7
listed --since 2001-01-01T00:00:00Z --subject forward
ok "mda-log --since DATE --subject" is "$(wc -l < "$work/out")" 2
listed --since "$(date -d tomorrow +%F)"
ok "nothing since tomorrow: 1" is "$status" 1
terminal()
{
	SHELL=/bin/bash script -qec "$(printf '%q ' "$bin/mda-log" -c "$conf" ann@a.test)" /dev/null < /dev/null > "$work/out" 2>&1
	is "$(wc -l < "$work/out")" 9 && has "$work/out" '^time +status +folder, uid or target +sender'
}
! command -v script > /dev/null || ok "columns with titles on a terminal" terminal

valid()
{
	listed --json
	is "$(python3 -W ignore tests/lib/validate.py mda/account/explain.schema.json < "$work/out")" 8
	asked --json --last 3
	is "$(python3 -W ignore tests/lib/validate.py mda/account/explain.schema.json < "$work/out")" 3
}
if python3 -c 'import jsonschema' 2> /dev/null; then
	ok "both print JSON by the schema" valid
else
	skip "JSON" "needs python3-jsonschema"
fi

# ---- the server ----

on_exit stop_lmtp
ok "the server starts" start_lmtp
mail lmtp 'invoice by LMTP' > "$work/mail"
lmtp_send "$work/mail" carl@c.test ann@a.test > /dev/null
ok "mda-lmtpd: stored" shows '^stored in   Money/2026  uid 2' --message-id lmtp@c.test
mail lmtp2 'refuse by LMTP' > "$work/mail"
ok "mda-lmtpd: refused" is "$(lmtp_send "$work/mail" carl@c.test ann@a.test)" "554 5.7.1 no, thanks"
ok "mda-lmtpd: why" shows '^refused     "no, thanks"' --message-id lmtp2@c.test
ok "mda-lmtpd: the log has the id" has "$work/log" 'msgid=<lmtp2@c.test> .* explain='

mail lmtp3 'hello' > "$work/mail"
LMTP_TO=$lmtp_port python3 "$work/client.py" 'LHLO client.test' 'XFORWARD IDENT=Q4711' 'MAIL FROM:<carl@c.test>' 'RCPT TO:<ann@a.test>' DATA "@$work/mail" > "$work/talk"
ok "explain --queue-id" shows '^queue-id    Q4711$' --queue-id Q4711

# ---- what goes wrong ----

to=full@a.test
ok "a mailbox that has room for one" deliver 0 first 'hello'
ok "a full mailbox: deferred" deliver 75 full 'hello'
ok "a full mailbox: why" shows '^error .*(quota|full)' --message-id full@c.test
to=off@a.test
ok "explain_keep = 0: delivered" deliver 0 off 'hello'
asked --last 1
ok "explain_keep = 0: nothing is kept, and it says why" eval 'is "$status" 1 && has "$work/err" "explain_keep is 0" && [ ! -e "$work/vhosts/a.test/off/.Maildir.mda/explain" ]'
ok "explain_keep = 0: no id in the log" eval '! grep -q "to=off@a.test .*explain=" "$work/log"'
to=ann@a.test

printf 'MDAKgarbage' >> "$state/explain"
ok "after damage: delivered" deliver 0 after 'hello'
listed
ok "damage is skipped, and told" eval 'is "$status" 0 && is "$(wc -l < "$work/out")" 12 && has "$work/err" "damaged in 1 place, which are skipped: a record"'
head -c 300000 /dev/urandom > "$state/explain"
listed
ok "nothing but damage" eval 'is "$status" 1 && has "$work/err" "damaged in"'
trapped()
{
	rm -rf "$state/explain" && "$@" "$state/explain" && chown -h "$owner" "$state/explain"
	deliver 0 "trap$RANDOM$RANDOM" 'hello' && tail -n 2 "$work/log" > "$work/end" && has "$work/end" 'the decision is not kept for .*cannot open' &&
		has "$work/end" 'status=stored' && ! has "$work/end" 'explain='  > /dev/null
}
ok "a FIFO in its place: delivered, with a note" trapped mkfifo
ok "a link in its place: delivered, with a note" trapped ln -s "$work/etc/allow"
ok "a directory in its place: delivered, with a note" trapped mkdir
ok "the link was not followed" [ ! -e "$work/etc/allow" ]
rmdir "$state/explain"
ok "and it goes on" eval 'deliver 0 again hello && shows "^stored in   INBOX" --message-id again@c.test'
listed --forget
ok "mda-log --forget" eval 'is "$status" 0 && has "$work/out" "^1 file removed" && [ ! -e "$state/explain" ]'
done_testing
