#!/bin/bash
# mda-import of a large mbox file that has its messages from the last to the first, and mda-import
# again, which finds all of them. COUNT= for fewer messages than 100,000.
set -eu
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$(readlink -f "$0")")/lib.sh"
COUNT=${COUNT:-100000}
maildir=$work/home/a.test/ann/Maildir
mkdir -p "$work/home/a.test/ann"

configure 'imap_server = dovecot'

python3 - "$work/mbox" "$COUNT" << 'END'
import sys, time
path, count = sys.argv[1], int(sys.argv[2])
body = 'A line of the body, which nobody reads.\n' * 100
with open(path, 'w') as f:
    for i in range(count, 0, -1):
        date = time.gmtime(1600000000 + i)
        f.write(f'From p{i % 50}@b.example {time.asctime(date)}\nFrom: Person {i % 50} <p{i % 50}@b.example>\n'
                f'To: Ann <ann@a.test>\nMessage-ID: <{i}@b.example>\nSubject: {i}\n{"Status: RO" if i % 2 else "X-Mailer: x"}\n\n{body}\n')
END

# number NAME KEY: of its result
number()
{
	python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))[sys.argv[2]])' "$work/$1" "$2"
}

# Are the UIDs in the order of the dates? Each subject is the number of its message.
in_order()
{
	"$BUILD/mda-reindex" show --json -c "$work/mda.conf" -d ann@a.test --folder INBOX | python3 -c '
import json, os, sys
last = good = 0
for m in json.load(sys.stdin)[0]["messages"]:
    with open(os.path.join(sys.argv[1], m["file"])) as f:
        n = int(f.read(400).split("Subject: ")[1].split()[0])
    good += m["uid"] > last and n == m["uid"]
    last = m["uid"]
print(good)' "$maildir"
}

echo "$COUNT messages of $(($(stat -c %s "$work/mbox") / COUNT)) bytes in an mbox file"
timed mda-import "$COUNT" "$BUILD/mda-import" --json -c "$work/mda.conf" -d ann@a.test "$work/mbox"
all_done "messages imported" "$(number mda-import imported)" "$COUNT"
all_done "files stored" "$(find "$maildir/new" "$maildir/cur" -type f | wc -l)" "$COUNT"
all_done "UIDs in order" "$(in_order)" "$COUNT"
uids_given "$work/mda.conf" -d ann@a.test
timed mda-import-again "$COUNT" "$BUILD/mda-import" --json -c "$work/mda.conf" -d ann@a.test "$work/mbox"
all_done "messages known" "$(number mda-import-again duplicates)" "$COUNT"
