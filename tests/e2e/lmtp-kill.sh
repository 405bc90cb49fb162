#!/bin/bash
# mda-lmtpd while its processes are killed: a client that has no answer, or is told to try again, sends again, and there is
# one copy with one UID. First at each system call of each kind of process, then at random while several clients send. At
# last many messages, with deliveries and workers killed at random: no process grows. DAY=20000 is how many that are.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
. tests/e2e/lib-lmtp.sh

maildir=$work/vhosts/a.test/ann/Maildir
set_up_lmtp
cat >> "$conf" << END
lmtp_workers = 1
label = no
END

# A client that sends messages FIRST to LAST, each until it is told that it was delivered: python3 sender.py SOCKET FIRST
# LAST RECIPIENT...
cat > "$work/sender.py" << 'END'
import socket, sys, time
to, first, last, recipients = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4:]
class Client:
    def __init__(self):
        self.s = socket.socket(socket.AF_UNIX)
        self.s.settimeout(60)
        self.s.connect(to)
        self.f = self.s.makefile('rb')
        self.reply()
        self.say(b'LHLO c\r\n')
    def reply(self):
        while True:
            line = self.f.readline()
            if not line:
                raise ConnectionError()
            if line[3:4] != b'-':
                return line[:3]
    def say(self, text):
        self.s.sendall(text)
        return self.reply()
    def send(self, n, recipient):
        for line in ('RSET', 'MAIL FROM:<x@outside.test>', 'RCPT TO:<%s>' % recipient, 'DATA'):
            if self.say(line.encode() + b'\r\n')[:1] not in (b'2', b'3'):
                return False
        return self.say(b'Received: by mx; number %d\r\nMessage-ID: <%d@outside.test>\r\nSubject: test %d\r\n\r\n'
                        b'body\r\n.\r\n' % (n, n, n)) == b'250'
client = None
for n in range(first, last + 1):
    recipient = recipients[n % len(recipients)]
    for tries in range(2000):
        try:
            client = client or Client()
            if client.send(n, recipient):
                break
        except (OSError, ConnectionError):
            client = None
        time.sleep(0.02)
    else:
        sys.exit('message %d was never delivered' % n)
END

send_numbers()
{
	timeout 3600 python3 "$work/sender.py" "$socket" "$@"
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

# ---- at each system call ----

# Where all is slow, only at some of them.
thin=1
[ -z "${SAN:-}${THIN:-}" ] || thin=7

# sweep ROLE PART PARTS: a server of its own for the parts of a sweep, which are run at the same time
sweep()
{
	local role=$1 part=$2 parts=$3 name=$1$2
	sed "s|$work/run/|$work/run/$name-|; s|, \"127.0.0.1:$lmtp_port\"||" "$conf" > "$work/etc/$name.conf"
	sweeps+=("$name")
	timeout 900 "$build/tests/e2e/lmtp_sweep" "$bin/mda-lmtpd" "$work/etc/$name.conf" "$work/run/$name-lmtp" "$name@a.test" \
		"$role" $((1 + part * thin)) $((parts * thin)) $((${#sweeps[@]} * 10000)) > "$work/$name.swept" 2> "$work/$name.out" &
	sweepers+=($!)
}

swept()
{
	local i status=0
	for i in "${!sweeps[@]}"; do
		wait "${sweepers[i]}" || { tail -n 5 "$work/${sweeps[i]}.out"; status=1; }
	done
	return $status
}

# all_once: each part's messages are in its mailbox once, and its UIDs agree
all_once()
{
	local name last
	for name in "${sweeps[@]}"; do
		last=$(cut -d ' ' -f 4 "$work/$name.swept")
		once_each $((last / 10000 * 10000)) "$last" "$work/vhosts/a.test/$name/Maildir" || { echo "$name"; return 1; }
		uids_agree "$work/vhosts/a.test/$name/Maildir" || { echo "$name"; return 1; }
	done
}

# total ROLE: how often such a process was killed, and how often its message was sent again
total()
{
	cat "$work"/*.swept | awk -v role="$1" '$1 == role { k += $2; r += $3 } END { printf "%d %d\n", k, r }'
}

was_killed()
{
	[ "$(total "$1" | cut -d ' ' -f 1)" -ge $(($2 / thin)) ]
}

# A worker that has died soon is replaced after a second, so that the sweeps of these wait most of the time.
if "$build/tests/e2e/lmtp_sweep" /bin/true x x x back 1 1 1 2>&1 | grep -q 'cannot be traced'; then
	skip "killed at each system call" "processes cannot be traced here"
else
	sweeps=() sweepers=()
	for role in back front; do
		for part in 0 1 2 3 4 5 6 7; do
			sweep $role $part 8
		done
	done
	for part in 0 1; do
		sweep delivery $part 2
	done
	for role in question judge master; do
		sweep $role 0 1
	done
	ok "every process is killed at each of its calls, and each message is delivered" swept
	ok "each message is there once, and its UID" all_once
	for role in master:10 back:15 front:15 delivery:100 judge:30; do
		ok "${role%:*}: it was killed at many calls" was_killed ${role%:*} ${role#*:}
		comment <<< "${role%:*}: killed at $(total ${role%:*} | sed 's/ / calls, sent again /')"
	done
	comment <<< "question: killed at $(total question | sed 's/ / calls, sent again /')"
fi
rm -rf "$work/vhosts/a.test"/*

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
		setsid "$bin/mda-lmtpd" -c "$conf" >> "$work/server.out" 2>&1 &
		wait $! 2> /dev/null
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

# Kilobytes that the processes of the server have of their own: the master, and the largest back and front.
memory()
{
	local back
	own_memory "$lmtp_pid" | tail -n 1
	for back in $(pgrep -P "$lmtp_pid"); do
		own_memory "$back"
	done | sort -n | tail -n 1
	for back in $(pgrep -P "$lmtp_pid"); do
		own_memory "$(pgrep -P "$back" | head -n 1)"
	done | sort -n | tail -n 1
}

own_memory()
{
	awk '/^Pss_Anon:|^Private_Dirty:/ { n += $2 } END { print n + 0 }' "/proc/$1/smaps_rollup" 2> /dev/null
}

grows_little()
{
	local i
	for i in 0 1 2; do
		[ "${after[i]}" -le $((before[i] + 300)) ] || { echo "from ${before[*]} to ${after[*]} KB"; return 1; }
	done
}

# Kills a delivery mostly, a worker seldom, the master never.
day_killer()
{
	local victim back n=0
	while [ -e "$work/killing" ]; do
		sleep 0.0$((RANDOM % 9 + 1))
		n=$((n + 1))
		back=$(pgrep -P "$lmtp_pid" | shuf -n 1)
		victim=$(pgrep -P "$back" | tail -n +2 | shuf -n 1)
		[ $((n % 100)) != 0 ] || victim=$back
		[ $((n % 100)) != 50 ] || victim=$(pgrep -P "$back" | head -n 1)
		[ -z "$victim" ] || kill -KILL "$victim" 2> /dev/null && echo
	done >> "$work/killed"
}

# day FIRST LAST: four clients
day()
{
	local clients=() c status=0 each=$((($2 - $1 + 1) / 4))
	for c in 0 1 2 3; do
		send_numbers $(($1 + c * each)) $(($1 + c * each + each - 1)) ann@a.test bob@a.test cid@a.test &
		clients+=($!)
	done
	for c in "${clients[@]}"; do
		wait "$c" || status=1
	done
	return $status
}

rm -rf "$work/vhosts/a.test"/*
DAY=${DAY:-1200}
DAY=$((DAY / 12 * 12))
ok "the server starts again" start_server
: > "$work/killing"
day_killer &
killing=$!
ok "the first of $DAY messages" day 1 $((DAY / 3))
mapfile -t before < <(memory)
ok "and the others" day $((DAY / 3 + 1)) "$DAY"
rm "$work/killing"
wait "$killing"
mapfile -t after < <(memory)
ok "each is there once" once_each 1 "$DAY" "${dirs[@]}"
ok "UIDs and files agree" uids_agree "${dirs[@]}"
if [ -n "${SAN:-}" ]; then
	skip "master, backs and fronts do not grow" "a sanitizer keeps freed memory"
else
	ok "master, backs and fronts do not grow" grows_little
fi
comment <<< "$DAY messages, $(wc -l < "$work/killed") kills; before: ${before[*]} KB, after: ${after[*]} KB"
done_testing
