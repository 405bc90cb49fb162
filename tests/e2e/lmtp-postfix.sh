#!/bin/bash
# A real Postfix hands its mail to mda-lmtpd, by the Unix socket and by TCP, as examples/lmtp shows: recipients, refusals,
# original recipients, queue ids, what is tried again, and that nobody's mail is lost or doubled while deliveries, workers
# and the master are killed.
# shellcheck source-path=SCRIPTDIR disable=SC2016
. "$(dirname "$0")/lib.sh"
. tests/e2e/lib-postfix.sh
. tests/e2e/lib-lmtp.sh

if command -v systemd-analyze > /dev/null; then
	exposure()
	{
		systemd-analyze security --offline=true --threshold="$2" "$1" > "$work/security" 2>&1 || tail -n 1 "$work/security"
	}
	ok "the unit is confined" exposure examples/lmtp/mda-lmtpd.service 20
	mkdir -p "$work/unit"
	{ cat examples/lmtp/mda-lmtpd.service; grep -v '^#' examples/lmtp/system-users.conf; } > "$work/unit/mda-lmtpd.service"
	ok "with system users as well" exposure "$work/unit/mda-lmtpd.service" 30
else
	skip "the unit is confined" "there is no systemd-analyze"
fi

if ! is_root || ! command -v postfix postqueue > /dev/null; then
	skip "Postfix" "needs root and the package postfix"
	done_testing
	exit
fi

etc=$work/postfix queue=$work/queue port=$(free_port) home=$work/vhosts/a.test
set_up_lmtp
cat >> "$conf" << END
create_home = no
label = no
lmtp_xclient = { "unix" }
submission = "smtp://127.0.0.1:$port"
END
for name in ann bob club full nobody; do
	mkdir -p "$home/$name/.mda"
done
rmdir "$home/nobody/.mda" "$home/nobody"
mkdir -p "$work/vhosts/b.test/ann"
chown -R "$owner" "$work/vhosts"
printf 'require "reject"; if header :contains "Subject" "spam" { reject "No spam here"; }' > "$home/bob/.mda/rules.sieve"
simple_message one > "$work/one.eml"
simple_message two > "$work/two.eml"
simple_message spam > "$work/spam.eml"

mkdir -p "$etc" "$queue" "$work/data"
chown postfix "$work/data"
{
	settings
	sed -e "s|unix:private/mda|unix:$socket|" -e 's|= example.com, example.net|= a.test, b.test|' \
		-e 's|^#lmtp_send_xf|lmtp_send_xf|' -e '/^mailbox_transport/d' examples/lmtp/postfix-main.cf
	echo "transport_maps = inline:{ b.test=lmtp:inet:127.0.0.1:$lmtp_port }"
	echo "virtual_alias_maps = inline:{ info@a.test=ann@a.test, { all@a.test = ann@a.test, bob@a.test } }"
} > "$etc/main.cf"
{
	services
	echo "lmtp unix - - n - 20 lmtp"
} > "$etc/master.cf"
: > "$etc/aliases"
postalias -c "$etc" "hash:$etc/aliases"

on_exit stop_lmtp
on_exit stop_postfix
ok "the server starts" start_lmtp
ok "Postfix starts" start_postfix

# ---- deliveries ----

ok "by the Unix socket" send one sender@outside.test ann@a.test
ok "it is stored" is "$(message_count "$home/ann/Maildir")" 1
ok "Postfix was told so" has "$work/maillog" 'to=<ann@a.test>.*dsn=2.0.0, status=sent \(250 2.0.0 delivered\)'
ok "the log has Postfix's queue id" has "$work/log" \
	"queue_id=$(sed -n 's/.*lmtp\[[0-9]*\]: \([0-9A-F]*\): to=<ann@a.test>.*/\1/p' "$work/maillog" | head -n 1) "
ok "by TCP" send one sender@outside.test ann@b.test
ok "it is stored, too" is "$(message_count "$work/vhosts/b.test/ann/Maildir")" 1
ok "an alias" send two sender@outside.test info@a.test
ok "its original recipient is known" has "$work/log" 'to=ann@a.test orig_to=info@a.test'
ok "a message for two" send two sender@outside.test ann@a.test bob@a.test
ok "both have it" is "$(message_count "$home/ann/Maildir") $(message_count "$home/bob/Maildir")" "3 1"
ok "one of two refuses it" send spam ann@b.test ann@a.test bob@a.test
ok "the other one has it" is "$(message_count "$home/ann/Maildir")" 4
ok "the sender has a bounce with the reason" wait_for "$patience" \
	has "$(grep -lr 'Diagnostic-Code' "$work/vhosts/b.test/ann/Maildir/new" | head -n 1)" 'No spam here'
ok "an unknown user" send one ann@b.test nobody@a.test
ok "is refused before the message is sent" has "$work/maillog" \
	'to=<nobody@a.test>.*dsn=5.1.1, status=bounced .*in reply to RCPT TO'

# ---- what is asked for with NOTIFY ----

notify()
{
	exec {smtp}<> "/dev/tcp/127.0.0.1/$port" && reply 2 && say "EHLO client.test" && reply 2 &&
		say "MAIL FROM:<ann@b.test> RET=HDRS ENVID=x1" && reply 2 &&
		say "RCPT TO:<ann@a.test> NOTIFY=$1" && reply 2 && say DATA && reply 3 &&
		sed 's/$/\r/' "$work/one.eml" >&"$smtp" && say . && reply 2 && say QUIT
	exec {smtp}>&-
	wait_for "$patience" queue_is_empty
}
ok "NOTIFY=SUCCESS" notify SUCCESS
has_notice()
{
	cat "$work"/vhosts/b.test/ann/Maildir/new/* > "$work/all" && has "$work/all" '^Action: delivered' &&
		has "$work/all" '^Original-Envelope-Id: x1'
}
ok "the sender has a notice that it was delivered" wait_for "$patience" has_notice
notices=$(grep -c '^Action: delivered' "$work/all")
ok "NOTIFY=FAILURE" notify FAILURE
has_notice
ok "there is no notice" is "$(grep -c '^Action: delivered' "$work/all")" "$notices"

done_testing
