#!/bin/bash
# mda-lmtpd with TLS: STARTTLS, what was said before it, certificates of clients, and mistakes in the configuration.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
. tests/e2e/lib-lmtp.sh

if ! command -v openssl > /dev/null; then
	skip "TLS" "needs the package openssl"
	done_testing
	exit
fi

pki=$work/pki
set_up_lmtp
mkdir "$pki"
# certificate NAME [SIGNER]: its own signer if there is none
certificate()
{
	if [ -z "${2:-}" ]; then
		openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30 -subj "/CN=$1" \
			-addext "subjectAltName=DNS:$1" -keyout "$pki/$1.key" -out "$pki/$1.pem"
	else
		openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "/CN=$1" -keyout "$pki/$1.key" \
			-out "$pki/$1.csr" && openssl x509 -req -in "$pki/$1.csr" -CA "$pki/$2.pem" -CAkey "$pki/$2.key" \
			-CAcreateserial -days 30 -out "$pki/$1.pem"
	fi > "$work/openssl.out" 2>&1
}
ok "certificates" eval 'certificate mx.a.test && certificate authority && certificate client authority && certificate stranger'
chmod 600 "$pki"/*.key
cat >> "$conf" << END
label = no
lmtp_tls_certificate = "$pki/mx.a.test.pem"
lmtp_tls_key = "$pki/mx.a.test.key"
lmtp_tls_clients = "$pki/authority.pem"
lmtp_trusted = { "tls", "192.0.2.1" }
lmtp_xclient = { "127.0.0.1" }
END
simple_message > "$work/plain.eml"
{ simple_message large; head -c 300000 /dev/zero | tr '\0' x | fold -w 70; echo; } > "$work/large.eml"

# A client: tls.py PORT CA CLIENT-CERTIFICATE|- LINE...; as the other client, once it has said STARTTLS
cat > "$work/tls.py" << 'END'
import os, socket, ssl, sys
port, ca, own = sys.argv[1:4]
s = socket.create_connection(('127.0.0.1', int(port)))
s.settimeout(30)
def reply(f):
    while True:
        line = f.readline().decode().rstrip()
        print(line or 'LOST')
        if line[3:4] != '-':
            return
f = s.makefile('rb', buffering=0)
reply(f)
s.sendall(b'LHLO clear\r\n')
reply(f)
if 'LMTP_BEFORE' in os.environ:
    s.sendall(os.environ['LMTP_BEFORE'].encode() + b'\r\n')
    reply(f)
s.sendall(b'STARTTLS\r\n')
reply(f)
context = ssl.create_default_context(cafile=ca)
if own != '-':
    context.load_cert_chain(own + '.pem', own + '.key')
s = context.wrap_socket(s, server_hostname='mx.a.test')
f = s.makefile('rb')
for line in sys.argv[4:]:
    if line.startswith('@'):
        s.sendall(open(line[1:], 'rb').read().replace(b'\n', b'\r\n') + b'.\r\n')
    else:
        s.sendall(line.encode() + b'\r\n')
    reply(f)
print(s.version())
END

tls()
{
	timeout 300 python3 "$work/tls.py" "$lmtp_port" "$pki/mx.a.test.pem" "$@" > "$work/tls.out" 2>&1
}

on_exit stop_lmtp
ok "the server starts" start_lmtp
lmtp_to=$lmtp_port
ok "TLS is offered by TCP" has <(talk "LHLO c" QUIT) '^250.STARTTLS'
lmtp_to=
ok "and not by the Unix socket" not has <(talk "LHLO c" QUIT) STARTTLS
ok "a message by TLS" tls - "LHLO c" "MAIL FROM:<x@outside.test>" "RCPT TO:<ann@a.test> ORCPT=rfc822;first@a.test" DATA "@$work/plain.eml" QUIT
ok "it is delivered" has "$work/tls.out" '^250 2.0.0 delivered'
ok "TLS is 1.2 or later" has "$work/tls.out" '^TLSv1\.[23]'
ok "STARTTLS is not offered again" is "$(grep -c 'STARTTLS' "$work/tls.out")" 1
ok "without a certificate a client is not trusted" has "$work/log" 'to=ann@a.test orig_to=ann@a.test'
ok "a client with a certificate" tls "$pki/client" "LHLO c" "MAIL FROM:<c@outside.test>" \
	"RCPT TO:<ann@a.test> ORCPT=rfc822;first@a.test" DATA "@$work/large.eml" QUIT
ok "is trusted" has "$work/log" 'to=ann@a.test orig_to=first@a.test from=c@outside.test'
ok "its large message is stored as it was" is_stored "$(grep -lr 'test large' "$work/vhosts/a.test/ann/Maildir/new")" "$work/large.eml"
ok "one of another authority" tls "$pki/stranger" "LHLO c" "MAIL FROM:<s@outside.test>" \
	"RCPT TO:<ann@a.test> ORCPT=rfc822;first@a.test" DATA "@$work/plain.eml" QUIT
ok "is not" not has "$work/log" 'orig_to=first@a.test from=s@outside.test'
presented=("LHLO c" "MAIL FROM:<p@outside.test>" "RCPT TO:<ann@a.test> ORCPT=rfc822;first@a.test" DATA "@$work/plain.eml" QUIT)
ok "XCLIENT after STARTTLS" tls - "LHLO c" "XCLIENT ADDR=192.0.2.1" "${presented[@]}"
ok "counts" has "$work/log" 'orig_to=first@a.test from=p@outside.test'
: > "$work/log"
LMTP_BEFORE="XCLIENT ADDR=192.0.2.1"
export LMTP_BEFORE
ok "XCLIENT before STARTTLS" tls - "${presented[@]}"
unset LMTP_BEFORE
ok "does not: others may have said it" has "$work/log" 'orig_to=ann@a.test from=p@outside.test'
ok "LHLO must be said again" eval 'tls - "MAIL FROM:<x@outside.test>"; has "$work/tls.out" "^503 5.5.1"'

ok "what is sent before TLS is not read after it" python3 - "$lmtp_port" "$pki/mx.a.test.pem" << 'END'
import socket, ssl, sys
s = socket.create_connection(('127.0.0.1', int(sys.argv[1])))
s.settimeout(30)
f = s.makefile('rb', buffering=0)
f.readline()
s.sendall(b'STARTTLS\r\nLHLO smuggled\r\nMAIL FROM:<smuggled@outside.test>\r\n')
assert f.readline().startswith(b'220')
try:
    s = ssl.create_default_context(cafile=sys.argv[2]).wrap_socket(s, server_hostname='mx.a.test')
    s.sendall(b'NOOP\r\n')
    assert s.makefile('rb').readline() == b'250 2.0.0 done\r\n'
except (ssl.SSLError, ConnectionError):
    pass  # the bytes were no handshake
END
ok "bytes that are no handshake end the connection" python3 - "$lmtp_port" << 'END'
import socket, sys
s = socket.create_connection(('127.0.0.1', int(sys.argv[1])))
s.settimeout(30)
f = s.makefile('rb', buffering=0)
f.readline()
s.sendall(b'STARTTLS\r\n')
assert f.readline().startswith(b'220')
s.sendall(b'x' * 1000)
try:
    while s.recv(1000):
        pass
except ConnectionError:
    pass
END
stop_lmtp
ok "TLS may be required" start_lmtp -o lmtp_tls_required=yes
lmtp_to=$lmtp_port
ok "then MAIL needs it by TCP" has <(talk "LHLO c" "MAIL FROM:<>" QUIT) '^530 5.7.0'
lmtp_to=
ok "and not by the Unix socket" has <(talk "LHLO c" "MAIL FROM:<>" QUIT) '^250 2.1.0'
ok "it is given by TLS" eval 'tls - "LHLO c" "MAIL FROM:<>"; has "$work/tls.out" "^250 2.1.0"'
if is_root && [ -z "${SAN:-}" ]; then
	keys_in()
	{
		local line
		line=$(sed -n 2p "$pki/mx.a.test.key")
		openssl pkey -in "$pki/mx.a.test.key" -outform DER | tail -c 100 > "$work/key.der"
		python3 - "$1" "$work/key.der" "$line" << 'END'
import re, sys
pid, der, line = sys.argv[1:]
needles = [open(der, 'rb').read()[:32], line.encode()]
# The private scalar follows "02 01 01 04 20" in an EC key.
key = open(der, 'rb').read()
mem = open('/proc/%s/mem' % pid, 'rb')
for m in open('/proc/%s/maps' % pid):
    a, b, rights = re.match(r'([0-9a-f]+)-([0-9a-f]+) (\S+)', m).groups()
    if rights[0] != 'r' or '[v' in m:
        continue
    try:
        mem.seek(int(a, 16))
        bytes_ = mem.read(int(b, 16) - int(a, 16))
    except (OSError, OverflowError, ValueError):
        continue
    if any(n in bytes_ for n in needles):
        print('the key is in', m)
        sys.exit(1)
END
	}
	ok "the key is not in the master" keys_in "$lmtp_pid"
	ok "nor in a back, whose children are the users'" keys_in "$(pgrep -P "$lmtp_pid" | head -n 1)"
else
	skip "the key is not in the master" "only root may look, and not at a sanitizer's address space"
fi
stop_lmtp
lmtp_pid=

begins_not()
{
	local status=0
	timeout "$patience" "$bin/mda-lmtpd" -c "$conf" "$@" > "$work/out" 2> "$work/err" || status=$?
	is "$status" 75
}
ok "a key of another certificate" begins_not -o "lmtp_tls_key=$pki/client.key"
ok "is named" has "$work/err" 'lmtp_tls_certificate .*mx.a.test.pem, key .*client.key: '
ok "a missing file" begins_not -o "lmtp_tls_certificate=$pki/none.pem"
ok "a file of authorities without one" begins_not -o "lmtp_tls_clients=$pki/client.key"
done_testing
