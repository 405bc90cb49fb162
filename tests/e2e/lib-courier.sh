# A real Courier (package courier-imap, which tests/deps unpacks) and the mailbox of ann@a.test, which it reads.
# Source lib.sh first.
# shellcheck shell=bash disable=SC2034,SC2154

courier=$PWD/build/beside/courier-imap

# needs_courier WHAT
needs_courier()
{
	is_root && [ -x "$courier/usr/bin/imapd" ] && return
	skip "$1" "needs root and the package courier-imap, which tests/deps unpacks"
	done_testing
	exit
}

set_up_courier()
{
	set_up_vhosts
	conf=$work/etc/mda.conf
	home=$work/vhosts/a.test/ann
	maildir=$home/Maildir
	chmod 755 "$work"
	echo 'imap_server = courier' >> "$conf"
	mkdir -p "$home"
	chown -R "$owner" "$home"
	cp -r "$courier" "$work/courier"
	chmod -R a+rX "$work/courier"
	libraries=$(find "$work/courier" -name '*.so.*' -printf '%h\n' | sort -u | paste -sd :)
}

# imap COMMAND...: one session, as Courier's imapd answers a program that starts it. What it says is in $work/out.
imap()
{
	local command n=0
	for command; do
		n=$((n + 1))
		printf 't%d %s\r\n' "$n" "$command"
	done > "$work/in"
	printf 'end LOGOUT\r\n' >> "$work/in"
	(cd / && setpriv --reuid="${owner%:*}" --regid="${owner#*:}" --clear-groups env -i PATH="$PATH" HOME="$home" \
		LD_LIBRARY_PATH="$libraries" IMAP_CAPABILITY='IMAP4rev1 UIDPLUS NAMESPACE' IMAP_KEYWORDS=1 IMAP_EMPTYTRASH= IMAP_USELOCKS=0 IMAP_ENHANCEDIDLE=0 \
		timeout "$patience" "$work/courier/usr/bin/imapd" "$maildir") < "$work/in" > "$work/out" 2> "$work/imapd.err"
	tr -d '\r' < "$work/out" > "$work/answers"
	for ((command = 1; command <= n; command++)); do
		has "$work/answers" "^t$command OK" || { cat "$work/in" "$work/imapd.err"; return 1; }
	done
}
