#!/bin/bash
# mda-lmtpd while its processes are killed: a client that has no answer, or is told to try again, sends again, and there is
# one copy with one UID. First at each system call of the back, its deliveries, the front and the master (in steps), then
# at random while several clients send. At last: no process grows.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
. tests/e2e/lib-lmtp.sh

maildir=$work/vhosts/a.test/ann/Maildir
set_up_lmtp
cat >> "$conf" << END
lmtp_workers = 1
label = no
END

# A client that sends message NUMBER until it is told that it was delivered: python3 sender.py SOCKET FIRST LAST RECIPIENT...
cat > "$work/sender.py" << 'END'
import socket, sys, time
to, first, last, recipients = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4:]
once = recipients[0] == '--once'
if once:
    recipients = recipients[1:]
def attempt(n, recipient):
    s = socket.socket(socket.AF_UNIX)
    s.settimeout(60)
    s.connect(to)
    f = s.makefile('rb')
    def reply():
        while True:
            line = f.readline()
            if not line:
                raise ConnectionError()
            if line[3:4] != b'-':
                return line[:3]
    reply()
    for line in ('LHLO c', 'MAIL FROM:<x@outside.test>', 'RCPT TO:<%s>' % recipient, 'DATA'):
        s.sendall(line.encode() + b'\r\n')
        if reply()[:1] not in (b'2', b'3'):
            return False
    s.sendall(b'Received: by mx; number %d\r\nMessage-ID: <%d@outside.test>\r\nSubject: test %d\r\n\r\nbody\r\n.\r\n' % (n, n, n))
    done = reply() == b'250'
    s.close()
    return done
for n in range(first, last + 1):
    recipient = recipients[n % len(recipients)]
    for tries in range(2000):
        try:
            if attempt(n, recipient):
                break
        except (OSError, ConnectionError):
            pass
        if once:
            break
        time.sleep(0.02)
    else:
        sys.exit('message %d was never delivered' % n)
END

send_numbers()
{
	timeout 600 python3 "$work/sender.py" "$socket" "$@"
}

# The server in its own session, so that all of it can be killed.
start_server()
{
	rm -f "$socket"
	setsid "$bin/mda-lmtpd" -c "$conf" > "$work/server.out" 2>&1 &
	lmtp_pid=$!
	wait_for "$patience" [ -S "$socket" ] && wait_for "$patience" has_front
}

back_of()
{
	pgrep -P "$lmtp_pid" | head -n 1
}

front_of()
{
	pgrep -P "$(back_of)" | head -n 1
}

has_front()
{
	[ -n "$(back_of)" ] && [ -n "$(front_of)" ]
}

kill_server()
{
	[ -z "$lmtp_pid" ] || { pkill -KILL -f "mda-lmtpd -c $conf"; wait "$lmtp_pid" 2> /dev/null; }
	lmtp_pid=
}
on_exit kill_server

messages_of()
{
	local dir
	for dir in "$@"; do
		messages "$dir"
	done
}

# once_each FIRST LAST MAILDIR...
once_each()
{
	local first=$1 last=$2
	shift 2
	diff <(seq -f '%.0f' "$first" "$last" | sort) \
		<(messages_of "$@" | xargs -d '\n' grep -hao '^Message-ID: <[0-9]*@' | tr -dc '0-9\n' | sort)
}

uids_agree()
{
	local dir
	for dir in "$@"; do
		"$bin/mda-reindex" check "$dir" > "$work/checked" 2>&1 || { cat "$work/checked"; return 1; }
	done
}

# ---- at each system call, in steps ----

number=0
# killed_at PROCESS N: it, and the processes that it starts, are killed at their Nth system call from now on
killed_at()
{
	local tracer
	number=$((number + 1))
	has_front || { kill_server; start_server; } || return
	strace -f -qq -o /dev/null -e trace=all -e "inject=all:signal=KILL:when=$2" -p "$($1)" 2> "$work/strace" &
	tracer=$!
	wait_for 10 traced "$($1)"
	send_numbers $number $number --once ann@a.test
	kill "$tracer" 2> /dev/null
	wait "$tracer" 2> /dev/null
	kill -0 "$lmtp_pid" 2> /dev/null || { kill_server; start_server; }
	send_numbers $number $number ann@a.test
}

traced()
{
	! [ -d "/proc/$1" ] || grep -q '^TracerPid:.*[1-9]' "/proc/$1/status"
}

master_of()
{
	echo "$lmtp_pid"
}

# The steps are larger where the store's own test looks at each call (unit/store_crash).
sweep()
{
	local process=$1 n
	shift
	for n in "$@"; do
		killed_at "$process" "$n" > "$work/killed" 2>&1 || { echo "$process, call $n"; cat "$work/killed"; return 1; }
	done
}

if strace -o /dev/null -e inject=getppid:signal=KILL:when=1 true 2> /dev/null; then
	ok "the server starts" start_server
	ok "the back is killed at each of its calls" sweep back_of $(seq 1 2 18)
	ok "the front is killed at each of its calls" sweep front_of $(seq 1 2 16)
	ok "deliveries are killed" sweep back_of $(seq 20 17 520)
	ok "the master is killed" sweep master_of 1 2 3 4
	ok "each message is there once" once_each 1 $number "$maildir"
	ok "UIDs and files agree" uids_agree "$maildir"
	comment <<< "$number messages; $(grep -c 'worker .* ended' "$work/log") workers were replaced"
else
	skip "killed at each system call" "strace cannot inject signals"
fi
kill_server
rm -rf "$work/vhosts/a.test/ann"

# ---- at random ----

killer()
{
	local pid
	while [ -e "$work/killing" ]; do
		sleep 0.0$((RANDOM % 9 + 1))
		pid=$(pgrep -f "mda-lmtpd -c $conf" | shuf -n 1)
		[ -z "$pid" ] || kill -KILL "$pid" 2> /dev/null
	done
}

# As systemd does.
keeper()
{
	while [ -e "$work/killing" ]; do
		setsid "$bin/mda-lmtpd" -c "$conf" >> "$work/server.out" 2>&1
		sleep 0.05
	done
}

many()
{
	local clients=() c status=0
	for c in 0 1 2 3; do
		send_numbers $((c * 60 + 1)) $((c * 60 + 60)) ann@a.test bob@a.test cid@a.test &
		clients+=($!)
	done
	for c in "${clients[@]}"; do
		wait "$c" || status=1
	done
	return $status
}

sed -i 's/^lmtp_workers.*/lmtp_workers = 2/' "$conf"
: > "$work/killing"
keeper &
keeping=$!
wait_for "$patience" [ -S "$socket" ]
killer &
killing=$!
ok "4 clients, 240 messages, 3 mailboxes, everything killed at random" many
rm "$work/killing"
wait "$killing"
pkill -KILL -f "mda-lmtpd -c $conf"
wait "$keeping" 2> /dev/null
for name in ann bob cid; do
	dirs+=("$work/vhosts/a.test/$name/Maildir")
done
ok "each message is there once" once_each 1 240 "${dirs[@]}"
ok "UIDs and files agree" uids_agree "${dirs[@]}"

# ---- growing ----

# Kilobytes that the processes of the server have of their own.
memory()
{
	local pid
	for pid in $lmtp_pid $(back_of) $(front_of); do
		awk '/^Pss_Anon:|^Private_Dirty:/ { n += $2 } END { printf "%d ", n }' "/proc/$pid/smaps_rollup"
	done
}

grows_little()
{
	local i before after
	read -r -a before <<< "$1"
	read -r -a after <<< "$2"
	for i in 0 1 2; do
		[ "${after[i]}" -le $((before[i] + 200)) ] || { echo "from $1 to $2 KB"; return 1; }
	done
}

sed -i 's/^lmtp_workers.*/lmtp_workers = 1/' "$conf"
ok "the server starts again" start_server
send_numbers 1001 1100 ann@a.test bob@a.test
before=$(memory)
ok "500 messages" send_numbers 1101 1600 ann@a.test bob@a.test
if [ -n "${SAN:-}" ]; then
	skip "master, back and front do not grow" "a sanitizer keeps freed memory"
else
	ok "master, back and front do not grow" grows_little "$before" "$(memory)"
fi
comment <<< "before: $before KB, after: $(memory) KB"
done_testing
