#!/bin/bash
# Greylisting with a real Postfix, configured as examples/greylist shows: a client is told to come
# again, then its mail is delivered by mda. Clients have any address by XCLIENT. And what happens to
# mda-greyd itself: rights, kills, a damaged database, a full disk, hostile clients.
# shellcheck source-path=SCRIPTDIR disable=SC2016,SC2034
. "$(dirname "$0")/lib.sh"
. tests/e2e/lib-postfix.sh
. tests/e2e/lib-grey.sh

if command -v systemd-analyze > /dev/null; then
	ok "the unit is confined" systemd-analyze security --offline=true --threshold=20 examples/greylist/mda-greyd.service
else
	skip "the unit is confined" "there is no systemd-analyze"
fi

set_up_grey
cat >> "$conf" << END
create_home = no
label = no
grey_delay = 2
grey_auto_allow = 1
grey_timeout = 4
grey_connections = 60
END
home=$work/vhosts/a.test
mkdir -p "$home/ann/.mda" "$home/bob" "$home/dora"
echo 'friend@far.test' > "$home/ann/.mda/allow"
echo 'contact@far.test' > "$home/ann/.mda/contacts"
echo 'boss@far.test' > "$work/etc/allow"
chown -R "$owner" "$work/vhosts"
printf '198.51.100.0/24\nmx.known.test\n' > "$work/etc/grey-clients"
printf 'dora@a.test\n' > "$work/etc/grey-recipients"
on_exit stop_grey
ok "the server starts" start_grey
deferred='action=DEFER_IF_PERMIT 4.2.0 Greylisted, try again in 2 s'

# ---- the server alone ----

is_deferred_new()
{
	is "$(ask "$@")" "$deferred"
}
is_passed()
{
	is "$(ask "$@")" "action=DUNNO"
}

ok "by TCP" is_deferred_new 192.0.2.1 x@far.test bob@a.test
ok "by the Unix socket" is "$(grey_port=$grey_port python3 - "$work/run/grey" << 'END'
import socket, sys
s = socket.socket(socket.AF_UNIX)
s.connect(sys.argv[1])
# Two requests at once, the second one in two pieces.
one = b'request=smtpd_access_policy\nprotocol_state=RCPT\nclient_address=192.0.2.2\nsender=u@far.test\nrecipient=bob@a.test\n\n'
s.sendall(one + one[:50])
f = s.makefile()
first = f.readline() + f.readline()
s.sendall(one[50:])
print(first.strip(), f.readline()[:22])
END
)" "$deferred action=DEFER_IF_PERMIT"
ok "an allowed client" is_passed 198.51.100.7 x@far.test bob@a.test
ok "an allowed name" is_passed 192.0.2.9 x@far.test bob@a.test client_name=mx.known.test
ok "an allowed recipient" is_passed 192.0.2.1 x@far.test dora+x@a.test
ok "an authenticated client" is_passed 192.0.2.1 x@far.test bob@a.test sasl_username=bob
ok "not about a recipient" is_passed 192.0.2.1 x@far.test bob@a.test protocol_state=CONNECT
ok "an address that is none" is_passed unknown x@far.test bob@a.test
ok "in the recipient's allow list" is_passed 192.0.2.1 friend@far.test ann@a.test
ok "that of another recipient does not count" is_deferred_new 192.0.2.1 friend@far.test bob@a.test
ok "among the recipient's contacts" is_passed 192.0.2.1 Contact@far.test ann+detail@a.test
ok "in the allow list for everybody" is_passed 192.0.2.1 boss@far.test bob@a.test
ok "a stranger" is_deferred_new 192.0.2.1 stranger@far.test ann@a.test
ok "the log has the reasons" has "$work/log" 'event=grey action=passed reason=contact client=192.0.2.1 name=unknown from=Contact@far.test to=ann\+detail@a.test'
ok "and how long is to be waited" has "$work/log" 'action=deferred reason=new .*from=stranger@far.test .*wait=2$'
ok "what was counted" is "$(counted contact) $(counted allowed-sender) $(counted allowed-client) $(counted allowed-recipient) $(counted question)" "1 2 2 1 3"
ok "--show" is "$("$bin/mda-greyd" -c "$conf" --show STRANGER | cut -d ' ' -f 1-6)" "waits   192.0.2.1 <stranger@far.test> <ann@a.test>"
ok "--show --json" is "$("$bin/mda-greyd" -c "$conf" --show --json 192.0.2.2 | sed 's/,"first.*//')" \
	'{"kind":"triplet","state":"waits","client":"192.0.2.2","sender":"u@far.test","recipient":"bob@a.test"'
ok "--prune --dry-run" has <("$bin/mda-greyd" -c "$conf" --prune -n) '^0 of 4 entries would be removed'

# ---- the configuration is read again ----

reload()
{
	local before
	before=$(grep -c 'was read again\|stays as it was' "$work/log")
	kill -HUP "$grey_pid"
	wait_for "$patience" eval "[ \$(grep -c 'was read again\|stays as it was' $work/log) -gt $before ]"
}
echo 'ann@a.test' >> "$work/etc/grey-recipients"
ok "SIGHUP" reload
ok "the lists were read again" is_passed 192.0.2.1 stranger@far.test ann@a.test
cp "$conf" "$work/good.conf"
echo 'grey_ipv4_bits = 40' >> "$conf"
ok "SIGHUP with an error" reload
ok "it is told" has "$work/log" 'stays as it was: grey_ipv4_bits is 40: it must be at most 32'
ok "and nothing changes" is_passed 192.0.2.1 stranger@far.test ann@a.test
mv "$work/good.conf" "$conf"
sed -i '$d' "$work/etc/grey-recipients"
reload

# ---- rights ----

if is_root; then
	uids()
	{
		local pid
		for pid in "$grey_pid" $(pgrep -P "$grey_pid"); do
			awk '/^Uid:/ { print $2, $3, $4, $5 }' "/proc/$pid/status"
		done | sort -u
	}
	ok "no process of it is root's" is "$(uids)" "65534 65534 65534 65534"
	ok "nor a file" is "$(find "$work/lib/grey" -uid 0)" ""
	ok "it refuses to be root" eval '! "$bin/mda-greyd" -c "$conf" --user root -o "grey_listen=127.0.0.1:$(free_port)" -o grey_status= > "$work/out" 2>&1 && has "$work/out" "root"'
	install -d -m 700 "$work/roots"
	ok "and a database of root's" eval '! "$bin/mda-greyd" -c "$conf" -o "grey_dir=$work/roots" -o "grey_listen=127.0.0.1:$(free_port)" \
		-o grey_status= > "$work/out" 2>&1 && has "$work/out" "grey_dir"'
fi

# ---- what fails ----

keeper()
{
	pgrep -P "$grey_pid" | head -n 1
}
old=$(keeper)
kill -9 "$old"
ok "the process with the database is killed: another one is there" wait_for "$patience" eval '[ -n "$(keeper)" ] && [ "$(keeper)" != '"$old"' ]'
ok "which knows what was known" wait_for "$patience" eval '[[ $(ask 192.0.2.1 x@far.test bob@a.test) == action=PREPEND* ]]'
kill -STOP "$(keeper)"
ok "it hangs: mail passes after the time limit" is_passed 192.0.2.77 hung@far.test bob@a.test
ok "which the log says" has "$work/log" 'reason=late client=192.0.2.77'
kill -CONT "$(keeper)"
ok "and goes on" wait_for "$patience" is_deferred_new 192.0.2.78 hung@far.test bob@a.test

# A list that nobody can read to its end must not hold up others.
mkfifo "$home/bob/allow.fifo" && mkdir -p "$home/bob/.mda" && mv "$home/bob/allow.fifo" "$home/bob/.mda/contacts"
chown -R "$owner" "$home/bob"
ok "contacts that cannot be read count as none" is_deferred_new 192.0.2.79 fifo@far.test bob@a.test
rm "$home/bob/.mda/contacts"

kill -9 "$grey_pid" 2> /dev/null
wait "$grey_pid" 2> /dev/null
ok "the server is killed and started again" start_grey
ok "it knows what was known" is_passed 192.0.2.1 x@far.test bob@a.test
stop_grey
head -c 16384 /dev/urandom | dd of="$work/lib/grey/data.mdb" conv=notrunc status=none
ok "a damaged database: it starts" start_grey
ok "and a new one is used" wait_for "$patience" is_deferred_new 192.0.2.80 damaged@far.test bob@a.test
ok "the old one is renamed, as the log says" has "$work/log" 'database was damaged and is now'

# ---- hostile clients ----

cat > "$work/hostile.py" << 'END'
import socket, sys, time
port = int(sys.argv[1])
def new():
    s = socket.create_connection(('127.0.0.1', port))
    s.settimeout(30)
    return s
def ask(s):
    s.sendall(b'request=smtpd_access_policy\nprotocol_state=RCPT\nclient_address=198.51.100.1\nsender=h@far.test\nrecipient=bob@a.test\n\n')
    return s.recv(100).decode().strip()
def said(s):
    try:
        return s.recv(100).decode() or 'closed'
    except ConnectionError:
        return 'closed'
if sys.argv[2] == 'long':
    s = new()
    try:
        for i in range(1000):
            s.sendall(b'sender=' + b'x' * 100000)
    except ConnectionError:
        pass
    print(said(s))
elif sys.argv[2] == 'half':
    s = new()
    s.sendall(b'request=smtpd_access_policy\nsend')
    print(said(s))
elif sys.argv[2] == 'many':
    # More than there may be: those that were idle for longest are closed, and the newest one is served.
    all = []
    for i in range(int(sys.argv[3])):
        all.append(new())
        all[-1].sendall(b'request=') if i % 2 else None
        if len(all) > 400:
            all.pop(0).close()
    print(ask(new()))
elif sys.argv[2] == 'junk':
    import random
    random.seed(1)
    for i in range(200):
        s = new()
        s.sendall(bytes(random.choice(b'a=\n\0\xff@') for _ in range(random.randrange(300))))
        s.close()
    print(ask(new()))
END
hostile()
{
	timeout 120 python3 "$work/hostile.py" "$grey_port" "$@"
}
ok "an endless line: the connection is closed" is "$(hostile long)" closed
ok "half a request: likewise, in time" is "$(hostile half)" closed
ok "10000 connections: the newest one is served" is "$(hostile many 10000)" action=DUNNO
ok "junk" is "$(hostile junk)" action=DUNNO
ok "it has not grown" eval '[ "$(awk "/^VmHWM/ { print \$2 }" "/proc/$grey_pid/status")" -lt '"$([ -z "${SAN:-}" ] && echo 30000 || echo 3000000)"' ]'
ok "it is still there" is_deferred_new 192.0.2.81 still@far.test bob@a.test

# ---- Postfix ----

if ! is_root || ! command -v postfix postqueue > /dev/null; then
	skip "Postfix" "needs root and the package postfix"
	done_testing
	exit
fi
etc=$work/postfix queue=$work/queue port=$(free_port)
mkdir -p "$etc" "$queue" "$work/data"
chown postfix "$work/data"
{
	settings | sed '/^smtpd_relay/d; s/^inet_protocols.*/inet_protocols = all/'
	sed -e "s|127.0.0.1:10023|127.0.0.1:$grey_port|" examples/greylist/postfix-main.cf
	cat << END
smtpd_relay_restrictions = permit_mynetworks, reject_unauth_destination
smtpd_authorized_xclient_hosts = 127.0.0.1
virtual_mailbox_domains = a.test
virtual_transport = mda
mda_destination_recipient_limit = 1
smtpd_error_sleep_time = 0
END
} > "$etc/main.cf"
{
	services
	printf 'mda unix - n n - - pipe\n  flags=Rq user=nobody null_sender=\n  argv=%s -c %s -f ${sender} -r ${recipient} -a ${original_recipient}\n' \
		"$bin/mda" "$conf"
} > "$etc/master.cf"
: > "$etc/aliases"
postalias -c "$etc" "hash:$etc/aliases"
on_exit stop_postfix
ok "Postfix starts" start_postfix

# smtp_try CLIENT SENDER RECIPIENT...: tries to send a message from that client; prints the code of each RCPT, and that of the end
smtp_try()
{
	python3 - "$port" "$@" << 'END'
import smtplib, sys
port, client, sender = int(sys.argv[1]), sys.argv[2], sys.argv[3]
s = smtplib.SMTP('127.0.0.1', port, 'client.test', timeout=60)
s.ehlo()
address = 'IPV6:' + client if ':' in client else client
code, text = s.docmd('XCLIENT', 'ADDR=%s NAME=[UNAVAILABLE]' % address)
assert code == 220, text
s.ehlo()
s.docmd('MAIL', 'FROM:<%s>' % sender)
codes = []
for rcpt in sys.argv[4:]:
    code, text = s.docmd('RCPT', 'TO:<%s>' % rcpt)
    codes.append('%d' % code + (' ' + text.decode().split(': ')[-1] if code >= 400 else ''))
if any(c.startswith('250') for c in codes):
    s.docmd('DATA')
    s.send('From: %s\r\nSubject: test\r\n\r\nbody %s\r\n.\r\n' % (sender, client))
    codes.append('%d' % s.getreply()[0])
print(' '.join(codes))
s.quit()
END
}
delivered()
{
	[ "$(message_count "$home/$1/Maildir")" = "$2" ]
}
later='450 Greylisted, try again in 2 s'
ok "the first attempt is deferred" is "$(smtp_try 203.0.113.1 new@far.test bob@a.test)" "$later"
ok "nothing is delivered" delivered bob 0
ok "Postfix's log has the code" has "$work/maillog" 'NOQUEUE: reject: RCPT from .*203.0.113.1.*: 450 4.2.0 <bob@a.test>: Recipient address rejected: Greylisted'
sleep 2.1
ok "after the delay, from the network's other end, it is accepted" is "$(smtp_try 203.0.113.254 new@far.test bob@a.test)" "250 250"
ok "and delivered by mda" wait_for "$patience" delivered bob 1
stored()
{
	messages "$home/$1/Maildir" | xargs cat
}
ok "with a field that says so" has <(stored bob) '^X-Greylist: delayed [2-9][0-9]* seconds by mda-greyd at .*; ... *, '
ok "the same triplet passes at once" is "$(smtp_try 203.0.113.1 new@far.test bob@a.test)" "250 250"
ok "that client passes with any sender" is "$(smtp_try 203.0.113.254 other@far.test ann@a.test)" "250 250"
ok "others of its network do not" is "$(smtp_try 203.0.113.1 other@far.test ann@a.test)" "$later"
ok "IPv6: the first attempt" is "$(smtp_try 2001:db8:0:7::1 v6@far.test bob@a.test ann@a.test)" "$later $later"
sleep 2.1
ok "the same /64: both recipients" is "$(smtp_try 2001:db8:0:7:ff::2 v6@far.test bob@a.test ann@a.test)" "250 250 250"
has_one_field()
{
	is "$(grep -rl 'body 2001:db8:0:7:ff::2' "$home" | xargs grep -h '^X-Greylist' | sort -u | wc -l)" 1 &&
		is "$(grep -rl 'body 2001:db8:0:7:ff::2' "$home" | wc -l)" 2
}
ok "each message has the one field" wait_for "$patience" has_one_field
ok "another /64" is "$(smtp_try 2001:db8:0:8::1 v6@far.test bob@a.test)" "$later"
ok "a contact is not deferred" is "$(smtp_try 203.0.113.9 contact@far.test ann@a.test)" "250 250"
ok "of two recipients one knows the sender" is "$(smtp_try 203.0.114.9 friend@far.test ann@a.test bob@a.test)" "250 $later 250"
ok "the null sender" is "$(smtp_try 203.0.115.9 '' bob@a.test)" "$later"
stop_grey
ok "mda-greyd does not run: mail passes" is "$(smtp_try 203.0.116.9 alone@far.test bob@a.test)" "250 250"
ok "it runs again" start_grey
ok "and is asked again" is "$(smtp_try 203.0.117.9 again@far.test bob@a.test)" "$later"
ok "it ends when told to" stop_grey

# ---- systemd ----

request='request=smtpd_access_policy\nprotocol_state=RCPT\nclient_address=192.0.2.1\nsender=x@far.test\nrecipient=dora@a.test\n\n'
# activated NUMBER ADDRESS: what the server does with a socket that is handed over, as a line
activated()
{
	python3 tests/e2e/activate.py "$work/run/notify$1" "$2" "$request" "$bin/mda-greyd" -c "$conf" | tr '\n' ' '
}
ok "systemd: a socket that is handed over, and notices" is "$(activated 1 "$work/run/activated")" "READY=1 act STOPPING=1 0 True "
ok "... by TCP, as in the unit" is "$(activated 2 "127.0.0.1:$(free_port)")" "READY=1 act STOPPING=1 0 "
# Nothing but the unit's socket says where it listens then.
if command -v systemd-socket-activate > /dev/null; then
	listen=$(sed -n 's/^ListenStream=127.0.0.1:.*/127.0.0.1/p' examples/greylist/mda-greyd.socket):$grey_port
	systemd-socket-activate -l "$listen" "$bin/mda-greyd" -c "$conf" -o grey_listen=127.0.0.1:1 > "$work/out" 2>&1 &
	grey_pid=$!
	ok "systemd-socket-activate: it answers where that listens" eval 'wait_for "$patience" grey_answers && is_passed 192.0.2.1 x@far.test dora@a.test'
	ok "and ends when told to" stop_grey
else
	skip "systemd-socket-activate" "there is none"
fi
done_testing
