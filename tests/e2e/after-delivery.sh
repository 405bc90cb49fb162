#!/bin/bash
# after_delivery: what a listener is told, beside the UIDs that Dovecot shows; the example that
# indexes with doveadm; listeners that are slow, dead or hostile.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib-dovecot.sh"

set_up_vhosts
conf=$work/etc/mda.conf
home=$work/vhosts/a.test/ann
maildir=$home/Maildir
socket=$work/told.socket
printf 'imap_server = dovecot\nafter_delivery = "unix:%s"\n' "$socket" >> "$conf"
mkdir -p "$home/.mda" && chown -R "$owner" "$home"

# deliver WORD [OPTION...]
deliver()
{
	simple_message "$1" > "$work/message"
	attempt -c "$conf" -d ann@a.test -f bob@b.test "${@:2}" < "$work/message"
	is "$status" 0 || { cat "$work/err"; return 1; }
}

# listen KIND: writes each line that comes to $work/lines
listen()
{
	rm -f "$socket"
	: > "$work/lines"
	python3 - "$1" "$socket" "$work/lines" << 'END' &
import os, socket, sys
kind = {'stream': socket.SOCK_STREAM, 'datagrams': socket.SOCK_DGRAM}[sys.argv[1]]
s = socket.socket(socket.AF_UNIX, kind)
s.bind(sys.argv[2])
os.chmod(sys.argv[2], 0o666)
if kind == socket.SOCK_STREAM:
    s.listen(16)
lines = open(sys.argv[3], 'ab', buffering=0)
while True:
    if kind == socket.SOCK_DGRAM:
        lines.write(s.recv(65536))
        continue
    c, _ = s.accept()
    while (got := c.recv(65536)):
        lines.write(got)
END
	listener=$!
	wait_for "$patience" test -S "$socket"
}

stop_listening()
{
	kill "$listener" && wait "$listener" 2> /dev/null
	true
}

lines()
{
	wc -l < "$work/lines"
}

# told COUNT: so many lines have come; they are printed as "folder uid file again"
told()
{
	wait_for "$patience" eval "[ \$(lines) -ge $1 ]" && is "$(lines)" "$1" && python3 - "$work/lines" << 'END'
import json, sys
for line in open(sys.argv[1]):
    o = json.loads(line)
    assert o['version'] == 1 and o['mailbox'] == o['user'] == 'ann@a.test', o
    assert set(o) == {'version', 'mailbox', 'user', 'folder', 'uidvalidity', 'uid', 'file', 'again'}, o
    print(o['folder'], o['uidvalidity'], o['uid'], o['file'], o['again'])
END
}

printf '%s\n' 'require ["fileinto", "copy", "mailbox"];' 'if header :contains "subject" "both" { fileinto :create :copy "Lists/Foo"; }' \
	'if header :contains "subject" "gone" { discard; }' 'if header :contains "subject" "odd" { fileinto :create "a \"b\" \\ c é"; }' > "$home/.mda/rules.sieve"
chown "$owner" "$home/.mda/rules.sieve"

for kind in datagrams stream; do
	rm -rf "$maildir" "$home/.Maildir.mda"
	listen "$kind"
	ok "$kind: four messages in five places" eval 'deliver one && deliver both && deliver odd && deliver two -m Work && told 5 > "$work/places"'
	ok "... the folders" is "$(cut -d' ' -f1 "$work/places" | sort | uniq -c | tr -s ' \n' ' ')" " 2 INBOX 1 Lists/Foo 1 Work 1 a "
	ok "... the file is there" eval 'while read -r line; do messages "$maildir" | grep -qF "/$(sed -E "s/.* ([^ ]+) False$/\1/" <<< "$line")" || exit 1; done < "$work/places"'
	ok "... what is discarded is not told" eval 'deliver gone && deliver three && told 6 > /dev/null'
	ok "... a repeated delivery says so" eval '{ echo "Received: by a.test with SMTP id 1; Sat, 28 Nov 2026 10:00:00 +0000"; simple_message again; } > "$work/twice" &&
		attempt -c "$conf" -d ann@a.test -f b@b.test < "$work/twice" && attempt -c "$conf" -d ann@a.test -f b@b.test < "$work/twice" && told 8 | tail -n 2 | sed "s/.* //" > "$work/again" && is "$(paste -sd, "$work/again")" False,True'
	stop_listening
done

# ---- it does no harm ----

rm -f "$socket"
ok "no socket: delivered, and a note" eval 'deliver none && has "$work/log" "after_delivery: cannot connect to .*No such file"'
: > "$socket" && chmod 666 "$socket"
ok "a file: delivered, and a note" eval 'deliver file && has "$work/log" "after_delivery: cannot connect to .*refused"'
listen datagrams
kill -STOP "$listener"
late()
{
	local i
	for ((i = 0; i < 600; i++)); do
		deliver "late$i" || return
		grep -qa 'after_delivery: the listener is too slow' "$work/log" && return
		# The kernel's queue is longer than this loop is patient.
		[ "$(cat /proc/sys/net/unix/max_dgram_qlen)" -le 20 ] || break
	done
	[ "$(cat /proc/sys/net/unix/max_dgram_qlen)" -gt 20 ]
}
ok "a listener that reads nothing: delivered, and a note" late
kill -CONT "$listener"
stop_listening
is_root && {
	listen datagrams
	chmod 600 "$socket"
	ok "a socket for others only: delivered, and a note" eval 'deliver denied && has "$work/log" "after_delivery: cannot connect to .*Permission"'
	stop_listening
}
ok "a path that is too long: delivered, and a note" eval 'deliver long -o "after_delivery=unix:/$(printf "%0200d" 0)" && has "$work/log" "after_delivery: .*name too long"'
ok "not a socket: told at once" eval 'simple_message x > "$work/message"; attempt -c "$conf" -d ann@a.test -o after_delivery=tcp:1 < "$work/message"; is "$status" 75 && has "$work/err" "after_delivery takes a Unix socket"'

# ---- the UID is the one that clients see ----

needs_dovecot "the same UIDs in Dovecot, and the example"
: > "$work/log"
rm -rf "$maildir" "$home/.Maildir.mda"
ok "Dovecot starts" eval '{ dovecot_settings; dovecot_namespace "" /; } | start_dovecot'
listen datagrams
ok "messages in three folders" eval 'for i in 1 2 3; do deliver "in$i" && deliver "both$i" && deliver "odd$i" || exit 1; done; told 12 > "$work/places"'
stop_listening

# uids_in_dovecot: "folder uidvalidity uid file" as doveadm has them
uids_in_dovecot()
{
	local folder
	for folder in INBOX Lists/Foo 'a "b" \ c é'; do
		doveadm -c "$work/dovecot.conf" -f tab fetch -u "$imap_user" 'uid storageid' mailbox "$folder" 2> /dev/null > /dev/null
		doveadm -c "$work/dovecot.conf" -f flow mailbox status -u "$imap_user" 'uidvalidity uidnext' "$folder" > "$work/status" || return
		doveadm -c "$work/dovecot.conf" -f tab fetch -u "$imap_user" 'uid hdr.message-id' mailbox "$folder" | tail -n +2 |
			sed "s/^/$(printf '%s' "$folder" | sed 's/[\\&/]/\\&/g') $(sed -E 's/.*uidvalidity=([0-9]+).*/\1/' "$work/status") /"
	done
}

# The same with our line: the message that the UID names in Dovecot is the one in the file.
as_told()
{
	local line file
	while IFS= read -r line; do
		file=$(sed -E 's/.* ([^ ]+) (False|True)$/\1/' <<< "$line")
		printf '%s\t%s\n' "$(sed -E 's/ [^ ]+ (False|True)$//' <<< "$line")" "$(messages "$maildir" | grep -F "/$file" | tr '\n' '\0' | xargs -0 sed -n 's/^Message-ID: //p')"
	done < "$work/places"
}
ok "each UID is that message's in Dovecot" eval 'is "$(as_told | sort)" "$(uids_in_dovecot | sort)" && [ "$(uids_in_dovecot | wc -l)" -eq 12 ]'

# ---- the example: Dovecot's index is brought up to date at once ----

example=examples/after-delivery/mda-index
indexed()
{
	[ -e "$maildir/dovecot.index.cache" ] && grep -qa "in4" "$maildir/dovecot.index.cache"
}
rm -f "$socket"
DOVEADM="doveadm -c $work/dovecot.conf" python3 "$example" "$socket" > "$work/index.log" 2>&1 &
indexer=$!
wait_for "$patience" test -S "$socket"
before=$(stat -c %Y%s "$maildir/dovecot.index.log" 2> /dev/null)
ok "the example indexes what was delivered" eval 'deliver in4 && deliver both4 && deliver odd4 && wait_for "$patience" has "$work/index.log" "indexed ann@a.test: a \"b\""'
ok "... INBOX, too: Dovecot's index has changed without a client" eval 'has "$work/index.log" "indexed ann@a.test: INBOX" && [ "$(stat -c %Y%s "$maildir/dovecot.index.log")" != "$before" ]'
printf 'not json\n' > "$work/junk"
ok "... it survives nonsense" eval 'python3 -c "
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
for line in (b\"junk\", b\"[]\", b\"{}\", b\"\\xff\", b\"{\\\"version\\\":1,\\\"user\\\":3,\\\"folder\\\":[]}\", b\"{\\\"version\\\":1,\\\"user\\\":\\\"-x\\\",\\\"folder\\\":\\\"-A\\\"}\"):
    s.sendto(line, sys.argv[1])
" "$socket" && deliver in5 -m Work && wait_for "$patience" has "$work/index.log" "indexed ann@a.test: Work" && kill -0 "$indexer"'
kill "$indexer"
wait "$indexer" 2> /dev/null
done_testing
