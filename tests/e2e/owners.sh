#!/bin/bash
# A folder that is a link to another owner's Maildir. It is used if root made the link, mda.conf
# allows it and the kernel's rights suffice. Its files are as Dovecot would write them, whoever
# delivers.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

if ! is_root; then
	skip "folders of other owners" "needs root"
	done_testing
	exit
fi

# Numbers that belong to nobody: two users, and a group that both are in.
ann=27001 bob=27002 group=27000
set_up_vhosts
chmod 666 "$work/log"
conf=$work/etc/mda.conf
of_ann=$work/vhosts/a.test/u$ann/Maildir
of_bob=$work/vhosts/a.test/u$bob/Maildir
team=$of_bob/.Team

configure()
{
	base_conf | sed 's/^virtual_user.*/virtual_user = ""/' > "$conf"
	printf '%s\n' "$@" >> "$conf"
}

as()
{
	local uid=$1
	shift
	(cd / && setpriv --reuid="$uid" --regid="$uid" --groups=$group env -i PATH="$PATH" ASAN_OPTIONS="$ASAN_OPTIONS" \
		UBSAN_OPTIONS="$UBSAN_OPTIONS" "$@")
}

# deliver UID [ARGUMENT...]
sent=0
deliver()
{
	local uid=$1
	simple_message "m$((++sent))" > "$work/mail"
	status=0
	as "$uid" "$bin/mda" -c "$conf" -f x@b.test -r "u$uid@a.test" "${@:2}" < "$work/mail" > "$work/out" 2> "$work/err" || status=$?
}

# fresh MODE: two mailboxes, and bob's folder Team with this mode; ann's is to be linked to it
fresh()
{
	local uid
	rm -rf "$work"/vhosts/a.test/*
	for uid in $ann $bob; do
		install -d -o "$uid" -g "$uid" -m 711 "$work/vhosts/a.test/u$uid"
		install -d -o "$uid" -g "$uid" -m 711 "$work/vhosts/a.test/u$uid/Maildir"
		install -d -o "$uid" -g "$uid" -m 700 "$work/vhosts/a.test/u$uid/Maildir"/{cur,new,tmp}
	done
	install -d -o $bob -g $group -m "$1" "$team" "$team"/{cur,new,tmp}
	: > "$team/maildirfolder" && chown $bob:$group "$team/maildirfolder"
	: > "$work/log"
}

# by_link MADE_BY [TARGET]
by_link()
{
	ln -sfn "${2:-$team}" "$of_ann/.Ours" && chown -h "$1:$1" "$of_ann/.Ours"
}

# waits WHY: nothing was stored anywhere
waits()
{
	is "$status $(message_count "$work/vhosts")" "75 0" && has "$work/err" "$1"
}

for server in none dovecot; do
	configure 'follow_links = admin' "imap_server = $server"
	fresh 2770 && by_link 0
	deliver $ann -m Ours
	ok "$server: root's link, the group may write: delivered" is "$status $(message_count "$team")" "0 1"
	ok "$server: the files are ann's, and the group's as the folder is" is \
		"$(find "$team" -type f -user $ann -printf '%m %G\n' | sort -u)" "660 $group"
	deliver $bob -m Team
	ok "$server: bob goes on in it" is "$status $(message_count "$team")" "0 2"
	deliver $ann -m Ours
	ok "$server: and ann again" is "$status $(message_count "$team")" "0 3"
	ok "$server: no UID twice, none passed over" is "$(grep -oE ' uid=[0-9]+' "$work/log" | xargs)" "uid=1 uid=2 uid=3"
	ok "$server: no note" not grep -E 'event=note|level=warning' "$work/log"
	for uid in $ann $bob; do
		ok "$server: u$uid reads all" is "$(as "$uid" grep -rh '^Subject' "$team/new" | wc -l)" 3
	done
	ok "$server: mda-reindex check of ann's mailbox" as $ann "$bin/mda-reindex" check -c "$conf" -d u$ann@a.test
	deliver $bob -m Team
	ok "$server: mda-reindex repair through the link" as $ann "$bin/mda-reindex" repair -c "$conf" -d u$ann@a.test
	ok "$server: changes no UID" is "$(as $bob "$bin/mda-reindex" check --imap-server=$server "$of_bob" > "$work/out" 2>&1; echo $?)" 0
done

configure 'follow_links = admin'
printf 'require ["fileinto", "mailbox"];\nif mailboxexists "Ours" { fileinto "Ours"; }\n' > "$work/etc/rule.sieve"
echo "scripts_after = \"$work/etc/rule.sieve\"" >> "$conf"
fresh 2770 && by_link 0
deliver $ann
ok "a rule finds it, and files into it" is "$status $(message_count "$team")" "0 1"

configure 'follow_links = admin'
for mode in 2750 2700; do
	fresh $mode && by_link 0
	deliver $ann -m Ours
	ok "$mode: the kernel's rights do not suffice: it waits" waits 'Permission denied'
	deliver $ann
	ok "$mode: the INBOX is not concerned" is "$status $(message_count "$of_ann")" "0 1"
	ok "$mode: no note, though tmp/ is looked through" not grep -E 'event=note|level=warning' "$work/log"
done

fresh 2770 && by_link $ann
deliver $ann -m Ours
ok "ann's own link: it waits" waits 'symbolic link.*follow_links'
fresh 2770 && by_link $bob
deliver $ann -m Ours
ok "the link of the other owner: it waits" waits 'symbolic link.*follow_links'

fresh 2770 && by_link 0
as $bob mv "$team" "$of_bob/.Away" && as $bob ln -s .Away "$team"
deliver $ann -m Ours
ok "bob puts a link on the way of root's: it waits" waits 'symbolic link.*follow_links'

fresh 2770 && by_link 0 "$of_bob/.Gone"
deliver $ann -m Ours
ok "root's link leads to nothing: it waits" waits 'No such file'
ok "root's link leads to nothing: nothing is made there" test ! -e "$of_bob/.Gone"

configure
fresh 2770 && by_link 0
deliver $ann -m Ours
ok "without the key no link: it waits" waits 'symbolic link.*follow_links'

# Links in INBOX's own directory and files beside the messages: root's link counts, a user's does
# not.
configure 'follow_links = admin' 'imap_server = dovecot'
fresh 2770 && by_link 0
as $bob ln -s /etc/passwd "$team/dovecot-uidlist"
deliver $ann -m Ours
ok "a link of bob's for the file of UIDs: it waits" waits 'symbolic link'

# Root delivers: it becomes the owner of ann's home, with her group only.
configure 'follow_links = admin'
fresh 2770 && by_link 0
attempt -c "$conf" -f x@b.test -r "u$ann@a.test" -m Ours < "$work/mail"
ok "run by root it is ann, who has her own group only: it waits" is "$status $(message_count "$work/vhosts")" "75 0"
chgrp -R $ann "$team" && chmod 2770 "$team" "$team"/*/
attempt -c "$conf" -f x@b.test -r "u$ann@a.test" -m Ours < "$work/mail"
ok "run by root, the folder is of that group: delivered as ann" is "$status $(find "$team/new" -type f -printf '%U %G %m')" "0 $ann $ann 660"
ok "run by root, nothing is root's" is "$(find "$work/vhosts/a.test" -mindepth 1 -user 0 ! -type l ! -name maildirfolder)" ""
done_testing
