#!/bin/bash
# mda-reindex: what it shows of a mailbox, every disagreement that it finds, and that it changes
# nothing.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib-reindex.sh"

# complains WORD...: the last one printed exactly one line on standard error, with these words
complains()
{
	is "$(wc -l < "$work/err")" 1 && has "$work/err" "^mda-reindex: .*$*"
}

# found LINES REGEX: that many disagreements, and one of them is this
found()
{
	reindex 1 check "$box" && has "$work/out" "$2" && is "$(grep -cvE '^[a-z-]+ \([0-9]+\): |^[0-9]+ folders?, ' "$work/out")" "$1" &&
		tail -n 1 "$work/out" > "$work/last" && has "$work/last" ": $1 disagreements?\$"
}

agrees()
{
	reindex 0 check "$box" && has "$work/out" "^$1: Maildir and UID database agree\$"
}

json()
{
	python3 -c "import json, sys
d = json.load(open(sys.argv[1]))
assert $1, d" "$work/out"
}

# With the other options, a mailbox is found as a delivery finds it.
without_a_mailbox()
{
	reindex 75 show "$box" && complains "$box"
}

without_a_database()
{
	install -d -o "${owner%:*}" "$work/vhosts/a.test/x" "$box" "$box/cur"
	reindex 75 show "$box" && complains "has no UID database" && reindex 75 check "$box" && [ ! -e "$state" ] && rm -r "$box"
}

ok "no mailbox: 75" without_a_mailbox
ok "no database yet: 75, said plainly, none is made" without_a_database
ok "no command: 75" reindex 75
ok "an unknown command: 75, named" eval 'reindex 75 shw && complains shw'
ok "an unknown option: 75" reindex 75 show --fast "$box"
ok "an option without its value: 75" reindex 75 show -d
ok "no mailbox named: 75" reindex 75 check
ok "two mailboxes: 75" reindex 75 check "$box" "$box"
ok "a Maildir and a user: 75" reindex 75 check -d x@a.test "$box"
ok "a user that cannot be: 75" reindex 75 check -c "$conf" -d ../../x@a.test
ok "--help names every command" reindex 0 --help
ok "... show" has "$work/out" '^ +show '
ok "... check" has "$work/out" '^ +check '
ok "--version" reindex 0 --version

ok "three messages in two folders" eval 'deliver && deliver && deliver Lists/Über'
mapfile -t files < <(cd "$box/new" && ls)
ok "they agree" agrees "2 folders, 3 files"
ok "the same by configuration and user" reindex 0 check -c "$conf" -d x@a.test
ok "the same with the state directory named" reindex 0 check -s "$state" "$box"
ok "mda reindex runs it" "$bin/mda" reindex check "$box"
ok "a state directory without a database: 75" reindex 75 check -s "$work/etc" "$box"
ok "show" reindex 0 show "$box"
ok "... the INBOX, its UIDVALIDITY and UIDNEXT" has "$work/out" '^INBOX  UIDVALIDITY [1-9][0-9]*  UIDNEXT 3  2 files$'
ok "... the first message" has "$work/out" "^ +1  \"?new/${files[0]}\"?\$"
ok "... the second message" has "$work/out" "^ +2  \"?new/${files[1]}\"?\$"
ok "... the folder by its name" has "$work/out" '^Lists/Über  UIDVALIDITY [1-9][0-9]*  UIDNEXT 2  1 file$'
ok "show --json" reindex 0 show --json "$box"
ok "... is JSON with folders, UIDs and files" json \
	"[f['folder'] for f in d] == ['INBOX', 'Lists/Über'] and [m['uid'] for m in d[0]['messages']] == [1, 2] and d[0]['messages'][0]['file'] == 'new/${files[0]}'"
ok "check --json" reindex 0 check --json "$box"
ok "... is JSON without disagreements" json "d == {'disagreements': [], 'folders': 2, 'files': 3}"

plain_show()
{
	reindex 0 show "$box" && has "$work/out" 'no UID  "new/.x1b' && not grep -q $'\033' "$work/out"
}

# ---- a message that is read, flagged, moved ----

mv "$box/new/${files[0]}" "$box/cur/${files[0]}:2,FS"
ok "a flag changes nothing" agrees "2 folders, 3 files"
ok "... and the file is shown where it is" eval 'reindex 0 show "$box" && has "$work/out" "^ +1  \"?cur/${files[0]}:2,FS\"?\$"'

cp "$box/cur/${files[0]}:2,FS" "$box/new/${files[0]}"
ok "one base name in new and cur" found 1 "^INBOX: one base name on several files: .*${files[0]}"
cp "$box/new/${files[0]}" "$box/cur/${files[0]}:2,"
ok "... thrice is told once" found 1 "several files"
rm "$box/new/${files[0]}" "$box/cur/${files[0]}:2,"

mv "$box/cur/${files[0]}:2,FS" "$work/away"
ok "a message that a reader removed is no finding" agrees "2 folders, 2 files"
ok "... is shown as such" eval 'reindex 0 show "$box" && has "$work/out" "^ +1  .*${files[0]}.*\(no file\)\$"'

evil=$'\033[2J\377 "x'
printf 'x\n\n' > "$box/new/$evil"
ok "a message file without a UID" found 1 '^INBOX: a message file without a UID: "\\x1b\[2J\\xff \\x22x"$'
ok "... is shown without bytes that drive a terminal" plain_show
ok "... as JSON, from which its name can be told" eval 'reindex 1 check --json "$box" && json "[x.get(\"name\") for x in d[\"disagreements\"] if x[\"kind\"] == \"no-uid\"][0].encode(\"utf-8\", \"surrogateescape\") == b\"\\x1b[2J\\xff \\\"x\""'
rm "$box/new/$evil"
mv "$work/away" "$box/cur/${files[0]}:2,FS"

mkdir -p "$box/.Old/cur" "$box/.Old/new" "$box/.Old/tmp" "$box/.Old/tmp"
ok "a new folder without messages is fine" agrees "3 folders, 3 files"
: > "$box/.Old/cur/1.x:2,S"
ok "a folder with messages that the database does not have" found 1 "^Old: a folder with messages"
rm -r "$box/.Old"
mv "$box/.Lists.&ANw-ber" "$work/moved"
ok "nor is a folder that a reader deleted" agrees "1 folder, 2 files"
mv "$work/moved" "$box/.Lists.&ANw-ber"
ok "all is well again" agrees "2 folders, 3 files"

# ---- a directory that is none of ours ----

mkdir -p "$box/.a&AC8-b/cur"
ok "a folder whose name hides a slash is shown as it stands" eval 'reindex 0 show "$box" && has "$work/out" "^\.a&AC8-b "'
rm -r "$box/.a&AC8-b"

# ---- a database that cannot be used ----

broken()
{
	cp "$state/data.mdb" "$work/data.mdb"
	"$@"
	reindex 75 check "$box" && complains "UID database" && reindex 75 show "$box"
	local status=$?
	cp "$work/data.mdb" "$state/data.mdb"
	return $status
}

overwrite()
{
	printf 'no database %2000s' x > "$state/data.mdb"
}

cut_short()
{
	truncate -s 8192 "$state/data.mdb"
}

ok "something else in the database's place: 75" broken overwrite
ok "a database that was cut short: 75" broken cut_short
ok "it agrees again" agrees "2 folders, 3 files"

# ---- no trace ----

snapshot()
{
	find "$work/vhosts/a.test/x" -printf '%p %u %m %s %T@\n' | grep -v '/lock.mdb ' | sort
	sha256sum "$state/data.mdb"
}

no_trace()
{
	snapshot > "$work/before"
	reindex 0 show "$box" && reindex 0 check "$box" && snapshot > "$work/after" && cmp "$work/before" "$work/after"
}

no_foreign_files()
{
	[ -z "$(find "$work/vhosts/a.test/x" ! -user "${owner%:*}")" ]
}

without_lock_file()
{
	rm "$state/lock.mdb"
	reindex 0 check "$box" && no_foreign_files && deliver && no_foreign_files
}

ok "nothing is changed" no_trace
if is_root; then
	ok "root leaves no file of its own in a user's mailbox" without_lock_file
else
	skip "root leaves no file of its own in a user's mailbox" "needs root"
fi

# ---- a mailbox that lives ----

# Mail comes in, is read and flagged, while it is looked at.
live()
{
	local i f
	for ((i = 0; i < 150; i++)); do
		deliver
		for f in "$box"/new/*; do
			[ $((i % 5)) -ne 0 ] || mv "$f" "$box/cur/${f##*/}:2,S"
		done
	done > "$work/live" 2>&1
}

live_check()
{
	local checks=0 pid
	live &
	pid=$!
	while kill -0 "$pid" 2> /dev/null; do
		reindex 0 check "$box" || return 1
		reindex 0 show "$box" || return 1
		checks=$((checks + 1))
	done
	wait "$pid"
	[ ! -s "$work/live" ] || cat "$work/live"
	echo "$checks checks"
	[ "$checks" -gt 1 ] && reindex 0 check "$box"
}

ok "no false alarm while mail comes in and is read" live_check

done_testing
