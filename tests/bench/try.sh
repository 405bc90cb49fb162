#!/bin/bash
# mda-try and mda-apply over a large INBOX, with rules that read only headers, by two processes.
# COUNT= for fewer messages than 100,000.
set -eu
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$(readlink -f "$0")")/lib.sh"
COUNT=${COUNT:-100000}
maildir=$work/home/a.test/ann/Maildir

configure 'global_allow = ""' 'global_block = ""'
cat > "$work/new.sieve" << 'END'
require ["fileinto", "imap4flags"];
if header :contains "list-id" "dev.lists.example" { fileinto "Lists"; }
elsif header :contains "subject" "invoice" { fileinto :flags "\\Flagged" "Money"; }
elsif address :domain :is "from" "nowhere.example" { fileinto "Never"; }
END

# A third goes to Lists, a third to Money, and a third stays.
python3 - "$maildir" "$COUNT" << 'END'
import os, sys
maildir, count = sys.argv[1], int(sys.argv[2])
for part in ('new', 'cur', 'tmp'):
    os.makedirs(f'{maildir}/{part}')
body = 'A line of the body, which no rule reads.\n' * 100
for i in range(count):
    text = (f'Return-Path: <p{i % 50}@b.example>\nX-Original-To: ann@a.test\nDelivered-To: ann@a.test\n'
            f'Received: from mx.b.example (mx.b.example [192.0.2.1])\n\tby mail.a.test with ESMTPS id {i:08X}\n'
            f'\tfor <ann@a.test>; Mon, 02 Nov 2026 10:00:00 +0100\nDKIM-Signature: v=1; d=b.example; b={"x" * 340}\n'
            f'From: Person {i % 50} <p{i % 50}@b.example>\nTo: Ann <ann@a.test>\nMessage-ID: <{i}@b.example>\n'
            f'Date: Mon, 02 Nov 2026 10:00:00 +0100\nSubject: {"invoice" if i % 3 == 1 else "hello"} {i}\n'
            f'{"List-Id: <dev.lists.example>" if i % 3 == 0 else "X-Mailer: x"}\n\n{body}')
    name = f'{1700000000 + i}.M{i}P1.bench,S={len(text)},W={len(text) + text.count(chr(10))}'
    with open(f'{maildir}/new/{name}' if i % 2 else f'{maildir}/cur/{name}:2,S', 'w') as f:
        f.write(text)
END

# sum NAME EXPRESSION: of its result
sum()
{
	python3 -c "import json, sys; r = json.load(open(sys.argv[1])); print($2)" "$work/$1"
}

files()
{
	find "$maildir/$1/new" "$maildir/$1/cur" -type f | wc -l
}

lists=$(((COUNT + 2) / 3)) money=$(((COUNT + 1) / 3))
options=(-c "$work/mda.conf" -r ann@a.test --script "$work/new.sieve" --jobs 2 --json)
echo "$COUNT messages, 2 processes that judge"
timed try "$COUNT" "$BUILD/mda-try" "${options[@]}"
all_done "judged" "$(sum try "r['judged']")" "$COUNT"
all_done "to be moved" "$(sum try "r['changed']")" $((lists + money))
timed apply "$COUNT" "$BUILD/mda-apply" "${options[@]}" --undo-file "$work/record"
all_done "moved to Lists" "$(files .Lists)" "$lists"
all_done "moved to Money" "$(files .Money)" "$money"
timed undo "$COUNT" "$BUILD/mda-apply" -c "$work/mda.conf" -r ann@a.test --undo "$work/record" --json
all_done "put back" "$(files .)" "$COUNT"
"$BUILD/mda-reindex" repair -c "$work/mda.conf" -d ann@a.test > /dev/null
uids_given "$work/mda.conf" -d ann@a.test
