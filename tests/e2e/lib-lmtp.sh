# For the scripts beside it: mda-lmtpd with the configuration $conf, and what is said to it. Source it after lib.sh.
# shellcheck shell=bash disable=SC2154

socket=$work/run/lmtp
lmtp_pid=

# lmtp_conf: base_conf with the server's keys
lmtp_conf()
{
	base_conf
	cat << END
lmtp_listen = { "$socket", "127.0.0.1:$lmtp_port" }
lmtp_socket_mode = "0666"
lmtp_status = "$work/run/status"
END
}

set_up_lmtp()
{
	set_up_vhosts
	mkdir -p "$work/run"
	conf=$work/etc/mda.conf lmtp_port=$(free_port)
	lmtp_conf > "$conf"
}

lmtp_answers()
{
	[ -S "$socket" ] && [ "$(talk QUIT | tail -n 1 | cut -c 1-3)" = 221 ]
}

# start_lmtp [OPTION...]
start_lmtp()
{
	"$bin/mda-lmtpd" -c "$conf" "$@" > "$work/server.out" 2>&1 &
	lmtp_pid=$!
	wait_for "$patience" lmtp_answers
}

stop_lmtp()
{
	[ -n "$lmtp_pid" ] || return 0
	kill "$lmtp_pid" && wait "$lmtp_pid"
}

# A client: talk ADDRESS-LESS lines, to $lmtp_to (the Unix socket, or a port). A line @FILE is the file as the text after
# DATA; "-" reads a reply more; "!" closes the connection. Every reply is printed, all its lines.
cat > "$work/client.py" << 'END'
import os, socket, sys
to = os.environ['LMTP_TO']
if to.startswith('/'):
    s = socket.socket(socket.AF_UNIX)
    s.connect(to)
else:
    s = socket.create_connection(('127.0.0.1', int(to)))
s.settimeout(float(os.environ.get('LMTP_PATIENCE', '60')))
f = s.makefile('rb')
def reply():
    while True:
        try:
            line = f.readline()
        except (socket.timeout, ConnectionError):
            line = b''
        if not line:
            print('LOST', flush=True)
            sys.exit(0)
        print(line.decode('utf-8', 'replace').rstrip('\r\n'), flush=True)
        if line[3:4] != b'-':
            return
reply()
for line in sys.argv[1:]:
    try:
        if line == '!':
            sys.exit(0)
        if line.startswith('@'):
            for l in open(line[1:], 'rb').read().splitlines(True):
                l = l[:-1] if l.endswith(b'\n') else l
                s.sendall((b'.' if l.startswith(b'.') else b'') + l + b'\r\n')
            s.sendall(b'.\r\n')
        elif line != '-':
            s.sendall(line.encode('utf-8', 'surrogateescape') + b'\r\n')
    except ConnectionError:
        pass
    reply()
END

talk()
{
	LMTP_TO=${lmtp_to:-$socket} timeout 120 python3 "$work/client.py" "$@"
}

# lmtp_send FILE SENDER RECIPIENT...: the codes after the message, one a line; "refused CODE" if there was none
lmtp_send()
{
	local file=$1 sender=$2 recipient
	local -a lines=("LHLO client.test" "MAIL FROM:<$sender>")
	shift 2
	for recipient in "$@"; do
		lines+=("RCPT TO:<$recipient>")
	done
	lines+=(DATA "@$file")
	for ((recipient = 1; recipient < $#; recipient++)); do
		lines+=(-)
	done
	talk "${lines[@]}" | grep -aE '^([0-9]{3} |LOST)' | tail -n +$((5 + $#))
}

status_of()
{
	"$bin/mda-lmtpd" -c "$conf" --status | awk -v name="$1" '$1 == name { print $2 }'
}
