#!/bin/bash
# mda-import with a real Dovecot: what IMAP clients see of mbox files and Maildirs that were
# imported, with flags, keywords, dates and UIDs; Python's module mailbox as another reader of mbox
# files; sources that are not what they seem; and a run that is interrupted.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib-dovecot.sh"

needs_dovecot "mda-import" python3
set_up_vhosts
export TZ=UTC
conf=$work/etc/mda.conf
home=$work/vhosts/a.test/ann
maildir=$home/Maildir
printf 'imap_server = dovecot\n' >> "$conf"
mkdir -p "$home"
chown -hR "$owner" "$home"
ok "Dovecot is started" start_dovecot "$maildir" < /dev/null

# import ARGUMENT...: what it prints is in $work/out
import()
{
	status=0
	"$bin/mda-import" -c "$conf" -d ann@a.test "$@" > "$work/out" 2> "$work/err" || status=$?
	[ "$status" -eq 0 ] || cat "$work/err"
	return "$status"
}

# fails TEXT ARGUMENT...: it ends with 75, and says this
fails()
{
	import "${@:2}" && echo "it did not fail" && return 1
	is "$status" 75 && has "$work/err" "$1"
}

# seen FOLDER: a line "UID DATE [FLAGS] SUBJECT" for each message, as a client sees it
seen()
{
	imap "SELECT \"$1\"" 'UID FETCH 1:* (FLAGS INTERNALDATE BODY.PEEK[HEADER.FIELDS (SUBJECT)])' || return
	tr -d '\r' < "$work/out" | awk '/FETCH/ { match($0, /UID [0-9]+/); uid = substr($0, RSTART + 4, RLENGTH - 4)
		match($0, /INTERNALDATE "[^"]*"/); date = substr($0, RSTART + 14, RLENGTH - 15); sub(/ \+0000/, "", date); sub(/^ /, "", date)
		match($0, /FLAGS \([^)]*\)/); flags = substr($0, RSTART + 7, RLENGTH - 8); sub(/\\Recent/, "", flags); gsub(/  +/, " ", flags); gsub(/^ | $/, "", flags) }
		/^Subject:/ { sub(/^Subject: /, ""); print uid, date, "[" flags "]", $0 }'
}

# is_seen FOLDER LINE...
is_seen()
{
	is "$(seen "$1")" "$(printf '%s\n' "${@:2}")"
}

# subjects FOLDER: in the order of their UIDs
subjects()
{
	seen "$1" | sed 's/.*\] //' | tr '\n' ' '
}

tree()
{
	find "$home" -path "$home/.Maildir.mda" -prune -o -type f -printf '%P %i %T@\n' | grep -v '/dovecot' | sort
}

# ---- an mbox file ----

simple_message first > "$work/mail"
attempt -c "$conf" -f ann@outside.test -r ann@a.test < "$work/mail"
cat > "$work/x.mbox" << 'END'
From ann@b.test Tue Mar  3 10:00:00 2020
Subject: third
Message-ID: <3@b.test>
Status: RO
X-Status: AF
X-Keywords: work $Label1

A line:
>From here it was quoted.

From bob@b.test Mon Mar  2 09:00:00 2020 +0200
Subject: second
Message-ID: <2@b.test>
Status: O

old, and not read

From MAILER_DAEMON Sun Mar  1 08:00:00 2020
Subject: DON'T DELETE THIS MESSAGE -- FOLDER INTERNAL DATA
X-IMAP: 1234567890 0000000003
Status: RO

This text is part of the internal format of your mail folder.

From carl@b.test Sun Mar  1 08:00:00 2020
Subject: first
Message-ID: <1@b.test>
Content-Length: 4000

new

From dora@b.test Wed Mar  4 08:00:00 2020
Subject: fourth
Message-ID: <1@b.test>
X-Status: D

another message with the first one's Message-ID

From carl@b.test Thu Mar  5 08:00:00 2020
Subject: first
Message-ID: <1@b.test>
Content-Length: 4000

new

END
chmod 644 "$work/x.mbox"
tree > "$work/before"
ok "a dry run" import --dry-run "$work/x.mbox"
ok "says what would be done" has "$work/out" '^6 messages \(mboxo\): 4 would be imported, 1 already there, 1 left out, 1 with the Message-ID of another message$'
tree > "$work/after"
ok "and changes nothing" diff "$work/before" "$work/after"
ok "... of a mailbox that is there" not has "$work/out" 'had no mailbox'
ok "... of one that is not, perhaps by a mistake" eval 'import --dry-run -d an@a.test "$work/x.mbox" && has "$work/out" "an@a.test had no mailbox: .*/an/Maildir is new"'
ok "mail is imported" import "$work/x.mbox"
ok "and counted" has "$work/out" '^6 messages \(mboxo\): 4 imported, 1 already there, 1 left out, 1 with the Message-ID of another message$'
ok "the note of an IMAP server is named" has "$work/out" '^  line 18: left out: it is a note of an IMAP server'
first_date=$(TZ=UTC date '+%d-%b-%Y')
expected=('2 01-Mar-2020 08:00:00 [] first' '3 02-Mar-2020 07:00:00 [] second'
	'4 03-Mar-2020 10:00:00 [\Answered \Flagged \Seen work $Label1] third' '5 04-Mar-2020 08:00:00 [\Deleted] fourth')
is_seen_after_first()
{
	is "$(seen INBOX | sed "1s/ $first_date ..:..:.. / NOW /;1s/^1 0*[0-9].*-....  *..:..:../1 NOW/")" "$(printf '%s\n' '1 NOW [] test first' "$@")"
}
ok "a client sees flags, keywords and dates, and the UIDs are in order of date" is_seen_after_first "${expected[@]}"
ok "the fields of the mbox file are gone, and quotes undone" has <(imap 'SELECT INBOX' 'UID FETCH 4 BODY.PEEK[]' && tr -d '\r' < "$work/out") '^From here it was quoted\.$'
ok "no Status is stored" not grep -rqE '^(Status|X-Status|X-Keywords|X-IMAP|Content-Length):' "$maildir/new" "$maildir/cur"
ok "once more" import "$work/x.mbox"
ok "nothing is doubled" has "$work/out" ': 0 imported, 5 already there'
ok "a client sees the same" is_seen_after_first "${expected[@]}"
ok "mda-reindex finds nothing" "$bin/mda-reindex" check -c "$conf" -d ann@a.test
ok "nothing is left in tmp" is "$(leftovers "$maildir")" "$(leftovers "$maildir" | grep -v 'P[0-9]*Q[0-9]*i\.')"

ok "duplicates are kept if asked" import --duplicates keep --folder Twice "$work/x.mbox"
ok "each" has "$work/out" ': 5 imported, 1 left out'
ok "and the next run adds none" import --duplicates=keep --folder Twice "$work/x.mbox"
ok "of them" has "$work/out" ': 0 imported, 5 already there'
ok "a new folder is subscribed to" has "$maildir/subscriptions" '^Twice$'
ok "standard input may be the file" import --folder Stdin - < "$work/x.mbox"
ok "with all messages" is "$(subjects Stdin)" "first second third fourth "

mail_in_json()
{
	python3 -c 'import json, sys; r = json.load(sys.stdin); print(r["version"], r["format"], r["messages"], r["imported"], r["duplicates"], r["left_out"], r["same_message_id"], r["folders"][0]["folder"], len(r["notes"]))' < "$work/out"
}
ok "JSON" import --json --folder J "$work/x.mbox"
ok "says the same" is "$(mail_in_json)" "1 mboxo 6 4 1 1 1 J 1"

# ---- Python reads the same ----

python3 - "$work/python.mbox" << 'END'
import mailbox, random, sys
random.seed(27)
box = mailbox.mbox(sys.argv[1])
lines = ['From here on', '>From there', '>>From both', '', 'x', 'From: y', 'a' * 3000, 'From a Thu Nov 29 22:33:52 2001', ' From z', '.']
for n in range(150):
    m = mailbox.mboxMessage()
    m.set_from('a%d@b.test' % n, (2001, 1 + n % 12, 1 + n % 28, n % 24, 30, 0, 0, 1, 0))
    m['Subject'] = 'p%d' % n
    m['Message-ID'] = '<%d@python>' % n
    m.set_payload('\n'.join(random.choice(lines) for _ in range(random.randrange(20))) + '\n')
    box.add(m)
box.close()
END
cat > "$work/compare.py" << 'END'
# Python finds the messages, and leaves the quotes to its caller.
import glob, mailbox, re, sys
def bare(b):
    return re.sub(rb'(?m)^(Status|X-Status|Content-Length):.*\n', b'', b)
mbox = mailbox.mbox(sys.argv[1])
want = sorted(re.sub(rb'(?m)^>From ', b'From ', bare(mbox.get_bytes(k))) for k in mbox.keys())
have = sorted(bare(open(f, 'rb').read()) for f in glob.glob(sys.argv[2] + '/new/*') + glob.glob(sys.argv[2] + '/cur/*'))
print(len(want), 'the same' if want == have else [(a, b) for a, b in zip(want, have) if a != b][:1])
END
ok "a file that Python wrote" import --format mboxo --folder Python "$work/python.mbox"
ok "has the messages that Python reads" is "$(python3 "$work/compare.py" "$work/python.mbox" "$maildir/.Python")" "150 the same"

# An MTA that is about to append to the file holds a lock.
python3 -c 'import fcntl, sys, time
f = open(sys.argv[1], "r+"); fcntl.lockf(f, fcntl.LOCK_EX); open(sys.argv[2], "w"); time.sleep(600)' "$work/x.mbox" "$work/locked" &
locker=$!
wait_for "$patience" test -e "$work/locked"
ok "a file that another program writes to" fails 'another program writes to' --folder Locked "$work/x.mbox"
kill "$locker"
wait "$locker" 2> /dev/null
ok "and when it has ended" import --folder Locked "$work/x.mbox"

# ---- a Maildir ----

old=$work/old
for d in "$old" "$old/.Lists" "$old/.Lists.a&AOQ-" "$old/.Empty"; do mkdir -p "$d"/{new,cur,tmp}; done
# put PATH DATE SUBJECT
put()
{
	printf 'Subject: %s\nMessage-ID: <%s@old>\n\nx\n' "$3" "$3" > "$old/$1"
	touch -d "$2" "$old/$1"
}
put 'cur/1.x:2,RSb' '2019-05-02 10:00:00' m2
put 'new/2.x' '2019-05-01 10:00:00' m1
put 'cur/3.x:2,DT' '2019-05-03 10:00:00' m3
put '.Lists/cur/4.x:2,Fa' '2019-05-04 10:00:00' l1
put '.Lists.a&AOQ-/cur/5.x:2,' '2019-05-05 10:00:00' l2
printf '0 other\n1 work\n' > "$old/dovecot-keywords"
printf '0 list\n' > "$old/.Lists/dovecot-keywords"
chmod -R a+rX "$old"
ok "a Maildir" import --folder Old "$old"
ok "without its subfolders" has "$work/out" '^  3 subfolders are left out; --folders imports them$'
ok "flags, keywords and times are kept" is_seen Old '1 01-May-2019 10:00:00 [] m1' '2 02-May-2019 10:00:00 [\Answered \Seen work] m2' '3 03-May-2019 10:00:00 [\Deleted \Draft] m3'
ok "and with them" import --folder Old --folders "$old"
ok "nothing is doubled" has "$work/out" '^5 messages \(maildir\): 2 imported, 3 already there$'
ok "a subfolder" is_seen Old.Lists '1 04-May-2019 10:00:00 [\Flagged list] l1'
ok "below it" is_seen 'Old.Lists.a&AOQ-' '1 05-May-2019 10:00:00 [] l2'
ok "the mailbox itself is no source" fails 'is the mailbox itself' "$maildir"
ok "the source is as it was" is "$(find "$old" -type f | wc -l)" 7

# ---- what is not a source ----

printf 'Subject: x\n\nx\n' > "$work/message"
gzip -c "$work/x.mbox" > "$work/x.gz"
chmod 644 "$work/x.gz"
mkfifo "$work/fifo"
ln -s "$work/x.mbox" "$work/link"
ln -s /etc/shadow "$home/shadow"
printf 'From a Thu Nov 29 22:33:52 2001\nSubject: secret\n\nx\n' > "$work/secret"
chmod 600 "$work/secret"
printf 'From a Thu Nov 29 22:33:52 2001\nSubject: sparse\n\nx\n' > "$work/sparse"
truncate -s 5G "$work/sparse"
truncate -s 5G "$work/empty"
chmod 644 "$work/message" "$work/sparse" "$work/empty"
ok "a message" fails 'message, line 1: this is not an mbox file' "$work/message"
ok "a compressed mbox file" fails 'x.gz is compressed by gzip: unpack it' "$work/x.gz"
ok "a FIFO" fails 'fifo: .*not a regular file' "$work/fifo"
ok "a link" fails 'is a symbolic link' "$work/link"
ok "a link in a home" fails 'is a symbolic link' "$home/shadow"
ok "a device" fails 'not a regular file' /dev/null
ok "a file that is not there" fails 'cannot find .*/none: ' "$work/none"
ok "a directory that is not a Maildir" fails 'neither new nor cur' "$work/etc"
ok "a directory as an mbox file" fails 'is a directory' --format mboxrd "$old"
ok "a file as a Maildir" fails 'is not a directory' --format maildir "$work/x.mbox"
ok "a file that the owner of the mailbox cannot read" fails 'cannot open .*secret' "$work/secret"
ok "standard input that is no file" fails 'standard input is not a regular file' - < <(cat "$work/x.mbox")
ok "an unknown format" fails 'format takes' --format mbx "$work/x.mbox"
ok "no source" not import
ok "five gigabytes of nothing are no mbox file" fails 'empty, line 1: this is not an mbox file' "$work/empty"
large()
{
	(ulimit -v 1000000; import --folder Hostile "$work/sparse")
}
if [ -z "${SAN:-}" ]; then
	ok "a message of five gigabytes is left out" large
	ok "and named" has "$work/out" '^  line 1: left out: a message of 53[0-9]* bytes is too large$'
fi
rm -f "$work/empty" "$work/sparse"
{
	printf 'From a Thu Nov 29 22:33:52 2001\nSubject: long\nX: '
	head -c 100000000 /dev/zero | tr '\0' x
	printf '\n\nx\n\nFrom a Thu Nov 29 22:34:52 2001\nSubject: nul\n\na\0b\n\nFrom a Thu Nov 29 22:35:52 2001\nSubject: end\nContent-Length: -7\n\nFrom here'
} > "$work/hostile"
chmod 644 "$work/hostile"
ok "a line of 100 MB, NUL bytes, and no line end" import --folder Hostile "$work/hostile"
ok "are three messages" is "$(find "$maildir/.Hostile/new" -type f -printf '%s\n' | sort -n | tr '\n' ' ')" "18 23 100000021 "
ok "a line From without a date is named" has "$work/out" '1 lines begin with "From " and have no date.*the first is line 16'

# ---- a quota ----

printf 'quota = "20000"\n' > "$work/etc/more" && cat "$conf" "$work/etc/more" > "$work/etc/full.conf"
mkdir -p "$work/vhosts/a.test/bob" && chown "$owner" "$work/vhosts/a.test/bob"
many()
{
	awk -v n="$1" 'BEGIN { for (i = n; i > 0; i--) { printf "From a@b.test Thu Nov 29 %02d:%02d:%02d 2001\nSubject: n%d\nMessage-ID: <%d@many>\n\nbody %d\n\n", i / 3600, i / 60 % 60, i % 60, i, i, i } }'
}
many 600 > "$work/many"
chmod 644 "$work/many"
status=0
"$bin/mda-import" -c "$work/etc/full.conf" -d bob@a.test "$work/many" > "$work/out" 2> "$work/err" || status=$?
ok "a full mailbox ends it" is "$status" 75
ok "with the reason" has "$work/err" 'mailbox full'
bytes=$(find "$work/vhosts/a.test/bob/Maildir/new" -type f -printf '%s\n' | awk '{ s += $1 } END { print s }')
filled()
{
	[ "$bytes" -le 20000 ] && [ "$bytes" -ge 19900 ] && return
	echo "$bytes bytes are there"
	return 1
}
ok "when no more has room" filled
ok "and what has room is imported" has "$work/out" "^600 messages \(mboxo\): $(message_count "$work/vhosts/a.test/bob/Maildir") imported"

# ---- interrupted ----

many 3000 > "$work/many"
interrupt()
{
	"$bin/mda-import" -c "$conf" -d ann@a.test --folder Many "$work/many" > "$work/out" 2> "$work/err" &
	local pid=$!
	wait_for "$patience" has_mail "$maildir/.Many"
	kill -INT "$pid" 2> /dev/null
	status=0
	wait "$pid" || status=$?
	is "$status" 75 && has "$work/out" 'imported.*; interrupted: the same command imports the rest'
}
has_mail()
{
	[ "$(message_count "$1")" -gt 0 ]
}
# A background process of a script ignores SIGINT, unless jobs are controlled.
set -m
ok "SIGINT ends it after a batch" interrupt
set +m
part=$(message_count "$maildir/.Many")
ok "which is counted" has "$work/out" ": $part imported"
ok "the same command again" import --folder Many "$work/many"
ok "imports the rest" has "$work/out" ": $((3000 - part)) imported, $part already there"
ok "all are there, and their UIDs are in order" is "$(subjects Many | md5sum)" "$(seq -f n%g 3000 | tr '\n' ' ' | md5sum)"
done_testing
