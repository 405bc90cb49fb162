#!/bin/bash
# Two users of one group deliver into one Maildir in turn, with any umask, and read what the other
# delivered. A real dovecot-lda does the same with an equal Maildir: mode and group of every file
# are the same.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib-dovecot.sh"

needs_dovecot "shared mailboxes"
# Numbers that belong to nobody. MATE is in the group, STRANGER is not.
one=27001 mate=27002 stranger=27003 group=27000
ours=$work/mda theirs=$work/lda
rule='require "imap4flags"; if header :contains "subject" "flagged" { addflag "\\Flagged"; addflag "word"; }'

set_up_vhosts
chmod 666 "$work/log"
printf '%s\n' "$rule" > "$work/etc/rule.sieve"
base_conf | sed 's/^virtual_user.*/virtual_user = ""/' > "$work/etc/mda.conf"
cat >> "$work/etc/mda.conf" << END
maildir = "$ours/Maildir"
imap_server = dovecot
scripts_after = "$work/etc/rule.sieve"
END
home=$work/vhosts/a.test/ann
# Dovecot 2.4 makes no file maildirfolder.
only_ours=none
is_dovecot_2_3 || only_ours=maildirfolder
configure_dovecot "$theirs/Maildir" << END
lda_mailbox_autocreate = yes
$(dovecot_lda_runs_sieve "$work/etc/rule.sieve")
END
for uid in $one $mate $stranger; do install -d -o "$uid" -g "$uid" -m 700 "$work/vhosts/a.test/u$uid"; done

# as UID COMMAND...
as()
{
	local uid=$1 groups=--groups=$group
	shift
	[ "$uid" -ne $stranger ] || groups=--clear-groups
	(cd / && setpriv --reuid="$uid" --regid="$uid" $groups env -i PATH="$PATH" HOME="$work/vhosts/a.test/u$uid" USER="u$uid" \
		ASAN_OPTIONS="$ASAN_OPTIONS" UBSAN_OPTIONS="$UBSAN_OPTIONS" "$@")
}

mda_as()
{
	as "$1" "$bin/mda" -c "$work/etc/mda.conf" -f x@b.test -d "u$1@a.test" "${@:2}"
}

lda_as()
{
	as "$1" $lda -c "$work/dovecot.conf" -f x@b.test "${@:2}"
}

# make MODE GROUP: two equal Maildirs, in directories where the group may make the state directory
make()
{
	local root
	for root in "$ours" "$theirs"; do
		rm -rf "$root"
		install -d -g $group -m 771 "$root"
		install -d -o $one -g "$2" -m "$1" "$root/Maildir"
	done
	: > "$work/log"
}

# deliver_all HOW USER...: to the INBOX and two folders, and one with flags; each user in turn, each time under another umask
deliver_all()
{
	local how=$1 uid where umasks=(000 027 777 077) n=0
	shift
	for uid in "$@"; do
		for where in INBOX New A/B New; do
			n=$((n + 1))
			(umask "${umasks[n % 4]}" && simple_message "$([ $((n % 3)) -ne 0 ] || echo flagged)$n" |
				"$how" "$uid" -m "${where/\/B/${slash}B}") || return
		done
	done
}

# every_file ROOT: mode, group, kind and name of what is in the Maildir, but for what one of the two alone keeps
every_file()
{
	find "$1/Maildir" -printf '%m %G %y %P\n' |
		sed -E 's,/[0-9]+\.M[^ ]*$,/MESSAGE,; s,(uidvalidity\.)[0-9a-f]{8}$,\1NUMBER,' |
		grep -vE '/?(dovecot\.(index|list)[^/]*|subscriptions|mda-uids|dovecot-uidlist\.lock|'$only_ours')$' | sort | uniq -c
}

same_files()
{
	diff <(every_file "$theirs") <(every_file "$ours")
}

# The modes and groups of files that only we have: mda-uids and the state directory
state_modes()
{
	find "$ours/.Maildir.mda" -printf '%m %G\n' | sort -u | xargs
}
uids_modes()
{
	find "$ours" -name mda-uids -printf '%m %G\n' | sort -u
}

# all_readable UID COUNT: as Dovecot lists them, and as files
all_readable()
{
	local file n=0
	while read -r file; do
		as "$1" cat "$file" > "$work/read" || return
		n=$((n + 1))
	done < <(messages "$ours/Maildir")
	is "$n" "$2" && is "$(as "$1" doveadm -c "$work/dovecot.conf" -o "$(dovecot_at "$ours/Maildir")" fetch "${no_userdb[@]}" uid all | grep -c '^uid')" "$2"
}

no_wider()
{
	local most=$1
	find "$ours" -mindepth 2 ! -name 'dovecot-uidvalidity.*' -printf '%m %p\n' | while read -r mode path; do
		[ $((8#$mode & 0777 & ~8#$most)) -eq 0 ] || { echo "$mode $path"; exit 1; }
	done
}

go_on()
{
	simple_message last | as $mate $lda -c "$work/dovecot.conf" -o "$(dovecot_at "$ours/Maildir")" -m New &&
		simple_message after | mda_as $one -m New
}

clean_log()
{
	not grep -E 'event=note|level=warning' "$work/log"
}

slash=/
for mode in 2770 770 2775 775; do
	make $mode $group
	slash=. && ok "$mode: dovecot-lda, by turns" deliver_all lda_as $one $mate $one
	slash=/ && ok "$mode: mda, by turns" deliver_all mda_as $one $mate $one
	ok "$mode: mode and group of every file" same_files
	ok "$mode: nothing is wider than the Maildir" no_wider $mode
	ok "$mode: the one reads all" all_readable $one 12
	ok "$mode: the other reads all" all_readable $mate 12
	ok "$mode: no note in the log" clean_log
	ok "$mode: the state is the group's, and nobody else's" is "$(state_modes | xargs -n 2 | sort -rn | xargs)" \
		"${mode%?}0 $group 660 $group"
	ok "$mode: the copy of the UIDs is as Dovecot's file" is "$(uids_modes)" "$(stat -c '%a %g' "$theirs/Maildir/dovecot-uidlist")"
	ok "$mode: mda-reindex check finds nothing, whoever asks" as $mate "$bin/mda-reindex" check --imap-server=dovecot "$ours/Maildir"
	ok "$mode: dovecot-lda goes on in our Maildir, and then we do" go_on
	ok "$mode: and all is read" all_readable $one 14
	[ "$mode" = 2770 ] || [ "$mode" = 770 ] || continue
	simple_message | mda_as $stranger > "$work/out" 2> "$work/err"
	ok "$mode: a stranger's delivery: 75" is $? 75
	ok "$mode: with the reason" has "$work/err" 'Permission denied'
done

# The group may only read, or has no rights: only the owner delivers, and our files belong to the
# owner alone.
for mode in 750 2750 755 700; do
	make $mode $group
	slash=. && ok "$mode: dovecot-lda" deliver_all lda_as $one
	slash=/ && ok "$mode: mda" deliver_all mda_as $one
	ok "$mode: mode and group of every file" same_files
	ok "$mode: nothing is wider than the Maildir" no_wider $mode
	ok "$mode: the state is the owner's" is "$(state_modes | xargs -n 2 | cut -d ' ' -f 1 | sort -u | xargs)" "600 700"
done
ok "700: no message is anybody else's" is "$(find "$ours/Maildir" -type f ! -perm 600 ! -name 'dovecot-uidvalidity.*')" ""

# The owner is not in the group: what its members should have had is given to no other group, and
# the log has the reason.
make 770 26999
deliver_all mda_as $one
ok "a group that is not ours: delivered, for the owner alone" is "$(find "$ours/Maildir" -mindepth 1 -type f ! -name 'dovecot-uidvalidity.*' -printf '%m\n' | sort -u)" 600
ok "it is said" has "$work/log" 'event=note.*group 26999'
make 2770 26999
slash=. deliver_all lda_as $one
deliver_all mda_as $one
ok "a group that is not ours, by the set-gid bit: mode and group of every file" same_files

done_testing
