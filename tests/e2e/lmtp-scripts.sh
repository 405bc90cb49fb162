#!/bin/bash
# mda-lmtpd with the mailboxes' own account compiles the admin's scripts before messages come. A script that is changed
# counts at once all the same.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
. tests/e2e/lib-lmtp.sh

maildir=$work/vhosts/a.test/ann/Maildir
set_up_lmtp
mkdir -p "$work/etc/before" "$work/etc/global"
cat >> "$conf" << END
scripts_before = { "$work/etc/before" }
scripts_after = { "$work/etc/after.sieve" }
scripts_global = { "$work/etc/global" }
END
chown "$owner" "$work/run"

# start_as_owner [OPTION...]: as the account of the mailboxes, who is not root
start_as_owner()
{
	local -a as=()
	! is_root || as=(setpriv --reuid="${owner%:*}" --regid="${owner#*:}" --clear-groups)
	"${as[@]}" "$bin/mda-lmtpd" -c "$conf" "$@" > "$work/server.out" 2>&1 &
	lmtp_pid=$!
	wait_for "$patience" lmtp_answers
}

# script FILE FOLDER: files what has this name in its subject, and nothing else
script()
{
	printf 'require ["fileinto", "mailbox"];\nif header :contains "subject" "test" { fileinto :create "%s"; }\n' "$2" > "$work/etc/$1"
}

# filed FOLDER: a new message is filed there, and nowhere else
sent=0
filed()
{
	local before all
	before=$(message_count "$maildir${1:+/.$1}") all=$(message_count "$maildir")
	sent=$((sent + 1))
	simple_message "$sent" > "$work/$sent.eml"
	is "$(lmtp_send "$work/$sent.eml" "" ann@a.test)" "250 2.0.0 delivered" &&
		is "$(message_count "$maildir${1:+/.$1}")" $((before + 1)) && is "$(message_count "$maildir")" $((all + 1))
}

script before/one.sieve A
script after.sieve B
on_exit stop_lmtp
ok "the server starts" start_as_owner
ok "the script before the user's counts" filed A
ok "and again" filed A
script before/one.sieve C
ok "it is changed" filed C
script before/one.sieve A
ok "and changed back" filed A
script before/0.sieve D
ok "another one comes before it" filed D
rm "$work/etc/before/"*.sieve
ok "both are removed, and the one after counts" filed B
echo 'fileinto "A";' > "$work/etc/before/one.sieve"
ok "an error: the message is kept" filed ""
ok "which the log tells" has "$work/log" 'one\.sieve:1:1: .*fileinto.* needs require'
printf 'require "include";\ninclude :global "more";\n' > "$work/etc/before/one.sieve"
script global/more.sieve E
stop_lmtp
ok "a server that begins with a script that includes another" start_as_owner
ok "the other counts" filed E
script global/more.sieve F
ok "and when it is changed" filed F
rm "$work/etc/before/one.sieve" "$work/etc/after.sieve"
stop_lmtp
cat >> "$conf" << 'END'
domain "a.test" {
	scripts_before = ""
}
END
script before/one.sieve G
ok "a server with settings for the domain" start_as_owner
ok "which count, and not what was compiled for all" filed ""
done_testing
