#!/bin/bash
# A site of 20 mailboxes that a real dovecot-lda filled, with rules, folders, flags and
# subscriptions, moves to mda as mda-migrate(7) says: its commands are run, and print what it shows.
# Then mda delivers beside dovecot-lda, and back again: IMAP clients see the same messages under the
# same UIDs, and rules file as before.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib-dovecot.sh"

manual=mda/mda-migrate.7
users=20 each=3
needs_dovecot "moving from dovecot-lda"
root=$work/root
homes=$root/var/mail/vhosts/example.com
home=$homes
conf=$root/etc/mda.conf
uid=${owner%:*}

# ---- a site with Dovecot ----

name()
{
	printf 'user%02d' "$1"
}

passwd()
{
	local i
	for ((i = 1; i <= users; i++)); do
		printf '%s@example.com:{PLAIN}secret:%s:%s::%s/%s::\n' "$(name "$i")" "$uid" "${owner#*:}" "$homes" "$(name "$i")"
	done
}

# Users in a passwd-file, in the place of the static ones.
dovecot_userdb()
{
	if is_dovecot_2_3; then
		printf 'userdb {\n  driver = passwd-file\n  args = %s\n}\n' "$work/passwd"
	else
		printf 'userdb passwd-file {\n  passwd_file_path = %s\n}\n' "$work/passwd"
	fi
	cat <<- 'END'
		recipient_delimiter = +
		service auth {
		  unix_listener auth-userdb {
		    mode = 0666
		  }
		}
		namespace inbox {
		  inbox = yes
		  separator = /
		}
	END
	dovecot_lda_runs_sieve
}

configure()
{
	mkdir -p "$dovecot_dir/run" && : > "$dovecot_dir/dovecot.log" && chmod 666 "$dovecot_dir/dovecot.log" && passwd > "$work/passwd" && {
		dovecot_settings | awk '/^userdb/ { skip = 1 } !skip { print } skip && /^}/ { skip = 0 }'
		dovecot_userdb
	} > "$dovecot_dir/dovecot.conf"
}

# message NUMBER KIND
message()
{
	printf 'Received: from mx.example.net by mx.example.com; Sat, 28 Nov 2026 10:00:%02d +0000\n' "$1"
	printf 'From: News <news@shop.example>\nTo: user@example.com\nSubject: %s %s\nList-Id: <%s.shop.example>\nMessage-ID: <%s.%s@shop.example>\n\nHello\n' \
		"$2" "$1" "$2" "$1" "$2"
}

# by_lda USER NUMBER KIND and by_mda USER NUMBER KIND: as the MTA calls them
by_lda()
{
	message "$2" "$3" | as_owner $lda -c "$work/dovecot.conf" -f news@shop.example -d "$1@example.com"
}

by_mda()
{
	message "$2" "$3" | as_owner "$bin/mda" -c "$conf" -f news@shop.example -d "$1@example.com"
}

script()
{
	printf '%s\n' 'require ["fileinto", "mailbox", "imap4flags", "envelope", "variables"];' \
		'if header :contains "list-id" "sale" { fileinto :create "Shop/Sale"; stop; }' \
		'if header :contains "list-id" "umlaut" { setflag "\\Flagged"; fileinto :create "Entwürfe"; }'
}

# fill DELIVER FROM TO: messages of three kinds for everybody
fill()
{
	local i n kinds=(plain sale umlaut)
	for ((i = 1; i <= users; i++)); do
		for ((n = $2; n <= $3; n++)); do
			"$1" "$(name "$i")" "$n" "${kinds[n % 3]}" || return
		done
	done
}

site()
{
	local i
	mkdir -p "$homes" "$root/etc" && chown -R "$owner" "$root/var" && chmod 755 "$root" "$root/etc" || return
	for ((i = 1; i <= users; i++)); do
		as_owner mkdir -p "$homes/$(name "$i")/sieve" && script | as_owner tee "$homes/$(name "$i")/sieve/mine.sieve" > /dev/null &&
			as_owner ln -s sieve/mine.sieve "$homes/$(name "$i")/.dovecot.sieve" || return
	done
	fill by_lda 1 $each
}

adm()
{
	doveadm -c "$work/dovecot.conf" "$@"
}

# What IMAP clients know of all mailboxes: UIDVALIDITY of each folder, UID, flags and Message-ID of each message.
seen()
{
	{
		adm -f tab mailbox status -A uidvalidity '*'
		adm -f tab fetch -A 'mailbox uid flags hdr.message-id' all
	} | sed 's/@example.com\t/ /' | sort
}

ok "Dovecot's settings" configure
ok "Dovecot runs" run_dovecot
chmod 755 "$work/run"
ok "dovecot-lda fills $users mailboxes" site
seen > "$work/before"
ok "each message is there" is "$(grep -c shop.example "$work/before")" $((users * each))
ok "a user subscribes to a folder" adm mailbox subscribe -u user01@example.com Shop/Sale
cp "$homes/user01/Maildir/subscriptions" "$work/subscribed"

# ---- the manual ----

# block NUMBER: that literal block of FROM DOVECOT which is a command; a line with a backslash goes on with the next one
block()
{
	awk -v wanted="$1" '/^\.Sh / { here = $0 == ".Sh FROM DOVECOT" } !here { next }
		/^\.Bd -literal$/ { first = 1; next } /^\.Ed/ { on = 0 }
		first { first = 0; on = /^\$ / && ++n == wanted }
		on' "$manual" | sed 's/\\e/\\/g; s/\\&//g' |
		awk '{ if (on) sub(/^ +/, "") } /\\$/ { printf "%s", substr($0, 1, length($0) - 1); on = 1; next } { print; on = 0 }'
}

# The configuration of the manual, and where the test's Dovecot, log and aliases are.
write_conf()
{
	awk '/^\.Sh / { here = $0 == ".Sh FROM DOVECOT" } here && /^\.Bd -literal -offset/ { on = 1; next } /^\.Ed/ { on = 0 } here && on' "$manual" > "$conf" &&
		grep -q '^users = dovecot$' "$conf" &&
		printf 'users_socket = "%s"\nlog = "%s"\nstamp_key = ""\naliases = ""\n' "$work/run/auth-userdb" "$work/log" >> "$conf" &&
		: > "$work/log" && chmod 666 "$work/log"
}

# As a person sees it who has no directory of a test above everything.
plain()
{
	sed -e "s|$root||g" -e 's/  */ /g' -e 's/^ //' -e 's/ $//'
}

# shows NUMBER: that command of the manual prints what the manual shows
shows()
{
	local words line
	line=$(block "$1" | head -n 1)
	read -r -a words <<< "${line#\$ }"
	[ "${words[0]}" = mda ] || { echo "this is no command of mda: $line"; return 1; }
	words=("${words[@]/#\/var\//$root/var/}")
	(cd "$work" && "$bin/mda" "${words[@]:1}" -c "$conf") > "$work/raw" 2>&1
	plain < "$work/raw" > "$work/printed"
	[ "$(block "$1" | wc -l)" -ge 2 ] || { echo "the manual shows nothing"; return 1; }
	while IFS= read -r line; do
		plain <<< "$line" | grep -qxFf - "$work/printed" && continue
		printf 'it does not print:\n  %s\nbut:\n' "$line"
		tail -n 30 "$work/printed"
		return 1
	done < <(block "$1" | tail -n +2)
}

ok "the configuration of the manual" write_conf
message 1 sale > "$work/message"
number=1
while [ -n "$(block "$number")" ]; do
	ok "$(block "$number" | head -n 1)" shows "$number"
	number=$((number + 1))
done
ok "the manual has four commands" is "$number" 5
all_agree()
{
	"$bin/mda" reindex check --all -c "$conf" > "$work/out" 2>&1 && is "$(cat "$work/out")" ""
}
ok "and all mailboxes agree then" all_agree
is_as_before()
{
	seen | sed 's/ *\\Recent//' > "$work/now"
	diff <(sed 's/ *\\Recent//' "$work/before") "$work/now"
}
ok "nobody sees a difference yet" is_as_before

# ---- mda delivers, and dovecot-lda again ----

# What was seen before is there, and NUMBER messages more for each user.
keeps_and_adds()
{
	seen | sed 's/ *\\Recent//' > "$work/now"
	not grep -vxFf "$work/now" <(sed 's/ *\\Recent//' "$work/before") && is "$(grep -c shop.example "$work/now")" $((users * (each + $1)))
}

# Of the messages of a kind, the folder is the same, whoever delivered.
files_as_dovecot()
{
	is "$(awk '/shop.example/ { sub(/.*</, "", $NF); split($NF, id, "."); sub(/@.*/, "", id[2]); print id[2], $2 }' "$work/now" | sort | uniq -c)" \
		"$(printf '%7d %s\n' $((users * $1)) "plain INBOX" $((users * $1)) "sale Shop/Sale" $((users * $1)) "umlaut Entwürfe")"
}

ok "mda delivers" fill by_mda 4 6
ok "all UIDs are as before, and the new messages are there" keeps_and_adds 3
ok "rules filed each message as Pigeonhole did" files_as_dovecot 2
ok "and set flags" is "$(grep umlaut "$work/now" | grep -c '\\Flagged')" $((users * 2))
cp "$work/now" "$work/moved"
ok "back again: dovecot-lda delivers" fill by_lda 7 7
ok "all UIDs are as before" keeps_and_adds 4
ok "those that mda gave as well" not grep -vxFf "$work/now" "$work/moved"
ok "and mda" fill by_mda 8 8
ok "all UIDs are as before" keeps_and_adds 5
ok "those that mda gave as well" not grep -vxFf "$work/now" "$work/moved"
ok "subscriptions are kept" not grep -vxFf "$homes/user01/Maildir/subscriptions" "$work/subscribed"
ok "Dovecot complains of nothing" not grep -aE 'Error|Panic|Warning' "$work/dovecot.log"
done_testing
