#!/bin/bash
# mda-lmtpd: what RCPT and DATA are answered and where the mail is, limits, SIGHUP, SIGTERM, systemd, and no rights for
# what reads a client's bytes.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
. tests/e2e/lib-lmtp.sh

home=$work/vhosts/a.test
set_up_lmtp
cat >> "$conf" << END
create_home = no
recipient_delimiter = "+"
message_max = 100K
lmtp_recipients = 20
lmtp_xclient = { "127.0.0.1" }
stamp_key = "$work/etc/key"
address "refuse@a.test" {
	quota = 100
}
address "full@a.test" {
	quota = 1000
}
address "over@a.test" {
	quota = 1000
	quota_full = refuse
}
END
for user in ann bob refuse full over; do
	mkdir -p "$home/$user/.mda" && chown -R "$owner" "$home/$user"
done
echo 'require "reject"; reject "Not here, please";' > "$home/bob/.mda/rules.sieve"
simple_message > "$work/plain.eml"
{ simple_message large; head -c 1200 /dev/zero | tr '\0' x | fold -w 70; echo; } > "$work/large.eml"
{ simple_message huge; head -c 120000 /dev/zero | tr '\0' x | fold -w 70; echo; } > "$work/huge.eml"

on_exit stop_lmtp
ok "the server starts" start_lmtp
has "$work/log" 'listens at 2 addresses' || comment < "$work/server.out"

# ---- deliveries ----

send_plain()
{
	is "$(lmtp_send "$work/plain.eml" ann@outside.test "$@")" "$expected"
}

expected="250 2.0.0 delivered"
ok "a message is delivered" send_plain ann@a.test
ok "and is there when the reply comes" is "$(message_count "$home/ann/Maildir")" 1
ok "with the bytes that were sent" is_stored "$(messages "$home/ann/Maildir")" "$work/plain.eml"
ok "its fields say from whom and to whom" has "$(messages "$home/ann/Maildir")" '^Return-Path: <ann@outside.test>'
ok "the log has its line" has "$work/log" 'event=delivery status=stored to=ann@a.test .*uid=1 '
ok "files are the user's" is "$(find "$home/ann/Maildir" ! -user "${owner%:*}" | wc -l)" 0
lmtp_to=$lmtp_port
ok "by TCP as well" send_plain ann+detail@a.test
lmtp_to=
expected=$(printf '%s\n' "554 5.7.1 Not here, please" "250 2.0.0 delivered")
ok "each recipient has a reply, in their order" send_plain bob@a.test ann@a.test
ok "what was not refused is there" is "$(message_count "$home/ann/Maildir")" 3
expected="554 5.7.1 Not here, please"
ok "a script's refusal is a 554 with its text" send_plain bob@a.test
printf 'Subject: x\n\n.\n..\n.text\nend\n' > "$work/dots.eml"
expected="250 2.0.0 delivered"
ok "dots" is "$(lmtp_send "$work/dots.eml" ann@outside.test ann@a.test)" "$expected"
ok "dots are stored as they were" is_stored "$(grep -lr '^\.text' "$home/ann/Maildir/new")" "$work/dots.eml"
ok "two messages by one connection" is "$(talk "LHLO c" "MAIL FROM:<>" "RCPT TO:<ann@a.test>" DATA "@$work/plain.eml" \
	"MAIL FROM:<x@outside.test>" "RCPT TO:<ann@a.test>" DATA "@$work/plain.eml" QUIT | grep -c '^250 2.0.0')" 2
ok "the null sender" has "$work/log" 'from="" '

# ---- the same message twice at once ----

# held FILE: runs as long as FILE exists, and holds the lock of ann's mailbox
cat > "$work/hold.py" << 'END'
import fcntl, os, sys, time
f = open(sys.argv[1], 'r+')
fcntl.lockf(f, fcntl.LOCK_EX, 1, 0)
open(sys.argv[2] + '.held', 'w').close()
while os.path.exists(sys.argv[2]):
    time.sleep(0.02)
END

hold()
{
	: > "$work/holding"
	rm -f "$work/holding.held"
	python3 "$work/hold.py" "$home/ann/.Maildir.mda/lock" "$work/holding" &
	holder=$!
	wait_for "$patience" [ -e "$work/holding.held" ]
}

release()
{
	rm -f "$work/holding"
	wait "$holder"
}

running()
{
	[ "$(status_of mda_lmtp_deliveries_running)" = "$1" ]
}

is_under_way()
{
	[ -n "$(ls "$home/ann/Maildir/tmp")" ]
}

# The client goes away while its message is being delivered, and sends it again at once.
go_away()
{
	lmtp_send "$1" ann@outside.test ann@a.test > /dev/null &
	client=$!
	wait_for "$patience" is_under_way || return
	pkill -KILL -P "$client" && kill -KILL "$client" 2> /dev/null
	wait "$client" 2> /dev/null
	running 1
}

in_mailbox()
{
	[ "$(messages "$home/ann/Maildir" | wc -l)" = "$1" ]
}

stored=$(message_count "$home/ann/Maildir")
{ echo "Received: by mx.outside.test; id 1"; simple_message trace; } > "$work/traced.eml"
simple_message untraced > "$work/untraced.eml"
ok "one holds the mailbox" hold
ok "a client goes away in the middle" go_away "$work/traced.eml"
lmtp_send "$work/traced.eml" ann@outside.test ann@a.test > "$work/again.out" &
again=$!
ok "it sends the message again while the first one is delivered" wait_for "$patience" running 2
release
wait "$again"
ok "that is accepted" is "$(cat "$work/again.out")" "250 2.0.0 delivered"
ok "and there is one copy" is "$(message_count "$home/ann/Maildir")" $((stored + 1))
ok "the second one was recognised" is "$(grep -c 'to=ann@a.test .*repeated=yes' "$work/log")" 1
ok "one holds the mailbox again" hold
ok "the same with a message that has no Received field" go_away "$work/untraced.eml"
ok "it is told to come again" is "$(lmtp_send "$work/untraced.eml" ann@outside.test ann@a.test)" \
	"451 4.3.0 the same message is just being delivered"
release
ok "the first one is stored" wait_for "$patience" in_mailbox $((stored + 2))
ok "a recipient that is named twice has two replies" is "$(lmtp_send "$work/untraced.eml" x@outside.test ann@a.test \
	ann@A.test)" "$(printf '%s\n' "250 2.0.0 delivered" "250 2.0.0 delivered")"
ok "and one copy" is "$(message_count "$home/ann/Maildir")" $((stored + 3))
ok "UIDs and files agree" "$bin/mda-reindex" check "$home/ann/Maildir"

# ---- RCPT ----

rcpt()
{
	talk "LHLO c" "MAIL FROM:<ann@outside.test>${2:-}" "RCPT TO:<$1>" QUIT | tail -n 2 | head -n 1
}

ok "an unknown user" is "$(rcpt nobody@a.test | cut -c 1-9)" "550 5.1.1"
ok "the log has that too" has "$work/log" 'event=delivery status=no-user to=nobody@a.test'
ok "a domain that is not ours" is "$(rcpt ann@elsewhere.test | cut -c 1-3)" 451
ok "nothing was made for them" is "$(ls "$home")" "$(printf '%s\n' ann bob full over refuse)"
ok "a mailbox with room" is "$(rcpt full@a.test " SIZE=500" | cut -c 1-9)" "250 2.1.5"
for user in full over; do
	ok "$user: before it is full" is "$(lmtp_send "$work/plain.eml" ann@outside.test $user@a.test)" "250 2.0.0 delivered"
	ok "$user: again" is "$(lmtp_send "$work/plain.eml" bob@outside.test $user@a.test | cut -c 1-3)" 250
	ok "$user: and again" is "$(lmtp_send "$work/plain.eml" eve@outside.test $user@a.test | cut -c 1-3)" 250
done
ok "a full mailbox, tried again" is "$(rcpt full@a.test " SIZE=800" | cut -c 1-9)" "452 4.2.2"
ok "a full mailbox, refused" is "$(rcpt over@a.test " SIZE=800" | cut -c 1-9)" "552 5.2.2"
ok "room again once mail was removed, whatever maildirsize says" \
	is "$(rm -f "$home"/full/Maildir/new/*; rcpt full@a.test " SIZE=800" | cut -c 1-9)" "250 2.1.5"
ok "a mailbox that does not exist yet" is "$(rcpt refuse@a.test " SIZE=200" | cut -c 1-9)" "250 2.1.5"
ok "full at DATA" is "$(lmtp_send "$work/large.eml" ann@outside.test over@a.test | cut -c 1-9)" "552 5.2.3"
ok "a message that is too large, by SIZE" is "$(rcpt ann@a.test " SIZE=200000" | cut -c 1-9)" "503 5.5.1"
ok "a message that is too large, in truth" is \
	"$(lmtp_send "$work/huge.eml" ann@outside.test ann@a.test | cut -c 1-9)" "552 5.3.4"
too_many=("LHLO c" "MAIL FROM:<>")
for i in $(seq 21); do
	too_many+=("RCPT TO:<ann+$i@a.test>")
done
ok "too many recipients" is "$(talk "${too_many[@]}" | tail -n 1 | cut -c 1-9)" "452 4.5.3"

# ---- what clients may say ----

printf 'boss@outside.test\n' > "$home/ann/.mda/allow"
original()
{
	talk "LHLO c" "MAIL FROM:<o@outside.test>" "RCPT TO:<ann@a.test> ORCPT=rfc822;first@a.test" DATA "@$work/plain.eml" QUIT \
		> "$work/original.out"
}
ok "ORCPT by the Unix socket" original
ok "it is believed" has "$work/log" 'to=ann@a.test orig_to=first@a.test from=o@outside.test'
: > "$work/log"
lmtp_to=$lmtp_port
ok "ORCPT by TCP" original
ok "it is not" has "$work/log" 'to=ann@a.test orig_to=ann@a.test from=o@outside.test'
ok "XFORWARD is for the log" is "$(talk "LHLO c" "XFORWARD IDENT=4QXYZ" "MAIL FROM:<q@outside.test>" "RCPT TO:<ann@a.test>" \
	DATA "@$work/plain.eml" QUIT | grep -c '^250 2.0.0')" 2
ok "the queue id of the client" has "$work/log" 'from=q@outside.test queue_id=4QXYZ'
lmtp_to=
ok "XCLIENT of one who may not" is "$(talk "LHLO c" "XCLIENT ADDR=192.0.2.1" | tail -n 1 | cut -c 1-9)" "550 5.7.0"

# ---- limits ----

printf 'LHLO c\r\nNOOP\nQUIT\r\n' > "$work/bare"
ok "a bare LF ends no line" is "$(python3 - "$socket" "$work/bare" << 'END'
import socket, sys
s = socket.socket(socket.AF_UNIX)
s.connect(sys.argv[1])
s.sendall(open(sys.argv[2], 'rb').read())
s.settimeout(60)
f = s.makefile('rb')
for line in f:
    last = line
    if line.startswith(b'500'):
        break
print(last.decode()[:9])
END
)" "500 5.5.2"
ok "10,000 connections that are dropped" python3 - "$socket" << 'END'
import socket, sys
for i in range(10000):
    s = socket.socket(socket.AF_UNIX)
    s.connect(sys.argv[1])
    if i % 3 == 1:
        s.sendall(b'LHLO c\r\nMAIL FROM:<>\r\nRCPT')
    if i % 3 == 2:
        s.recv(1)
    s.close()
END
expected="250 2.0.0 delivered"
ok "the server is there after them" send_plain ann@a.test
ok "and has forgotten them" wait_for "$patience" is "$(status_of mda_lmtp_connections)" 0
ok "every one was counted" [ "$(status_of mda_lmtp_connections_total)" -ge 10000 ]

# ---- rights ----

processes()
{
	pgrep -P "$lmtp_pid"
}
ok "there are two workers" is "$(processes | wc -l)" 2
if is_root; then
	front=$(pgrep -P "$(processes | head -n 1)" | head -n 1)
	ok "a front is not root" is "$(awk '/^Uid:/ { print $2, $3, $4 }' "/proc/$front/status")" \
		"${owner%:*} ${owner%:*} ${owner%:*}"
	ok "a front cannot gain rights" has "/proc/$front/status" '^NoNewPrivs:.*1'
	ok "a front has no capability" has "/proc/$front/status" '^CapEff:.*0000000000000000'
else
	skip "a front is not root" "only root has rights to give up"
fi

# ---- reading the configuration again, and ending ----

held_talk()
{
	talk "LHLO held" "MAIL FROM:<held@outside.test>" "RCPT TO:<ann@a.test>" DATA "@$work/held.fifo" QUIT > "$work/held.out"
}
mkfifo "$work/held.fifo"
held_talk &
held=$!
exec {hold}> "$work/held.fifo"
sed -i 's/^message_max.*/message_max = 200K/' "$conf"
kill -HUP "$lmtp_pid"
ok "SIGHUP: the configuration is read again" wait_for "$patience" has "$work/log" 'was read again'
ok "new clients see the new one" wait_for "$patience" is "$(talk "LHLO c" QUIT | grep -c 'SIZE 204800')" 1
cat "$work/plain.eml" >&"$hold"
exec {hold}>&-
wait "$held"
ok "a connection that was open is served to its end" has "$work/held.out" '^250 2.0.0 delivered'
echo "lmtp_workers = none" >> "$conf"
kill -HUP "$lmtp_pid"
ok "SIGHUP with an error: the old one stays" wait_for "$patience" has "$work/log" 'stays as it was: .*mda.conf:[0-9]'
ok "and the server serves" send_plain ann@a.test
sed -i '$d' "$conf"
sed -i "s|^lmtp_listen.*|lmtp_listen = { \"$socket\", \"$work/run/new\", \"$work/none/new\" }|" "$conf"
kill -HUP "$lmtp_pid"
ok "SIGHUP with a socket that cannot be made" wait_for "$patience" has "$work/log" 'stays as it was: cannot listen at .*none/new'
ok "nobody is left at a socket that is not served" not [ -e "$work/run/new" ]
sed -i "s|^lmtp_listen.*|lmtp_listen = { \"$socket\", \"127.0.0.1:$lmtp_port\" }|" "$conf"
sed -i "s|^lmtp_status.*|lmtp_status = \"$work/run/status2\"|" "$conf"
kill -HUP "$lmtp_pid"
ok "SIGHUP: --status has another socket" wait_for "$patience" [ -S "$work/run/status2" ]
ok "which tells what was counted" wait_for "$patience" "$bin/mda-lmtpd" -c "$conf" --status
ok "the other one is gone" wait_for "$patience" not [ -e "$work/run/status" ]
held_talk &
held=$!
exec {hold}> "$work/held.fifo"
head -n 2 "$work/plain.eml" >&"$hold"
ok "SIGTERM: a message is under way" wait_for "$patience" has "$work/held.out" '^354'
kill "$lmtp_pid"
ok "new clients are not accepted" wait_for "$patience" not [ -e "$socket" ]
tail -n +3 "$work/plain.eml" >&"$hold"
exec {hold}>&-
wait "$held"
ok "what is under way is finished" has "$work/held.out" '^250 2.0.0 delivered'
ok "and its client told that this was the last" has "$work/held.out" '^421 4.3.2'
wait "$lmtp_pid"
ok "the server ends with 0" is "$?" 0
lmtp_pid=
ok "no process is left" is "$(pgrep -f "mda-lmtpd -c $conf" | wc -l)" 0

# ---- beginnings that fail ----

begins_not()
{
	local status=0
	timeout "$patience" "$bin/mda-lmtpd" -c "$conf" "$@" > "$work/out" 2> "$work/err" || status=$?
	is "$status" 75
}
ok "a number beyond its range" begins_not -o lmtp_workers=0
ok "it is named" has "$work/err" 'lmtp_workers is 0: it must be from 1 to'
ok "a network that is none" begins_not -o lmtp_trusted=192.0.2.0/33
ok "it is named, too" has "$work/err" 'lmtp_trusted: "192.0.2.0/33"'
: > "$work/run/file"
ok "a file in a socket's place" begins_not -o "lmtp_listen=$work/run/file"
ok "it stays" [ -f "$work/run/file" ]
ok "a server starts where another has died" start_lmtp
kill -9 "$lmtp_pid"
wait "$lmtp_pid" 2> /dev/null
ok "without its master every process ends" wait_for "$patience" is "$(pgrep -f "mda-lmtpd -c $conf" | wc -l)" 0
ok "again" start_lmtp
ok "a second one at the same socket does not start" begins_not
stop_lmtp
lmtp_pid=

# ---- limits that are set ----

# held COUNT: so many connections at a time to $lmtp_to; prints the code that each is greeted with
held()
{
	python3 - "$1" "$lmtp_port" << 'END'
import socket, sys
kept = []
for i in range(int(sys.argv[1])):
    s = socket.create_connection(('127.0.0.1', int(sys.argv[2])))
    s.settimeout(60)
    print(s.recv(9).decode(), end='.')
    kept.append(s)
END
}
ok "with limits" start_lmtp -o lmtp_client_connections=2 -o lmtp_timeout=1 -o lmtp_worker_messages=2 -o lmtp_mailbox_deliveries=1
ok "one client has two connections" is "$(held 3 | grep -o '421 4.3.2' | wc -l)" 1
ok "it is counted" is "$(status_of 'mda_lmtp_refusals_total{reason="client"}')" 1
ok "a client that says nothing is sent away" is "$(python3 - "$socket" << 'END'
import socket, sys
s = socket.socket(socket.AF_UNIX)
s.connect(sys.argv[1])
s.settimeout(60)
f = s.makefile('rb')
f.readline()
s.sendall(b'NOO')
print(f.readline().decode()[:9], f.readline())
END
)" "421 4.4.2 b''"
several()
{
	local i
	for i in 1 2 3 4 5 6 7 8 9 10; do
		simple_message "several$i" > "$work/several.eml"
		is "$(lmtp_send "$work/several.eml" ann@outside.test ann@a.test bob+$i@a.test | head -n 1 | cut -c 1-3)" 250 || return
	done
}
ok "ten messages" several
ok "workers that had done their share were replaced" [ "$(status_of mda_lmtp_workers_replaced_total)" -ge 2 ]
ok "none of them died" is "$(status_of mda_lmtp_workers_died_total)" 0
ok "what was decided is counted" [ "$(status_of 'mda_lmtp_spam_total{spam="no"}')" -ge 10 ]
ok "and how long it took" is "$(status_of mda_lmtp_delivery_seconds_count)" \
	"$(status_of 'mda_lmtp_delivery_seconds_bucket{le="+Inf"}')"
stop_lmtp
ok "with few connections" start_lmtp -o lmtp_connections=2
ok "there are two, and no third" is "$(held 3 | grep -o '421 4.3.2' | wc -l)" 1
stop_lmtp
lmtp_pid=

# ---- systemd ----

ok "systemd: a socket that is handed over, and notices" is "$(python3 tests/e2e/activate.py "$work/run/notify" "$work/run/activated" "" \
	"$bin/mda-lmtpd" -c "$conf" | tr '\n' ' ')" "READY=1 220 STOPPING=1 0 True "
done_testing
