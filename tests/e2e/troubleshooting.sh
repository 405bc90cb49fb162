#!/bin/bash
# Each puzzle of mda-troubleshooting(7): the trouble is made, the command of the manual is run, and
# prints what the manual shows.
# A puzzle in the manual without a scene here, and the other way round, fails the test.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

manual=mda/tools/doctor/mda-troubleshooting.7
root=$work/root
home=$root/var/mail/vhosts/example.com/ann
maildir=$home/Maildir
etc=$root/etc
conf=$etc/mda.conf
recorded=$work/recorded
puzzles=()

# ---- the scene: a site with one user ----

as_owner()
{
	if is_root; then setpriv --reuid="${owner%:*}" --regid="${owner#*:}" --clear-groups "$@"; else "$@"; fi
}

configure()
{
	cat <<- END
		users = virtual
		virtual_user = "$virtual_user"
		virtual_home = "$root/var/mail/vhosts/%d/%n"
		default_domain = "example.com"
		aliases = "$etc/mda/aliases"
		log = "$root/var/log/mda"
		spool_dir = "$root/var/spool"
		global_allow = "$etc/mda/allow"
		global_block = "$etc/mda/block"
		sendmail_path = "$root/usr/sbin/sendmail"
		stamp_key = ""
		imap_server = dovecot
		authserv_id = { "mx.example.com" }
		organization "Example" {
		  domains = { "example.com" }
		}
	END
}

record()
{
	cat > "$recorded/postconf-n" <<- END
		mda_destination_recipient_limit = 1
		virtual_transport = mda
		virtual_mailbox_maps = hash:/etc/postfix/vmailbox
		recipient_delimiter = +
	END
	cat > "$recorded/postconf-M" <<- END
		mda        unix  -       n       n       -       -       pipe flags=Rq
		    user=${owner%:*} null_sender= argv=$bin/mda -f \${sender} -r
		    \${recipient} -a \${original_recipient}
	END
	printf 'mail_location = maildir:~/Maildir\nnamespace inbox {\n  inbox = yes\n}\n' > "$recorded/doveconf-n"
}

message()
{
	printf 'Received: from mx.example.com by mx.example.com; Sat, 28 Nov 2026 10:00:00 +0000\n'
	printf '%s\n' "$@"
	printf 'Message-ID: <1@shop.example>\n\nHello\n'
}

deliver()
{
	as_owner "$bin/mda" -c "$conf" -f "$1" -r ann@example.com < "$work/message"
}

set_up()
{
	mkdir -p "$root/var/mail/vhosts/example.com" "$root/var/log" "$root/var/spool" "$root/usr/sbin" "$etc/mda" "$recorded"
	configure > "$conf"
	record
	printf '#!/bin/sh\ncat > /dev/null\n' > "$root/usr/sbin/sendmail"
	: > "$root/var/log/mda"
	chmod 755 "$root/usr/sbin/sendmail" "$root" "$etc" "$etc/mda"
	chown "$owner" "$root/var/mail/vhosts" "$root/var/mail/vhosts/example.com" "$root/var/log/mda" "$root/var/spool"
	message 'From: News <news@shop.example>' 'To: ann@example.com' 'Subject: Sale' > "$work/message"
	as_owner mkdir -m 700 "$home" && as_owner mkdir "$home/.mda" || return
	deliver news@shop.example || return
	as_owner mkdir -p "$maildir/.Shop/cur" "$maildir/.Shop/new" "$maildir/.Shop/tmp" &&
	rules 'require "fileinto";' 'if header :contains "list-id" "shop" {' '    fileinto "Shop";' '}' &&
		mkdir "$work/kept" && cp -a "$root" "$recorded" "$work/message" "$work/kept"
}

restore()
{
	rm -rf "$root" "$recorded" "$work/message"
	cp -a "$work/kept/." "$work"
}

# rules LINE...: ann's script
rules()
{
	printf '%s\n' "$@" | as_owner tee "$home/.mda/rules.sieve" > /dev/null
}

# set_key LINE...
set_key()
{
	printf '%s\n' "$@" >> "$conf"
}

# ---- the manual ----

# example TITLE: the literal text of that puzzle, without mdoc
example()
{
	awk -v title=".Ss $1" '$0 == title { here = 1; next } /^\.S[sh]/ { here = 0 }
		here && /^\.Bd -literal/ { on = 1; next } /^\.Ed/ { on = 0 } here && on' "$manual" | sed 's/\\e/\\/g; s/\\&//g'
}

# The expected lines: one that ends with a backslash goes on with the next one.
expected()
{
	example "$1" | awk 'NR == 1 { next } { if (on) sub(/^ +/, "") } /\\$/ { printf "%s ", substr($0, 1, length($0) - 1); on = 1; next }
		{ print; on = 0 }'
}

# As a person sees it who has no directory of a test above everything, in other columns, and with
# other checks beside.
plain()
{
	sed -e "s|$root||g" -e "s|$bin/||g" -e "s|$work/||g" -e "s/\b${owner%:*}\b/5000/g" -e 's/, [0-9]* ok$/, all others ok/' -e 's/  */ /g' -e 's/^ //' -e 's/ $//'
}

# run_example TITLE: the command of the manual, with the configuration of the scene
run_example()
{
	local line words
	line=$(example "$1" | head -n 1)
	eval "words=(${line#\$ })" # the quotes of the manual are a shell's
	[ "${words[0]}" = mda ] || { echo "this is no command of mda: $line"; return 1; }
	case ${words[1]} in
	doctor) words+=(--recorded "$recorded" -c "$conf") ;;
	reindex | config | explain | lists | contacts | sieve) words+=(-c "$conf") ;;
	*) echo "no tool: ${words[1]}"; return 1 ;;
	esac
	(cd "$work" && timeout 60 "$bin/mda" "${words[@]:1}") > "$work/raw" 2>&1 < /dev/null
	plain < "$work/raw" > "$work/out"
}

shows()
{
	local line
	[ -n "$(expected "$1")" ] || { echo "the manual shows nothing"; return 1; }
	run_example "$1" || return
	while IFS= read -r line; do
		plain <<< "$line" | grep -qxFf - "$work/out" && continue
		printf 'it does not print:\n  %s\nbut:\n' "$line"
		cat "$work/out"
		return 1
	done < <(expected "$1")
}

# puzzle TITLE SCENE: SCENE is shell
puzzle()
{
	puzzles+=("$1")
	restore
	eval "$2" || echo "# the scene of \"$1\" cannot be made"
	ok "$1" shows "$1"
}

ok "the scene" set_up

puzzle "Rules do nothing" 'rules "require \"fileinto\";" "if header :contains \"list-id\" \"shop\" {" "    fileintoo \"Shop\";" "}"'
puzzle "Rules that a mail program has uploaded do nothing" 'as_owner mkdir "$home/sieve" && echo "keep;" | as_owner tee "$home/sieve/my.sieve" > /dev/null && as_owner ln -s sieve/my.sieve "$home/.dovecot.sieve"'
puzzle "A rule does not match" 'true'
puzzle "Why is this message in that folder" 'rules "require \"fileinto\";" "if address :domain \"from\" \"shop.example\" {" "    fileinto \"Shop\";" "}"'
puzzle "Mail is gone" 'rules "if header :contains \"subject\" \"sale\" {" "    discard;" "}"'
puzzle "Spam is gone, too" 'set_key "spam_action = discard"'
puzzle "All mail is External" 'message "From: Boss <boss@example.com>" "To: ann@example.com" "Subject: Sale" > "$work/message"
	sed -i "1i Authentication-Results: mail.example.com; dmarc=pass header.from=example.com" "$work/message"'
puzzle "Mail from one person is External" 'true'
puzzle "Spam passes" 'set_key "antispam = spamd" "antispam_servers = { \"127.0.0.1:1\" }"'
puzzle "Spam from one sender passes" 'echo "*@*.example" > "$etc/mda/allow"'
puzzle "A blocked sender comes through, or an allowed one does not" 'echo "*@shop.example" > "$etc/mda/block"; printf "news@shop.example\n" | as_owner tee "$home/.mda/allow" > /dev/null'
puzzle "An allowed sender lands in Junk" 'printf "news@shop.example\n" > "$etc/mda/allow"; sed -i "1i Authentication-Results: mx.example.com; dmarc=fail header.from=shop.example\nX-Spam-Flag: YES" "$work/message"'
puzzle "Mail of a friend is in Screener" 'set_key "screener = yes"; printf "news@shop.example\n" | as_owner tee "$home/.mda/contacts" > /dev/null
	sed -i "1i Authentication-Results: mx.example.com; dmarc=fail header.from=shop.example" "$work/message"'
puzzle "Mail of a stranger passes the screener" 'set_key "screener = yes"; printf "news@shop.example\n" | as_owner tee "$home/.mda/contacts" > /dev/null
	sed -i "1i Authentication-Results: mx.example.com; dmarc=pass header.from=shop.example" "$work/message"'
puzzle "Vacation does not answer" 'rules "require \"vacation\";" "vacation \"I am away.\";"; sed -i "s/^To: .*/To: all@lists.example/" "$work/message"'
puzzle "Mail programs download everything again" 'sed -i "s/^imap_server.*/imap_server = none/" "$conf"'
puzzle "UIDs differ from those of Dovecot" 'sed -i "1s/ V[0-9]*/ V7/" "$maildir/dovecot-uidlist"'
puzzle "Mail is deferred" 'rm -r "$home/.Maildir.mda" && as_owner touch "$home/.Maildir.mda"'
puzzle "All mail is deferred since mda.conf was edited" 'sed -i "s/^imap_server.*/imap_server = dovcot/" "$conf"'
puzzle "Mail bounces although mda would try again" 'echo "mda_time_limit = 5m" >> "$recorded/postconf-n"'
puzzle "Folders are missing in the mail program" 'set_key "layout = fs"'
puzzle "Redirected mail never arrives" 'rm "$root/usr/sbin/sendmail"'
puzzle "A setting has no effect" 'set_key "antispam_servers = { \"10.0.0.5:783\" }"'
puzzle "A setting has no effect for one user" 'set_key "address \"ann@example.com\" {" "  junk_folder = \"Spam\"" "}"'
puzzle "The mailbox is full" 'printf "1000S\n1000 3\n" | as_owner tee "$maildir/maildirsize" > /dev/null'

all_have_scenes()
{
	is "$(printf '%s\n' "${puzzles[@]}" | sort)" "$(sed -n '/^\.Sh PUZZLES/,/^\.Sh SEE/s/^\.Ss //p' "$manual" | sort)"
}
ok "every puzzle of the manual is here" all_have_scenes
ok "there are twenty or more" test "${#puzzles[@]}" -ge 20

done_testing
