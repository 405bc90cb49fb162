#!/bin/bash
# The demo prints and leaves exactly what is in examples/demo/expected.
set -u
cd "$(dirname "$0")/../.." || exit 1
export BUILD=${BUILD:-build} LC_ALL=C
demo=$BUILD/demo
count=0

# ok NAME COMMAND...: one test
ok()
{
	local name=$1 result=ok
	shift
	"$@" || result="not ok"
	count=$((count + 1))
	echo "$result $count - $name"
}

# The table without the notes after it.
table()
{
	sed '/^$/,$d' "$demo/table"
}

row_is()
{
	local got
	got=$(table | sed -n "$1p")
	[ "$got" = "$2" ] && return
	printf '# expected %s\n# got      %s\n' "$2" "$got"
	return 1
}

rows_are_as_expected()
{
	local number=0 line
	while IFS= read -r line; do
		number=$((number + 1))
		[ "$number" -gt 2 ] || continue
		ok "${line:0:18} to ${line:20:23} ${line:45:16}" row_is "$number" "$line"
	done < examples/demo/expected
	ok "the table has as many rows" [ "$(table | wc -l)" -eq "$number" ]
}

stored()
{
	find "${maildirs[@]}" -path '*/new/*' -type f
}

has_no_leftovers()
{
	[ -z "$(find "${maildirs[@]}" -path '*/tmp/*')" ]
}

# The body of a message, as stored, has the bytes that came.
body_is_kept()
{
	local file
	file=$(stored | xargs grep -l "$1")
	[ -f "$file" ] && cmp -s <(sed '1,/^\r\{0,1\}$/d' "$file") <(sed '1,/^\r\{0,1\}$/d' "$2")
}

is_sound()
{
	"$BUILD/mda-reindex" check "$1" > "$BUILD/demo.out" 2>&1 && return
	sed 's/^/# /' "$BUILD/demo.out"
	return 1
}

# A reader of a database enters itself into its lock file.
all_are_found()
{
	local found
	found=$("$BUILD/mda-reindex" check -c examples/demo/mda.conf --all --json | wc -l)
	[ "$found" -eq "${#maildirs[@]}" ]
}

dry_run_changes_nothing()
{
	local before
	before=$(find "$demo" ! -name lock.mdb -printf '%p %s %T@\n' | sort)
	"$BUILD/mda-explain" -c examples/demo/mda.conf -f newsletter@shop.test -r ann@example.com \
		-a info@example.com examples/demo/messages/12-newsletter.eml | grep -q '^spam  *yes' &&
		[ "$before" = "$(find "$demo" ! -name lock.mdb -printf '%p %s %T@\n' | sort)" ]
}

run_demo()
{
	examples/demo/run > "$BUILD/demo.out" 2>&1 && return
	sed 's/^/# /' "$BUILD/demo.out"
	return 1
}

second_run_is_the_same()
{
	local first
	first=$(cat "$demo/table")
	run_demo && [ "$first" = "$(cat "$demo/table")" ]
}

ok "the demo runs" run_demo
maildirs=("$demo"/*@*/Maildir)
rows_are_as_expected
ok "every UID of the table is a message" [ "$(stored | wc -l)" -eq "$(table | grep -c '  [0-9]  ')" ]
ok "nothing is left in tmp" has_no_leftovers
ok "the redirected message is in the outbox" grep -q '^envelope: from <watchdog@example.com>' \
	"$demo/outbox/ann.phone@pager.test"
ok "a forged label is taken out" [ -z "$(stored | xargs grep -l '^X-Mda-Label: inside')" ]
ok "the label is written" grep -q '^X-Mda-Label: Unknown; reason=first-contact; domain=example.com' \
	"$demo"/dave@hosted.test/Maildir/new/*
ok "8-bit text is stored as it came" body_is_kept gruesse.3@ examples/demo/messages/03-8bit.eml
ok "broken MIME is stored as it came" body_is_kept broken.9@ examples/demo/messages/09-broken-mime.eml
ok "attachments are stored as they came" body_is_kept figures.2@ examples/demo/messages/02-attachments.eml
ok "CRLF becomes LF" [ -z "$(stored | xargs grep -l $'\r')" ]
ok "a script's errors lie beside it" grep -q '^.*rules.sieve:5:2: ' \
	"$demo/eve@example.com/.mda/rules.sieve.errors"
ok "the sender of refused mail is told why" grep -q 'told: 5.7.1 Ann does not forward' "$demo/refusals"
ok "a dry run explains and changes nothing" dry_run_changes_nothing
for maildir in "${maildirs[@]}"; do
	ok "mda-reindex check finds nothing wrong in ${maildir#"$demo/"}" is_sound "$maildir"
done
ok "the tools find all mailboxes" all_are_found
ok "a second run shows the same table" second_run_is_the_same
rm -f "$BUILD/demo.out"
echo "1..$count"
