#!/bin/bash
# attachments_refuse in deliveries: the folder, the header field and the log. No allow entry
# overrides it.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

set_up_vhosts
conf=$work/etc/mda.conf
home=$work/vhosts/a.test/ann
mkdir -p "$home/.mda"
echo 'friend@b.test' > "$home/.mda/allow"
chown -hR "$owner" "$home"

# mail TYPE NAME: a message with these bytes of standard input attached
mail()
{
	printf 'From: friend@b.test\nTo: ann@a.test\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n'
	printf -- '--b\nContent-Type: text/plain\n\nLook at this!\n'
	printf -- '--b\nContent-Type: %s\nContent-Disposition: attachment; filename=%s\nContent-Transfer-Encoding: base64\n\n' "$1" "$2"
	base64
	printf -- '--b--\n'
}

# The head of one.
program()
{
	base64 -d <<-'END'
		TVqQAAMAAAAEAAAA//8AALgAAAAAAAAAQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA
		AAAAgAAAAA4fug4AtAnNIbgBTM0hVGhpcyBwcm9ncmFtIGNhbm5vdCBiZSBydW4gaW4gRE9TIG1v
		ZGUuDQ0KJAAAAAAAAABQRQAATAEDAA==
	END
}

# deliver KEY=VALUE...
deliver()
{
	base_conf > "$conf"
	printf '%s\n' "$@" >> "$conf"
	rm -rf "$home/Maildir"
	: > "$work/log"
	attempt -c "$conf" -f friend@b.test -r ann@a.test < "$work/mail"
}

in_junk()
{
	is "$status" 0 && has <(messages "$home") '/\.Junk/'
}

in_inbox()
{
	is "$status" 0 && has <(messages "$home") '/Maildir/new/'
}

program | mail image/png holiday.png > "$work/mail"
deliver
ok "no key: it is stored" in_inbox
deliver 'attachments_refuse = { "application/x-dosexec" }'
ok "a program: Junk, though he is allowed" in_junk
ok "a program: the field" has "$(messages "$home")" '^X-Mda-Spam: yes; by=attachment$'
ok "a program: the log says why" has "$work/log" 'spam_why="attachment: .*holiday.png.* is application/x-dosexec"'
ok "a program: and that it is called a picture" has "$work/log" 'holiday.png.*, declared as image/png, is application/x-dosexec'
deliver 'attachments_refuse = { "application/x-dosexec" }' 'spam_action = reject'
ok "refused, when spam is" is "$status $(message_count "$home")" "77 0"
deliver 'attachments_refuse = { "application/x-dosexec" }' 'address "ann@a.test" { attachments_refuse = {} }'
ok "one address wants them" in_inbox
deliver 'attachments_refuse = { "*.png" }'
ok "by its name" in_junk
deliver 'attachments_refuse = { "*.pdf", "application/pdf" }'
ok "not what it is not" in_inbox
deliver 'attachments_refuse = { "/pdf" }'
ok "a pattern that is none" is "$status" 75
done_testing
