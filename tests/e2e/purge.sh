#!/bin/bash
# mda-purge with a real Dovecot, whose client is connected while messages are removed: what it sees
# then, and that no UID is given again. Flagged messages, the INBOX, the quota, and retention.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib-dovecot.sh"

needs_dovecot "mda-purge" python3
set_up_vhosts
conf=$work/etc/mda.conf
home=$work/vhosts/a.test/ann
maildir=$home/Maildir
printf 'imap_server = dovecot\nquota = "1M"\n' >> "$conf"
mkdir -p "$home" "$work/vhosts/a.test/bob"
chown -hR "$owner" "$home" "$work/vhosts/a.test/bob"
ok "Dovecot is started" start_dovecot "$maildir" < /dev/null

# purge ARGUMENT...: what it prints is in $work/out
purge()
{
	status=0
	"$bin/mda-purge" -c "$conf" -d ann@a.test "$@" > "$work/out" 2> "$work/err" || status=$?
	[ "$status" -eq 0 ] || cat "$work/err"
	return "$status"
}

# fails TEXT ARGUMENT...: it ends with 75, says this, and removes nothing
fails()
{
	local before
	before=$(message_count "$maildir")
	purge "${@:2}" && echo "it did not fail" && return 1
	is "$status" 75 && has "$work/err" "$1" && is "$(message_count "$maildir")" "$before"
}

# deliver FOLDER WORD...
deliver()
{
	local word
	for word in "${@:2}"; do
		simple_message "$word" > "$work/mail"
		attempt -c "$conf" -f ann@outside.test -r ann@a.test -m "$1" < "$work/mail"
		is "$status" 0 || return
	done
}

# seen FOLDER: a line "UID SUBJECT" for each message, as a client sees it
seen()
{
	imap "SELECT \"$1\"" 'UID FETCH 1:* (BODY.PEEK[HEADER.FIELDS (SUBJECT)])' || return
	tr -d '\r' < "$work/out" | awk '/FETCH/ { match($0, /UID [0-9]+/); uid = substr($0, RSTART + 4, RLENGTH - 4) }
		/^Subject:/ { sub(/^Subject: test /, ""); print uid, $0 }'
}

is_seen()
{
	is "$(seen "$1")" "$(printf '%s\n' "${@:2}")"
}

# counted: what maildirsize says, in messages and bytes
counted()
{
	awk 'NR > 1 { b += $1; n += $2 } END { print n, b }' "$maildir/maildirsize"
}

# is_counted: as many as there are outside of the Trash
is_counted()
{
	is "$(counted)" "$(find "$maildir" -path "$maildir/.Trash" -prune -o \( -path '*/new/*' -o -path '*/cur/*' \) -type f -printf '%s\n' | awk '{ n++; b += $1 } END { print n + 0, b + 0 }')"
}

tree()
{
	find "$home" -path "$home/.Maildir.mda" -prune -o -type f -printf '%P %i %T@\n' | grep -v '/dovecot' | sort
}

ok "mail is delivered" deliver Junk a b c d e
ok "and to the INBOX" deliver INBOX x y
ok "a client flags and reads it" imap 'SELECT Junk' 'STORE 2 FLAGS (\Flagged \Seen)' 'STORE 3 FLAGS (\Seen)' 'STORE 4 FLAGS (\Deleted)'

# ---- what must be said ----

ok "no folder" fails 'no folder is given' --everything
ok "no rule" fails 'not said which messages' -F Junk
ok "the INBOX by its name" fails 'only with --inbox' -F INBOX --everything
ok "in any letter case" fails 'only with --inbox' -F inbox --everything
ok "or without a name" fails 'only with --inbox' -F '' --everything
ok "everything, and old" fails 'no other rule' -F Junk --everything --older 1d
ok "retention, and a folder" fails 'takes folders and times from the configuration' --retention -F Junk
ok "a folder that is not there" fails 'No such file' -F None --everything
ok "a folder outside" fails '.' -F ../../bob --everything
ok "a time that is none" fails 'takes a time' -F Junk --older soon
ok "a size that is none" fails 'takes a size' -F Junk --larger much

tree > "$work/before"
ok "a dry run" purge -F Junk --everything --dry-run
ok "says what would go" has "$work/out" '^4 messages, [0-9]* bytes would be purged; 1 that are flagged are kept$'
tree > "$work/after"
ok "and changes nothing" diff "$work/before" "$work/after"
ok "nothing is old" purge -F Junk --older 90d
ok "so nothing goes" has "$work/out" '^0 messages, 0 bytes purged$'

# ---- while a client is connected ----

exec {live}<> "/dev/tcp/127.0.0.1/$imap_port"
read -r line <&"$live"
# live COMMAND: in the session that stays; its answer is in $work/live
number=0
live()
{
	number=$((number + 1))
	printf 'l%d %s\r\n' "$number" "$1" >&"$live"
	: > "$work/live"
	while IFS= read -r -t 60 line <&"$live"; do
		printf '%s\n' "${line%$'\r'}" >> "$work/live"
		case $line in "l$number OK"*) return ;; "l$number "*) return 1 ;; esac
	done
	return 1
}
ok "a client logs in" live "LOGIN $imap_user secret"
ok "and selects the folder" live 'SELECT Junk'
ok "which has five messages" has "$work/live" '^\* 5 EXISTS'
ok "messages that were read go" purge -F Junk --seen
ok "but for the flagged one" has "$work/out" '^1 messages, [0-9]* bytes purged; 1 that are flagged are kept$'
ok "those that are deleted go" purge -F Junk --deleted
ok "one" has "$work/out" '^1 messages, '
sees_expunged()
{
	live NOOP && cat "$work/live" >> "$work/noops" && is "$(grep -c '^\* [0-9]* EXPUNGE' "$work/noops")" 2
}
ok "the client is told that two are gone" wait_for "$patience" sees_expunged
ok "and sees those that stay" live 'UID FETCH 1:* (FLAGS)'
ok "under their UIDs" is "$(grep -oE 'UID [0-9]+' "$work/live" | tr '\n' ' ')" "UID 1 UID 2 UID 5 "
ok "another client sees the same" is_seen Junk '1 a' '2 b' '5 e'
ok "the quota is counted" is_counted
ok "the newest one goes, too" purge -F Junk --everything --flagged
ok "all are gone" is_seen Junk ''
ok "new mail comes" deliver Junk f
ok "under a UID that was never given" is_seen Junk '6 f'
sees_new()
{
	live NOOP && live 'UID FETCH 1:* (FLAGS)' && has "$work/live" 'UID 6' && is "$(grep -c FETCH "$work/live")" 1
}
ok "the client that stayed sees it alone" wait_for "$patience" sees_new
exec {live}>&-
ok "the quota is counted again" is_counted
ok "mda-reindex finds nothing" "$bin/mda-reindex" check -c "$conf" -d ann@a.test

# ---- sizes, ages, the INBOX ----

ok "the INBOX if it is said" purge --inbox --larger 1M
ok "nothing is so large" has "$work/out" '^ *0  INBOX, of 2$'
ok "and smaller" purge --inbox --larger 10
ok "it is empty" is_seen INBOX ''
ok "more comes" deliver INBOX old new
touch -d '100 days ago' "$(grep -l 'test old' "$maildir"/new/* "$maildir"/cur/* 2> /dev/null)"
ok "what arrived long ago" purge --inbox --older 90d
ok "goes" is_seen INBOX '4 new'
ok "but it came into the folder now" purge --inbox --unchanged 1h
ok "so it stays" is_seen INBOX '4 new'

# ---- retention ----

ok "mail in the Trash and below" deliver Trash t1 t2
ok "it is" deliver Trash/sub t3
ok "and elsewhere" deliver Keep k1
ok "without the key, nothing is done" purge --retention
ok "nothing" has "$work/out" '^0 messages, 0 bytes purged$'
before=$(message_count "$maildir")
printf 'retention = { "Junk 14d", "Trash 0d", "Trash/* 0d", "None 1d" }\n' >> "$conf"
ok "the dry run of all mailboxes" "$bin/mda-purge" -c "$conf" --retention --all --dry-run
ok "removes nothing" is "$(message_count "$maildir")" "$before"
ok "a client flags one" imap 'SELECT Trash' 'STORE 1 FLAGS (\Flagged)'
"$bin/mda-purge" -c "$conf" --retention --all > "$work/out" 2> "$work/err"
ok "all mailboxes" is "$? $(cat "$work/out" "$work/err")" "0 "
ok "the Trash has the flagged one" is_seen Trash '1 t1'
ok "what is below is gone" is_seen Trash.sub ''
ok "the others stay" is "$(seen Junk) $(seen Keep)" "6 f 1 k1"
ok "the Trash was not counted" is_counted
ok "JSON" purge --retention --json
json()
{
	python3 -c 'import json, sys; r = json.load(sys.stdin); print(r["version"], r["mailbox"], r["purged"], r["kept_flagged"], [f["folder"] for f in r["folders"]])' < "$work/out"
}
ok "has the folders" is "$(json)" "1 ann@a.test 0 1 ['Junk', 'Trash', 'Trash/sub']"
printf 'retention = { "Junk forever" }\n' > "$work/etc/wrong.conf"
ok "an entry that is none" not "$bin/mda-config" check -c "$work/etc/wrong.conf"
# A link in a home leads nowhere.
mkdir -p "$work/foreign/new" "$work/foreign/cur" && : > "$work/foreign/cur/1.x:2,S" && chmod -R 777 "$work/foreign"
ln -s "$work/foreign" "$maildir/.Link"
ok "a folder that is a link" fails '.' -F Link --everything
ok "keeps its files" test -e "$work/foreign/cur/1.x:2,S"
done_testing
