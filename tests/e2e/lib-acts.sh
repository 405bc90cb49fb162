# A mailbox in which users act by moving or flagging messages: its mail, and what a client sees. Source
# it after lib.sh, and after lib-dovecot.sh where a client is used.
# shellcheck shell=bash disable=SC2034,SC2154

# set_up_ann < SETTINGS: the mailbox of ann@a.test; sets $conf, $home and $maildir
set_up_ann()
{
	set_up_vhosts
	conf=$work/etc/mda.conf
	home=$work/vhosts/a.test/ann
	maildir=$home/Maildir
	mkdir -p "$home/.mda"
	chown -hR "$owner" "$home"
	{ echo 'authserv_id = { "mx.a.test" }' && cat; } >> "$conf"
}

# ---- mail ----

spam='X-Spam-Flag: YES'

# message FROM [FIELD]...: with what our MTA found out about the author, $auth
auth='dmarc=pass'
message()
{
	printf '%s\n' ${auth:+"Authentication-Results: mx.a.test; $auth"} "Received: from outside by mx.a.test; $RANDOM$RANDOM" "${@:2}" \
		"From: $1" "To: ann@a.test" "Subject: about $RANDOM" "Message-ID: <$RANDOM$RANDOM@b.test>" "" "A line."
}

# delivered FROM [FIELD]...: the next delivery, to $to; by $by_conf if it is set, instead of $conf
sender=x@b.test to=ann@a.test by_conf=
delivered()
{
	message "$@" > "$work/mail"
	attempt -c "${by_conf:-$conf}" -f "$sender" -r "$to" < "$work/mail"
	is "$status" 0
}

# arrives FOLDER FROM [FIELD]...: it goes there
arrives()
{
	local before
	before=$(stat -c %s "$work/log")
	delivered "${@:2}" &&
		is "$(tail -c "+$((before + 1))" "$work/log" | grep -a ' folder=' | tail -n 1 | grep -oE ' folder=("[^"]*"|[^ ]*)')" " folder=$1"
}

# ---- what a client sees ----

# holds FOLDER COUNT: so many messages
holds()
{
	imap "STATUS \"$1\" (MESSAGES)" && has "$work/out" "MESSAGES $2\)"
}

# emptied FOLDER...: it removes all messages
emptied()
{
	local folder
	for folder; do imap "SELECT \"$folder\"" 'STORE 1:* +FLAGS (\Deleted)' EXPUNGE > /dev/null; done
}

uids_agree()
{
	"$bin/mda-reindex" check -c "$conf" -d ann@a.test > "$work/checked" 2>&1 || { cat "$work/checked"; return 1; }
}
