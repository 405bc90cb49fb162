#!/bin/bash
# mda-apply with a real Dovecot: what IMAP clients see before and after mail is filed by the rules,
# and after it is put back. Flags, keywords and UIDs.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib-dovecot.sh"

needs_dovecot "mda-apply"
set_up_vhosts
conf=$work/etc/mda.conf
home=$work/vhosts/a.test/ann
maildir=$home/Maildir
printf 'imap_server = dovecot\nscripts_user = { "%%h/.mda/filter.sieve" }\n' >> "$conf"
printf '#!/bin/sh\ntouch "%s/sent"\n' "$work" > "$work/sendmail"
chmod 755 "$work/sendmail"
mkdir -p "$home/.mda"
chown -hR "$owner" "$home"
ok "Dovecot is started" start_dovecot "$maildir" < /dev/null

# deliver NUMBER SENDER SUBJECT
deliver()
{
	printf 'Received: from x by y; Mon, 2 Nov 2026 10:00:00 +0100\nFrom: <%s>\nTo: ann@a.test\nSubject: %s\nMessage-ID: <%s@b.test>\n\nbody %s\n' \
		"$2" "$3" "$1" "$1" > "$work/mail"
	attempt -c "$conf" -f "$2" -r ann@a.test < "$work/mail"
	is "$status" 0
}

fill()
{
	local i
	for i in 1 2 3 4; do
		deliver "$i" "list@lists.test" "list $i" || return 1
	done
	deliver 5 bob@b.test "plain 5" && deliver 6 shop@shop.test "offer 6" && deliver 7 x@y.test "redirect 7"
}
ok "mail is delivered without rules" fill

# apply ARGUMENT...: what it prints is in $work/out
apply()
{
	status=0
	"$bin/mda-apply" -c "$conf" -r ann@a.test "$@" > "$work/out" 2> "$work/err" || status=$?
	[ "$status" -eq 0 ] || cat "$work/err"
	return "$status"
}

# seen FOLDER: a line "UID FLAGS SUBJECT" for each message, as a client sees it
seen()
{
	imap "SELECT \"$1\"" 'UID FETCH 1:* (FLAGS BODY.PEEK[HEADER.FIELDS (SUBJECT)])' || return
	tr -d '\r' < "$work/out" | awk '/FETCH/ { match($0, /UID [0-9]+/); uid = substr($0, RSTART + 4, RLENGTH - 4)
		match($0, /FLAGS \([^)]*\)/); flags = substr($0, RSTART + 7, RLENGTH - 8); sub(/\\Recent/, "", flags); gsub(/  +/, " ", flags); gsub(/^ | $/, "", flags) }
		/^Subject:/ { sub(/^Subject: /, ""); print uid, "[" flags "]", $0 }'
}

# is_seen FOLDER LINE...
is_seen()
{
	is "$(seen "$1")" "$(printf '%s\n' "${@:2}")"
}

ok "a client flags mail and gives keywords" imap 'SELECT INBOX' 'STORE 1 FLAGS (\Seen \Flagged)' 'STORE 2 FLAGS (\Seen work)' 'STORE 3 FLAGS (work urgent)'
ok "and has a folder with other keywords" imap 'CREATE Lists' 'SUBSCRIBE Lists'
printf 'Subject: old\n\nx\n' | append Lists
ok "in it" imap 'SELECT Lists' 'STORE 1 FLAGS (other)'
ok "it sees the INBOX" is_seen INBOX '1 [\Flagged \Seen] list 1' '2 [\Seen work] list 2' '3 [work urgent] list 3' '4 [] list 4' \
	'5 [] plain 5' '6 [] offer 6' '7 [] redirect 7'

cat > "$home/.mda/filter.sieve" << 'END'
require ["fileinto", "imap4flags", "vacation"];
vacation "I am away";
if address :domain :is "from" "lists.test" { fileinto :flags "\\Answered" "Lists"; }
elsif header :contains "subject" "offer" { discard; }
elsif header :contains "subject" "redirect" { redirect "x@outside.test"; }
END
chown "$owner" "$home/.mda/filter.sieve"

tree()
{
	find "$home" -path "$home/.Maildir.mda" -prune -o -type f -printf '%P %i %T@\n' | grep -v '/dovecot' | sort
}
tree > "$work/before"
ok "a dry run" apply --dry-run
ok "has mda-try's table" has "$work/out" '^ *4  INBOX  ->  Lists$'
tree > "$work/after"
ok "and changes nothing" diff "$work/before" "$work/after"

ok "mail is filed" apply
ok "to its folder" has "$work/out" '^ *4  INBOX -> Lists$'
ok "what is discarded stays" has "$work/out" '^ *1  stay: the rules discard them'
ok "what is sent on stays" has "$work/out" '^ *1  stay: the rules only send them on \(--send does it\)$'
undo=$(sed -n 's/.* --undo //p' "$work/out")
back=$(sed -n 's/^to put all back: mda //p' "$work/out")
ok "nothing was sent" not test -e "$work/sent"
ok "the client sees the INBOX" is_seen INBOX '5 [] plain 5' '6 [] offer 6' '7 [] redirect 7'
ok "and the folder: new UIDs, the same flags and keywords, and those of the rule" is_seen Lists '1 [other] old' \
	'2 [\Answered \Flagged \Seen] list 1' '3 [\Answered \Seen work] list 2' '4 [\Answered work urgent] list 3' '5 [\Answered] list 4'

# uids FOLDER DIRECTORY: in the database and in Dovecot's file
same_uids()
{
	is "$("$bin/mda-reindex" show -c "$conf" -d ann@a.test --folder "$1" | awk '!/UIDVALIDITY|no file/ { sub(/.*\//, "", $2); sub(/:2,.*/, "", $2); sub(/"$/, "", $2); print $1, $2 }')" \
		"$(sed 1d "$maildir/$2/dovecot-uidlist" | awk '{ sub(/^:/, "", $NF); print $1, $NF }')"
}
ok "our UIDs are Dovecot's" same_uids Lists .Lists
ok "mda-reindex finds nothing" "$bin/mda-reindex" check -c "$conf" -d ann@a.test

ok "once more" apply
ok "nothing is left to do" has "$work/out" '^3 messages: 0 moved$'

ok "discarded mail goes to the Trash if asked" apply --discard
ok "it does" is_seen Trash '1 [] offer 6'
# shellcheck disable=SC2012
undo_trash=$(ls -t "$home/.Maildir.mda/"*.undo | head -n 1)
ok "and comes back" apply --undo "$undo_trash"
ok "the folder that is empty then is named" has "$work/out" '^  empty now, but not removed: Trash$'
ok "and stays" imap 'SELECT Trash'
ok "under a new UID" is_seen INBOX '5 [] plain 5' '7 [] redirect 7' '8 [] offer 6'

# ---- put back, after a person has changed something ----

ok "a person flags one, moves one and deletes one" imap 'SELECT Lists' 'UID STORE 3 +FLAGS (\Deleted)' 'EXPUNGE' 'CREATE Mine' \
	'UID COPY 4 Mine' 'UID STORE 4 +FLAGS (\Deleted)' 'EXPUNGE' 'UID STORE 2 +FLAGS (\Draft)'
put_back()
{
	bash -c "'$bin/mda' $back" > "$work/out"
}
ok "the command that was shown puts the rest back" put_back
ok "two messages" has "$work/out" '^4 messages: 2 put back$'
ok "what was changed since is told" is "$(grep -c 'moved or deleted since$' "$work/out"), $(grep -c 'flags were changed since, and are kept$' "$work/out")" '2, 1'
ok "the client sees them with the flags they had, or those of the person" is_seen INBOX '5 [] plain 5' '7 [] redirect 7' '8 [] offer 6' \
	'9 [\Answered \Flagged \Seen \Draft] list 1' '10 [] list 4'
ok "and what is not to be put back where it is" is_seen Mine '1 [\Answered work urgent] list 3'
ok "the folder has what it had" is_seen Lists '1 [other] old'
ok "so it is not named as empty" not has "$work/out" 'empty now'
ok "putting back again does nothing" apply --undo "$undo"
ok "at all" has "$work/out" ' 0 put back$'
ok "mda-reindex finds nothing again" "$bin/mda-reindex" check -c "$conf" -d ann@a.test
ok "Dovecot has not complained" not grep -aE 'Error|Panic|Warning|Corrupt' "$work/dovecot.log"

# ---- while mail comes ----

# Nothing is lost or doubled, and each message has a UID of its own.
meanwhile()
{
	local i all
	all=$(message_count "$maildir")
	for i in $(seq 100 129); do
		deliver "$i" bob@b.test "late $i" || exit 1
	done &
	for i in 1 2 3 4 5 6; do
		apply --script "$work/late.sieve" || return 1
	done
	wait $! || return 1
	apply --script "$work/late.sieve" || return 1
	is "$(message_count "$maildir") $(message_count "$maildir/.Late")" "$((all + 30)) 30" &&
		"$bin/mda-reindex" check -c "$conf" -d ann@a.test
}
printf 'require ["fileinto"];\nif header :contains "subject" "late" { fileinto "Late"; }\n' > "$work/late.sieve"
chmod 644 "$work/late.sieve"
ok "mail comes while it runs" meanwhile

# ---- a signal between two steps ----

# More than are moved at once.
fill_many()
{
	local i
	mkdir -p "$maildir/.Many/cur" "$maildir/.Many/new" "$maildir/.Many/tmp"
	for ((i = 1; i <= 450; i++)); do
		printf 'From: <many@b.test>\nSubject: many %s\n\nbody\n' "$i" > "$maildir/.Many/cur/17000$i.$i.host:2,S"
	done
	chown -R "$owner" "$maildir/.Many"
}

# interrupted SIGNAL ARGUMENT...: a signal comes while the third message is moved
interrupted()
{
	status=0
	under_strace -f -qq -o /dev/null -e trace=renameat2 -e "inject=renameat2:signal=$1:when=3" \
		"$bin/mda-apply" -c "$conf" -r ann@a.test "${@:2}" > "$work/out" 2> "$work/err" || status=$?
	[ "$status" -eq 75 ]
}
many()
{
	apply --folder Many --script "$work/many.sieve" "$@"
}
printf 'require ["fileinto"];\nif header :contains "subject" "many" { fileinto "Moved"; }\n' > "$work/many.sieve"
chmod 644 "$work/many.sieve"
if command -v strace > /dev/null; then
	fill_many
	ok "a signal" interrupted INT --folder Many --script "$work/many.sieve" --undo-file "$home/many.undo"
	ok "ends it after the step that is under way" has "$work/out" \
		'^450 messages: 200 moved; interrupted: the same command moves the rest$'
	ok "and the way back is shown" has "$work/out" '^to put all back: '
	ok "nothing is lost or doubled" is "$(message_count "$maildir/.Many") $(message_count "$maildir/.Moved")" "250 200"
	ok "the same command" many --undo-file "$home/many.undo"
	ok "moves the rest" has "$work/out" '^250 messages: 250 moved$'
	ok "a signal while all is put back" interrupted TERM --undo "$home/many.undo"
	ok "is told as well" has "$work/out" '^450 messages: 200 put back; interrupted: the same command puts back the rest$'
	ok "again" apply --undo "$home/many.undo"
	ok "all are where they were" is "$(message_count "$maildir/.Many") $(message_count "$maildir/.Moved")" "450 0"
	ok "the folder that is empty is named" has "$work/out" '^  empty now, but not removed: Moved$'
	ok "and the UIDs agree" "$bin/mda-reindex" check -c "$conf" -d ann@a.test
	rm -r "$maildir/.Many" "$maildir/.Moved"
else
	skip "a signal between two steps" "needs strace"
fi

# ---- mistakes ----

ok "a folder that is missing is an error" not apply --folder Nowhere
ok "another file is no file of ours" not apply --undo "$conf"
ok "that is said" has "$work/err" 'is not a file of mda-apply'
printf 'mda-apply 1\nmove - a .. b 0 0 .\n' > "$home/hostile"
ok "a file that leads out is refused" not apply --undo "$home/hostile"
ok "with its place" has "$work/err" 'hostile:2:1: this is not a line of mda-apply'
ok "a result as JSON" apply --json
ok "has a version" python3 -c "import json; r = json.load(open('$work/out')); assert (r['version'], r['moved'], r['moves']) == (1, 2, [{'from': 'INBOX', 'to': 'Lists', 'messages': 2}]), r"
undo=$(python3 -c "import json; print(json.load(open('$work/out'))['undo'])")
ok "so it is for what is put back" apply --json --undo "$undo"
ok "which names folders that are empty" python3 -c "import json; r = json.load(open('$work/out')); assert (r['done'], r['moved'], r['emptied']) == ('undo', 2, []), r"
ok "as it does when all was discarded" eval 'apply --discard && apply --json --undo "$(sed -n "s/.* --undo //p" "$work/out")"'
ok "the Trash" python3 -c "import json; r = json.load(open('$work/out')); assert r['emptied'] == ['Trash'], r"
done_testing
