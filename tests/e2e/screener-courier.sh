#!/bin/bash
# The screener beside a real Courier, which has no MOVE and other names of folders; by mda and by mda-lmtpd.
# shellcheck source-path=SCRIPTDIR disable=SC2154
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib-courier.sh"
. "$(dirname "$0")/lib-lmtp.sh"

needs_courier "the screener beside Courier"
set_up_courier
mkdir -p "$work/run"
lmtp_port=$(free_port)
lmtp_conf > "$conf"
cat >> "$conf" << 'END'
imap_server = courier
authserv_id = { "mx.a.test" }
screener = yes
END
on_exit stop_lmtp

by_mda()
{
	"$bin/mda" -c "$conf" -f x@new.test -r ann@a.test < "$work/mail"
}
by_lmtp()
{
	is "$(lmtp_send "$work/mail" x@new.test ann@a.test)" '250 2.0.0 delivered'
}

# arrives FOLDER NAME: a message of NAME@new.test, which our MTA has found genuine, goes there
arrives()
{
	printf '%s\n' "Authentication-Results: mx.a.test; dmarc=pass" "Received: from outside by mx.a.test; $RANDOM$RANDOM" "From: $2@new.test" \
		"To: ann@a.test" "Subject: $2" "Message-ID: <$RANDOM$RANDOM@new.test>" "" "A line." > "$work/mail"
	$by && is "$(grep -a ' folder=' "$work/log" | tail -n 1 | grep -oE ' folder=[^ ]*')" " folder=$1"
}

# moved FROM TO: what a client of a server without MOVE does
moved()
{
	imap "SELECT $1" "COPY 1:* $2" 'STORE 1:* +FLAGS (\Deleted)' EXPUNGE
}

# holds FOLDER COUNT: so many messages, as a client sees it
holds()
{
	imap "STATUS $1 (MESSAGES)" && has "$work/answers" "MESSAGES $2\)"
}

uids_agree()
{
	"$bin/mda-reindex" check -c "$conf" -d ann@a.test > "$work/checked" 2>&1 || { cat "$work/checked"; return 1; }
}

screens()
{
	ok "$by: a new sender waits" arrives INBOX.Screener "$1"
	ok "$by: Courier shows it" holds INBOX.Screener 1
	ok "$by: a client flags it, and moves it to the INBOX" eval 'imap "SELECT INBOX.Screener" "STORE 1 +FLAGS (\\Seen later)" && moved INBOX.Screener INBOX'
	ok "$by: its sender is approved" arrives INBOX "$1"
	ok "$by: others are not" arrives INBOX.Screener "x$1"
	ok "$by: moved to Junk" moved INBOX.Screener INBOX.Junk
	ok "$by: blocks" arrives INBOX.Junk "x$1"
	ok "$by: moved to the Trash" eval 'arrives INBOX.Screener "y$1" && moved INBOX.Screener INBOX.Trash'
	ok "$by: decides nothing" arrives INBOX.Screener "y$1"
	ok "$by: only marked as deleted, and copied to a folder" imap 'SELECT INBOX.Screener' 'COPY 1 INBOX.Work' 'STORE 1 +FLAGS (\Deleted)'
	ok "$by: approves" arrives INBOX "y$1"
	ok "$by: moved back" moved INBOX INBOX.Screener
	ok "$by: takes that back" arrives INBOX.Screener "y$1"
	imap 'SELECT INBOX.Screener' 'STORE 1:* +FLAGS (\Deleted)' EXPUNGE > "$work/emptied"
	ok "$by: the UIDs agree" uids_agree
}

by=by_mda
arrives INBOX.Screener first > "$work/first"
ok "a client makes folders" imap 'CREATE INBOX.Junk' 'CREATE INBOX.Trash' 'CREATE INBOX.Work' 'SELECT INBOX.Screener' 'STORE 1 +FLAGS (\Deleted)' EXPUNGE
screens ann
ok "the server starts" start_lmtp
by=by_lmtp
screens lee
done_testing
