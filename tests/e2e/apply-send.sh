#!/bin/bash
# mda-apply --send: each redirect is sent once, whatever fails and however often it is run, no more of them than the user
# agreed to, and nothing but redirects. The MTA is a sendmail that counts, or a server that refuses.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

set_up_vhosts
conf=$work/etc/mda.conf
home=$work/vhosts/a.test/ann
maildir=$home/Maildir
sent=$work/sent
mkdir "$sent" && chmod 777 "$sent"
printf 'scripts_user = { "%%h/.mda/filter.sieve" }\n' >> "$conf"
cat > "$work/sendmail" << END
#!/bin/bash
[ ! -e "$work/broken" ] || exit 75
for address; do :; done
cat > "\$(mktemp "$sent/\$address.XXXXXX")"
END
chmod 755 "$work/sendmail"
mkdir -p "$home/.mda"
chown -hR "$owner" "$home"

# deliver NUMBER SUBJECT [FIELD]
deliver()
{
	printf '%sReceived: from x by y; Mon, 2 Nov 2026 10:00:00 +0100\nFrom: <bob@b.test>\nTo: ann@a.test\nSubject: %s\nMessage-ID: <%s@b.test>\n\nbody %s\n' \
		"${3:-}" "$2" "$1" "$1" > "$work/mail"
	attempt -c "$conf" -f bob@b.test -r ann@a.test < "$work/mail"
	is "$status" 0
}

fill()
{
	deliver 1 'copy 1' && deliver 2 'copy 2' && deliver 3 'gone 3' && deliver 4 'both 4' && deliver 5 'plain 5' &&
		deliver 6 'loop 6' $'Received: from y by z; Mon, 2 Nov 2026 09:00:00 +0100\nDelivered-To: far@out.test\n' &&
		deliver 7 'self 7' && deliver 8 'bad 8'
}
ok "mail is delivered without rules" fill

cat > "$home/.mda/filter.sieve" << 'END'
require ["fileinto", "copy", "vacation", "reject"];
vacation "I am away";
if header :contains "subject" "copy" { redirect :copy "far@out.test"; fileinto "Copied"; }
elsif header :contains "subject" ["gone", "loop"] { redirect "far@out.test"; }
elsif header :contains "subject" "both" { redirect "far@out.test"; redirect "near@out.test"; }
elsif header :contains "subject" "self" { redirect "ann@a.test"; }
elsif header :contains "subject" "bad" { reject "no"; }
END
chown "$owner" "$home/.mda/filter.sieve"

# apply ARGUMENT...
apply()
{
	status=0
	"$bin/mda-apply" -c "$conf" -r ann@a.test "$@" > "$work/out" 2> "$work/err" || status=$?
	[ "$status" -eq 0 ] || cat "$work/out" "$work/err"
	return "$status"
}

# is_sent FAR NEAR: how often something was sent to each, and to nobody else
is_sent()
{
	is "$(find "$sent" -name 'far@*' | wc -l) $(find "$sent" -name 'near@*' | wc -l) $(find "$sent" -type f | wc -l)" "$1 $2 $(($1 + $2))"
}

# subjects [FOLDER]
subjects()
{
	find "$maildir/${1:-}/new" "$maildir/${1:-}/cur" -type f -exec sed -n 's/^Subject: //p' {} + 2> /dev/null | sort | paste -sd,
}

all='bad 8,both 4,copy 1,copy 2,gone 3,loop 6,plain 5,self 7'

# ---- nobody is surprised ----

ok "a dry run" apply --dry-run --send=1
ok "says how many would be sent" has "$work/out" '^5 redirects would be sent: --send=5$'
ok "one fewer is too few" not apply --send=4
ok "that is said" has "$work/err" '5 redirects would be sent, more than --send=4: nothing was done'
ok "nothing was sent" is_sent 0 0
ok "nothing was moved" is "$(subjects)" "$all"
ok "no is not a number" not apply --send=no
ok "without a number" not apply --send=0

# ---- an MTA that takes nothing ----

touch "$work/broken"
ok "a sendmail that fails" not apply --send=5
ok "it is said once, with its message" is "$(grep -c '^  not sent: INBOX ' "$work/out")" 1
ok "all are counted" has "$work/out" '^ *5  redirects not sent: the messages stay$'
ok "the exit status says it" is "$status" 75
ok "and the last line" has "$work/err" '5 redirects were not sent'
ok "all messages stay" is "$(subjects)" "$all"
rm "$work/broken"

# ---- sent ----

ok "sent" apply --send=5
ok "to each address once" is_sent 4 1
ok "as many are told" has "$work/out" '^ *5  redirects sent$'
undo=$(sed -n 's/.* --undo //p' "$work/out")
ok "a copy goes where the rules file it" is "$(subjects .Copied)" 'copy 1,copy 2'
ok "what is only sent on stays, and so does what they refuse, and what would go round" is "$(subjects)" \
	'bad 8,both 4,gone 3,loop 6,plain 5,self 7'
# The fields of its delivery are not sent, and nothing of ours is.
ok "it is sent as it came" is "$(sed -n '1,/^$/p' "$(find "$sent" -name 'near@*')" | cut -d: -f1 | paste -sd,)" 'Received,From,To,Subject,Message-ID,'
ok "once more" apply --send=5
ok "nothing is sent" is_sent 4 1
ok "what was sent before is told" has "$work/out" '^ *3  redirects were sent by an earlier run$'
ok "as JSON" apply --send=1 --json
ok "too" python3 -c "import json; r = json.load(open('$work/out')); assert r['redirects'] == {'sent': 0, 'sent_before': 3, 'failed': 0}, r"

# ---- put back, and again ----

ok "put back" apply --undo "$undo"
ok "messages are moved" has "$work/out" '^2 messages: 2 put back$'
ok "but what was sent cannot be taken back" has "$work/out" '^ *5  redirects were sent, and cannot be taken back$'
ok "all are there" is "$(subjects)" "$all"
ok "again" apply --send=5
ok "nothing is sent twice" is_sent 4 1
ok "and the copies are filed" is "$(subjects .Copied)" 'copy 1,copy 2'
# The journal forgets after ten days.
cp -a "$home/.Maildir.mda" "$work/state"
find "$home/.Maildir.mda" -mindepth 1 -maxdepth 1 ! -name seen ! -name '*.undo' -exec rm -r {} +
ok "without the journal and the notes" apply --send=5
ok "neither" is_sent 4 1
rm -r "$home/.Maildir.mda"
cp -a "$work/state" "$home/.Maildir.mda"
ok "what is only sent on goes to the Trash if asked" apply --send=5 --discard
ok "there it is" is "$(subjects .Trash)" 'both 4,gone 3'
ok "and only that leaves" is "$(subjects)" 'bad 8,loop 6,plain 5,self 7'
ok "and it was not sent again" is_sent 4 1
ok "--undo sends nothing" not apply --undo "$undo" --send=5

# ---- limits ----

printf 'redirects_per_day = 7\n' >> "$conf"
printf 'require "copy"; redirect :copy "more@out.test";\n' > "$home/more.sieve"
chown "$owner" "$home/more.sieve"
# Five were sent, and one was tried while nothing was taken.
ok "more than a day allows" not apply --script "$home/more.sieve" --send=100
ok "one was left of the day" is "$(find "$sent" -name 'more@*' | wc -l)" 1
ok "the limit is named" has "$work/out" 'redirects_per_day'
sed -i '/redirects_per_day/d' "$conf"
ok "another day" apply --script "$home/more.sieve" --send=100
# The message for bad 8, which the rules of before refuse, is among them.
ok "sends the rest" is "$(find "$sent" -name 'more@*' | wc -l)" 4

# ---- a server that refuses one address ----

cat > "$work/server.py" << 'END'
import socket, sys
s = socket.socket()
s.bind(('127.0.0.1', 0))
s.listen()
open(sys.argv[1], 'w').write(str(s.getsockname()[1]))
while True:
    c, _ = s.accept()
    f = c.makefile('rwb')
    def say(line):
        f.write(line + b'\r\n')
        f.flush()
    say(b'220 x')
    data = False
    for line in f:
        line = line.strip()
        word = line[:4].upper()
        if data:
            if line == b'.':
                data = False
                open(sys.argv[2], 'ab').write(to + b'\n')
                say(b'250 taken')
        elif word == b'RCPT':
            to = line
            say(b'550 5.1.1 never' if b'never@' in line else b'250 ok')
        elif word == b'DATA':
            data = True
            say(b'354 go on')
        elif word == b'QUIT':
            say(b'221 bye')
            break
        else:
            say(b'250 ok')
    f.close()
    c.close()
END
python3 "$work/server.py" "$work/port" "$work/taken" > /dev/null 2>&1 &
server=$!
stop_server()
{
	kill "$server"
}
on_exit stop_server
ok "a server is started" wait_for "$patience" test -s "$work/port"
printf 'submission = "smtp://127.0.0.1:%s"\n' "$(cat "$work/port")" >> "$conf"
cat > "$home/refused.sieve" << 'END'
require ["copy", "fileinto"];
if header :contains "subject" "plain" { redirect "never@out.test"; }
elsif header :contains "subject" "bad" { fileinto "Bad"; redirect :copy "never@out.test"; redirect :copy "fine@out.test"; }
elsif header :contains "subject" "self" { fileinto "Fine"; redirect :copy "fine@out.test"; }
else { stop; }
END
chown "$owner" "$home/refused.sieve"
ok "one address is refused" not apply --script "$home/refused.sieve" --send=10
ok "for each message that is said" is "$(grep -c '^  not sent: INBOX .*never@out.test is refused: .*550' "$work/out")" 2
ok "the other one has both messages" is "$(grep -c fine "$work/taken")" 2
ok "what was refused stays, and is there once" is "$(subjects)" 'bad 8,loop 6,plain 5'
ok "what was not refused is filed" is "$(subjects .Fine)" 'self 7'
ok "nothing is anywhere else" is "$(subjects .Bad)" ''
ok "once more" not apply --script "$home/refused.sieve" --send=10
ok "only what was refused is tried again" is "$(grep -c fine "$work/taken")" 2
ok "no more than that is due" has "$work/out" '^ *2  redirects not sent'
ok "nothing is lost: mda-reindex" "$bin/mda-reindex" check -c "$conf" -d ann@a.test
done_testing
