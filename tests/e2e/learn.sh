#!/bin/bash
# mda-learn with a real spamd and a real rspamd: single messages, and messages that were moved
# into and out of Junk.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib-antispam.sh"
. "$(dirname "$0")/lib-dovecot.sh"

if ! has_servers; then
	skip "mda-learn" "needs the packages spamassassin, spamd and rspamd"
	done_testing
	exit
fi

set_up_vhosts
conf=$work/etc/mda.conf
home=$work/vhosts/a.test/ann
mkdir -p "$home/.mda"
chown -hR "$owner" "$home"
maildir=$home/Maildir
gtube='XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X'

# deliver WORD [TEXT]: a message with that word as its mark
deliver()
{
	printf 'From: Bob <bob@b.test>\nTo: ann@a.test\nSubject: %s\nMessage-ID: <%s@b.test>\nDate: %s\n\nThis is about %s.\nSee you all there, and bring some %s.\n%s\n' \
		"$1" "$1.$RANDOM$RANDOM" "$(date -R)" "$1" "$1" "${2:-}" > "$work/mail"
	attempt -c "$conf" -f bob@b.test -r ann@a.test < "$work/mail"
}

# put WORD FOLDER: as a client or a server without UIDs of ours moves it, under another name
put()
{
	local file
	file=$(messages "$maildir" | xargs grep -la "^Subject: $1\$")
	mv "$file" "$maildir/$2/cur/$(basename "$file"):2,S"
}

# move WORD FOLDER: and UIDs are given, without which a dry run sees nothing
move()
{
	put "$@" && "$bin/mda-reindex" repair "$maildir" > "$work/repaired" 2>&1
}

# learn ARGUMENT...: what it prints is in $work/out
learn()
{
	status=0
	"$bin/mda-learn" "$@" -c "$conf" -d ann@a.test > "$work/out" 2>&1 || status=$?
}

as_nobody()
{
	if is_root; then
		setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
	else
		"$@"
	fi
}

for server in spamd rspamd; do
	ok "$server starts" "start_$server"
	on_exit "stop_$server"
	port=${server}_port log=$work/sa/log told="Tell: Setting local"
	[ $server = spamd ] || { log=$work/rs/log told='learned message as'; }
	base_conf > "$conf"
	printf '%s\n' "antispam = $server" "antispam_servers = { \"127.0.0.1:${!port}\" }" >> "$conf"
	[ $server = spamd ] || printf '%s\n' "learn_servers = { \"127.0.0.1:$controller_port\" }" 'learn_password = "secret"' >> "$conf"
	rm -rf "$home"/Maildir "$home"/.Maildir.mda
	for word in apple banana cherry; do
		deliver $word
	done
	deliver grape "$gtube"
	deliver lemon "$gtube"
	deliver melon "$gtube"
	ok "$server: delivered" is "$(message_count "$maildir/new") $(message_count "$maildir/.Junk")" "3 3"

	learn spam "$work/mail"
	ok "$server: one message as spam" says 0 'mail: is learned as spam, from bob@b.test'
	ok "$server: the server says so" has "$log" "$told"
	learn spam "$work/mail"
	ok "$server: once more is fine" says 0 'is learned as spam'
	learn ham --suggest < <(sed 's/lemon\|melon/pear/' "$work/mail" | grep -v GTUBE)
	ok "$server: one from standard input as ham" says 0 'standard input: is learned as ham' "^  mda-lists add -d ann@a.test allow bob@b.test"
	learn spam /nowhere
	ok "$server: no such file" says 75 'cannot open /nowhere'

	learn scan
	ok "$server: scan: nothing was moved" says 0 '^0 messages as spam, 0 as ham$'
	deliver fig
	mkdir -p "$maildir"/.Trash/{cur,new,tmp} && chown -hR "$owner" "$maildir/.Trash"
	move apple .Junk && move grape . && move melon .Trash
	learn scan --dry-run
	ok "$server: scan: a dry run tells" says 0 'Junk [0-9]+: would be spam, from bob@b.test' 'INBOX [0-9]+: would be ham' '^1 messages as spam, 1 as ham$'
	: > "$log"
	learn scan
	ok "$server: scan: into Junk is spam, out of it ham, to the Trash neither" says 0 'Junk [0-9]+: is learned as spam' 'INBOX [0-9]+: is learned as ham' '^1 messages as spam, 1 as ham$'
	ok "$server: scan: the server says so" is "$(grep -c "$told" "$log")" 2
	learn scan
	ok "$server: scan: each only once" says 0 '^0 messages as spam, 0 as ham$'
	put banana .Junk
	cp "$conf" "$work/good.conf"
	sed -i 's/127.0.0.1:[0-9]*/127.0.0.1:1/' "$conf"
	learn scan
	ok "$server: scan: the server is away" says 75 '127.0.0.1:1'
	cp "$work/good.conf" "$conf"
	learn scan --json
	ok "$server: scan: and goes on where it ended" says 0 '"mailbox":"ann@a.test","message":"Junk [0-9]+","as":"spam","from":"bob@b.test"'
	move cherry .Junk
	status=0
	"$bin/mda-learn" scan --all -c "$conf" > "$work/out" 2>&1 || status=$?
	ok "$server: scan: every mailbox" says 0 'ann@a.test: Junk [0-9]+: is learned as spam'
done

# Dovecot's own compiler reads the examples; it refuses to run as root.
if command -v sievec > /dev/null; then
	mkdir "$work/imap" && cp examples/dovecot/*.sieve "$work/imap/" && chmod -R a+rwX "$work/imap"
	{
		dovecot_settings "$work/imap/mail"
		settings=examples/dovecot/90-mda-learn.conf
		is_dovecot_2_3 || settings=examples/dovecot/90-mda-learn-2.4.conf
		cat $settings
	} > "$work/imap/dovecot.conf"
	for name in spam ham; do
		ok "examples/dovecot/learn-$name.sieve compiles" as_nobody \
			env HOME="$work/imap" sievec -c "$work/imap/dovecot.conf" "$work/imap/learn-$name.sieve"
	done
else
	skip "examples/dovecot/learn-*.sieve" "needs the package dovecot-sieve"
fi

# ---- at once, by a real Dovecot with the example's settings ----

set_up_imapsieve()
{
	mkdir -p "$work"/imapsieve/{sieve,learn} && ln -s "$bin/mda-learn" "$work/imapsieve/learn/" || return
	for name in spam ham; do
		sed "s|, \"-d\"|, \"-c\", \"$conf\", \"-d\"|" "examples/dovecot/learn-$name.sieve" > "$work/imapsieve/sieve/learn-$name.sieve"
	done
	chmod -R a+rwX "$work/imapsieve"
	sed "s|/etc/dovecot|$work/imapsieve|g" $settings | start_dovecot
}

# learned WHAT WORD: rspamd has learned the message
learned()
{
	wait_for "$patience" grep -aq "learned message as $1: $2\." "$work/rs/log"
}

if is_root && command -v dovecot > /dev/null && [ -e /usr/lib/dovecot/modules/lib95_imap_sieve_plugin.so ]; then
	rm -rf "$home"/Maildir "$home"/.Maildir.mda
	echo 'imap_server = dovecot' >> "$conf"
	deliver walnut
	deliver almond "$gtube"
	ok "Dovecot starts with the settings of examples/dovecot" set_up_imapsieve
	ok "imapsieve: a message is moved into Junk" imap 'SELECT INBOX' 'UID MOVE 1 Junk'
	ok "imapsieve: it is learned as spam" learned spam walnut
	ok "imapsieve: another one is moved out" imap 'SELECT Junk' 'UID MOVE 1 INBOX'
	ok "imapsieve: it is learned as ham" learned ham almond
	: > "$work/rs/log"
	deliver hazel "$gtube"
	ok "imapsieve: one is thrown away" imap 'CREATE Trash' 'SELECT Junk' 'UID MOVE 3 Trash'
	learn scan --dry-run
	ok "scan with Dovecot's UIDs sees both, not the one in the Trash" says 0 'Junk [0-9]+: would be spam' 'INBOX [0-9]+: would be ham' '^1 messages as spam, 1 as ham$'
	ok "imapsieve: that is no opinion" not grep -aq 'learned message as .*: hazel' "$work/rs/log"
else
	skip "imapsieve" "needs root and the packages dovecot-imapd and dovecot-sieve"
fi

base_conf > "$conf"
learn spam "$work/mail"
ok "nobody to teach" says 75 'neither spamd nor rspamd'
learn nothing
ok "no such command" says 75 'there is no command nothing'
done_testing
