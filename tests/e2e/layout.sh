#!/bin/bash
# A mailbox in Dovecot's LAYOUT=fs with the namespace prefix INBOX/: deliveries and every tool
# find the folders where a real Dovecot has them, and its IMAP clients see the UIDs that we have.
# shellcheck source-path=SCRIPTDIR disable=SC2154
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib-dovecot.sh"

needs_dovecot "layout fs"
set_up_vhosts
conf=$work/etc/mda.conf
home=$work/vhosts/a.test/ann
maildir=$home/Maildir
chmod 755 "$work"
cat >> "$conf" << 'END'
imap_server = dovecot
layout = fs
folder_prefix = "INBOX/"
antispam = spamd
antispam_servers = { "127.0.0.1:1" }
antispam_timeout = 1
special_use = { "Sent Mail/Sent", "Trash INBOX/Trash" }
quota = 100M
END
mkdir -p "$home"
chown -R "$owner" "$home"

start()
{
	dovecot_namespace INBOX/ / | start_dovecot '~/Maildir' fs
}

# deliver WORD FOLDER
deliver()
{
	simple_message "$1" | "$bin/mda" -c "$conf" -f x@b.test -d ann@a.test -m "$2" > "$work/said" 2>&1
}

is_in()
{
	messages "$maildir/$2" | grep -v "^$maildir/$2/[^/]*/[^/]*/" | xargs -r grep -la "^Subject: test $1\$" | grep -q . && return
	find "$maildir" -type f
	return 1
}

# tool NAME ARGUMENT...: what it prints is in $work/out
tool()
{
	local name=$1
	shift
	status=0
	"$bin/mda-$name" "$@" -c "$conf" > "$work/out" 2>&1 || status=$?
}

# The UIDVALIDITY and the UIDs of a folder as an IMAP client sees them.
seen_by_client()
{
	imap "SELECT \"$1\"" 'UID FETCH 1:* (BODY.PEEK[HEADER.FIELDS (SUBJECT)])' || return
	tr -d '\r' < "$work/out" | awk '/UIDVALIDITY/ { match($0, /UIDVALIDITY [0-9]+/); print substr($0, RSTART, RLENGTH) }
		/FETCH \(UID/ { match($0, /UID [0-9]+/); uid = substr($0, RSTART, RLENGTH) } /^Subject:/ { print uid, $3 }'
}

agree()
{
	local folder
	for folder; do
		seen_by_client "$folder" > "$work/client" && known_to_us "$folder" > "$work/ours" || { cat "$work/err" "$work/shown.json"; find "$maildir" -type f; cat "$maildir"/*/*/dovecot-uidlist; return 1; }
		[ "$(wc -l < "$work/client")" -gt 1 ] && diff "$work/client" "$work/ours" || return 1
	done
}

start
ok "Dovecot runs" listens_imap

ok "the INBOX" deliver one INBOX
ok "a folder below another that is none" deliver two INBOX/Lists/A.B/C
ok "is where Dovecot has it" is_in two Lists/A.B/C
ok "the levels between hold no messages" not test -e "$maildir/Lists/cur" -o -e "$maildir/Lists/A.B/cur"
ok "a client makes the folder between, and puts a message there" imap 'CREATE INBOX/Lists/Mine'
ok "... and another" append INBOX/Lists/Mine < <(simple_message three)
ok "a delivery goes there as well" deliver four INBOX/Lists/Mine
ok "a client's message and ours, in turn" append INBOX/Lists/A.B/C < <(simple_message five)
deliver six INBOX/Lists/A.B/C
ok "UIDs are the same for clients and us" agree INBOX INBOX/Lists/Mine INBOX/Lists/A.B/C
ok "a name in modified UTF-7" deliver seven 'INBOX/Entwürfe/x'
ok "... is where Dovecot has it" is_in seven 'Entw&APw-rfe/x'
imap 'LIST "" "*"'
ok "Dovecot lists it" has "$work/out" 'LIST .* "?INBOX/Entw&APw-rfe/x'

subscribed()
{
	imap 'LSUB "" "*"' && is "$(tr -d '\r"' < "$work/out" | sed -n 's/^\* LSUB .* \/ //p' | sort | tr '\n' ' ')" "$1"
}
ok "clients see the folders that we made as subscribed" subscribed 'INBOX/Entw&APw-rfe/x INBOX/Lists/A.B/C '
imap 'UNSUBSCRIBE INBOX/Lists/A.B/C' 'SUBSCRIBE INBOX/Lists/Mine'
deliver ten INBOX/Lists/A.B/C
ok "a folder that a person has taken from the list stays so" subscribed 'INBOX/Entw&APw-rfe/x INBOX/Lists/Mine '
deliver eleven INBOX/News
ok "one more, beside Dovecot's own" subscribed 'INBOX/Entw&APw-rfe/x INBOX/Lists/Mine INBOX/News '

tool reindex check -d ann@a.test
ok "mda-reindex check" says 0
"$bin/mda-reindex" check --layout=fs --imap-server=dovecot "$maildir" > "$work/out" 2>&1
status=$?
ok "mda-reindex check of the Maildir alone" says 0
tool reindex show -d ann@a.test
ok "mda-reindex show names all of them" says 0 '^INBOX ' '^INBOX/Lists/A.B/C ' '^INBOX/Lists/Mine ' '^INBOX/Entwürfe/x '
tool reindex check --all
ok "mda-reindex --all" says 0
# settle: with the server stopped, as it keeps in its indexes what changes
settle()
{
	stop_dovecot && "$@"
	settled=$?
	start && return $settled
}

lose_all()
{
	find "$maildir" -name 'dovecot*' -delete && rm -rf "$home/.Maildir.mda" && tool reindex repair -d ann@a.test
}
settle lose_all
ok "all files of UIDs are lost but the text copies: repair" says 0
ok "the same UIDs as before" agree INBOX INBOX/Lists/Mine INBOX/Lists/A.B/C
settle tool reindex renumber --force --yes --order=arrival -d ann@a.test
ok "renumber" says 0 'INBOX/Lists/Mine'
ok "clients see the new ones" agree INBOX INBOX/Lists/Mine INBOX/Lists/A.B/C
tool reindex export -d ann@a.test
ok "export" says 0 '^folder INBOX/Lists/A.B/C '
grep -v '^mda-reindex' "$work/out" > "$work/exported"
tool reindex import -d ann@a.test "$work/exported"
ok "import" says 0

imap 'CREATE INBOX/Mail/Sent' 'CREATE INBOX/Junk' 'CREATE INBOX/Trash'
imap $'APPEND INBOX/Mail/Sent {37+}\r\nTo: Nat <nat@x.test>\r\nSubject: a\r\n\r\nb'
tool contacts learn -d ann@a.test
ok "mda-contacts learn reads the folder that special_use names" says 0 '^1 sent messages'
imap 'SELECT INBOX' 'UID MOVE 1 INBOX/Junk'
imap 'SELECT INBOX/Lists/Mine' 'UID MOVE 1 INBOX/Trash'
tool learn scan --dry-run -d ann@a.test
ok "mda-learn scan: Junk is INBOX/Junk" says 0 'INBOX/Junk [0-9]+: would be spam' '^1 messages as spam, 0 as ham'

counted()
{
	rm -f "$maildir/maildirsize"
	deliver eight INBOX/Lists/A.B/C || return
	local expected
	expected=$(find "$maildir" \( -path '*/new/*' -o -path '*/cur/*' \) -type f ! -path '*/Trash/*' | wc -l)
	is "$(awk 'NR > 1 { n += $2 } END { print n }' "$maildir/maildirsize")" "$expected"
}
ok "the quota counts nested folders, and not the Trash" counted

complaints()
{
	grep -aE 'Error|Panic|Fatal|Corrupt' "$work/dovecot.log"
}
ok "Dovecot does not complain" not complaints
done_testing
