#!/bin/bash
# Two virtual users have the same uid. Whatever links one of them makes in their home, a delivery
# and the tools reach no file of the other or of root, and no mail is lost.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

set_up_vhosts
conf=$work/etc/mda.conf
base_conf > "$conf"
echo 'redirects_max = 4' >> "$conf"
home=$work/vhosts/a.test/eve
bob=$work/vhosts/a.test/bob
secret=$work/secret
sound=$work/sound

# ---- the scene ----

# What must keep its name, owner, mode and bytes: the other user's home and a directory of root's.
snapshot()
{
	find "$bob" "$secret" -printf '%P %y %U %m %s %i %T@ %l\n' | sort
	find "$bob" "$secret" -type f -exec cksum {} + | sort
}

# deliver ADDRESS [ARGUMENT...]
deliver()
{
	local to=$1
	shift
	simple_message "m$((++sent))" > "$work/mail"
	attempt -c "$conf" -f ann@outside.test -r "$to" "$@" < "$work/mail"
}

sent=0
deliver bob@a.test -m Folder
deliver bob@a.test
deliver eve@a.test -m Folder
deliver eve@a.test
mkdir -p "$bob/.mda" "$home/.mda" "$secret/Maildir"/{new,cur,tmp} "$secret/.mda" "$secret/state" "$secret/Folder"/{new,cur,tmp}
echo 'require "fileinto"; fileinto "OfBob";' > "$bob/.mda/rules.sieve"
echo 'broken' > "$secret/rules.sieve"
echo '*@outside.test' > "$bob/.mda/block"
echo '*@outside.test' > "$secret/block"
for file in data.mdb lock.mdb dovecot-uidlist dovecot-uidlist.lock maildirsize mda-uids subscriptions rules.sieve.errors; do
	echo "secret $file" > "$secret/$file"
	[ -e "$bob/Maildir/$file" ] || echo "of bob: $file" > "$bob/Maildir/$file"
done
echo 'keep;' > "$home/.mda/rules.sieve"
chown -hR "$owner" "$home" "$bob"
# The uid has the rights to write there; only the way there must be closed.
chmod -R a+rwX "$secret"
cp -a "$home" "$sound"
before=$(snapshot)

# ---- what is asked after each ----

nothing_reached()
{
	[ "$(snapshot)" = "$before" ] && return
	diff <(echo "$before") <(snapshot)
	return 1
}

# Stored in the user's own home, or deferred with the reason
not_lost()
{
	if [ "$status" -eq 75 ]; then
		grep -q 'symbolic link' "$work/err" && return
		cat "$work/err"
		return 1
	fi
	[ "$status" -eq 0 ] || { echo "status $status"; cat "$work/err"; return 1; }
	grep -rlq "^Subject: test m$sent\$" "$home" --include='*,S=*' && return
	echo "status 0, but it is nowhere"
	return 1
}

not_judged_by_another()
{
	[ ! -e "$home/Maildir/.OfBob" ] && [ ! -e "$home/Maildir/.Junk" ]
}

said_why()
{
	tail -n +$((logged + 1)) "$work/log" | cat - "$work/err" | grep -q 'symbolic link' && return
	tail -n +$((logged + 1)) "$work/log"
	return 1
}

tools()
{
	local command
	for command in check 'repair --yes' 'renumber --yes' export; do
		# shellcheck disable=SC2086
		timeout 60 "$bin/mda-reindex" $command -c "$conf" -d eve@a.test
		# shellcheck disable=SC2086
		[ ! -d "$home/Maildir" ] || timeout 60 "$bin/mda-reindex" $command "$home/Maildir"
	done
	timeout 60 "$bin/mda-lists" add -c "$conf" -d eve@a.test block 'x@y.test'
	timeout 60 "$bin/mda-lists" show -c "$conf" -d eve@a.test
	timeout 60 "$bin/mda-lists" compile -c "$conf" -d eve@a.test
	timeout 60 "$bin/mda-contacts" add -c "$conf" -d eve@a.test friend@outside.test
	timeout 60 "$bin/mda-contacts" learn -c "$conf" -d eve@a.test
	timeout 60 "$bin/mda-sieve" check -c "$conf" -d eve@a.test
	timeout 60 "$bin/mda-config" check -c "$conf" -r eve@a.test
	return 0
} > "$work/tools" 2>&1 < /dev/null

# try NAME STATUS WHY LINK TARGET [ARGUMENT...]: WHY is "why" where the link is met and must be named
try()
{
	local name=$1 expected=$2 why=$3 link=$4 target=$5
	shift 5
	rm -rf "$home" && cp -a "$sound" "$home"
	rm -rf "${home:?}/$link" && mkdir -p "$(dirname "$home/$link")" && ln -s "$target" "$home/$link" || exit 1
	chown -h "$owner" "$home/$link"
	# a lock that is old does not make us wait
	touch -h -d '1 hour ago' "$home/$link"
	logged=$(wc -l < "$work/log")
	deliver eve@a.test "$@"
	ok "$name: status $expected" is "$status" "$expected"
	ok "$name: the mail is not lost" not_lost
	[ "$why" != why ] || ok "$name: the reason is told" said_why
	ok "$name: the other's rules and lists do not count" not_judged_by_another
	ok "$name: nothing was reached" nothing_reached
	tools
	ok "$name: nor by a tool" nothing_reached
}

# both NAME STATUS WHY LINK BOB'S ROOT'S [ARGUMENT...]
both()
{
	local name=$1 expected=$2 why=$3 link=$4 of_bob=$5 of_root=$6
	shift 6
	try "$name, the other's" "$expected" "$why" "$link" "$bob/$of_bob" "$@"
	try "$name, root's" "$expected" "$why" "$link" "$secret/$of_root" "$@"
}

both "the home's Maildir" 75 why Maildir Maildir Maildir
both "a folder" 75 why Maildir/.Folder Maildir/.Folder Folder -m Folder
both "new" 75 why Maildir/new Maildir/new Maildir/new
both "tmp" 75 why Maildir/tmp Maildir/tmp Maildir/tmp
both "cur" 0 - Maildir/cur Maildir/cur Maildir/cur
both ".mda" 0 why .mda .mda .mda
both "the script" 0 why .mda/rules.sieve .mda/rules.sieve rules.sieve
both "the block list" 0 why .mda/block .mda/block block
both "the state directory" 75 why .Maildir.mda .Maildir.mda state
both "data.mdb" 75 why .Maildir.mda/data.mdb .Maildir.mda/data.mdb data.mdb
both "lock.mdb" 75 why .Maildir.mda/lock.mdb .Maildir.mda/lock.mdb lock.mdb
both "maildirsize" 0 - Maildir/maildirsize Maildir/maildirsize maildirsize
both "mda-uids" 0 - Maildir/mda-uids Maildir/mda-uids mda-uids
both "subscriptions" 0 - Maildir/subscriptions Maildir/subscriptions subscriptions
both "the script's errors" 0 - .mda/rules.sieve.errors Maildir/rules.sieve.errors rules.sieve.errors
echo 'imap_server = dovecot' >> "$conf"
both "dovecot-uidlist" 75 why Maildir/dovecot-uidlist Maildir/dovecot-uidlist dovecot-uidlist
both "dovecot-uidlist.lock" 0 - Maildir/dovecot-uidlist.lock Maildir/dovecot-uidlist.lock dovecot-uidlist.lock

# ---- a link that the admin made ----

base_conf > "$conf"
share()
{
	rm -rf "$home" && cp -a "$sound" "$home"
	rm -rf "$home/Maildir/.Folder"
	ln -s "$bob/Maildir/.Folder" "$home/Maildir/.Folder"
	deliver eve@a.test -m Folder
}

if is_root; then
	share
	ok "root's link: not followed by default" is "$status" 75
	ok "root's link: nothing was reached" nothing_reached
	echo 'follow_links = admin' >> "$conf"
	share
	ok "root's link: followed with follow_links = admin" is "$status" 0
	ok "root's link: the mail is in the other's folder" grep -rq "^Subject: test m$sent\$" "$bob/Maildir/.Folder/new"
	ln -sfn "$bob/Maildir/.Folder" "$home/Maildir/.Mine"
	chown -h "$owner" "$home/Maildir/.Mine"
	deliver eve@a.test -m Mine
	ok "one's own link: not followed with follow_links = admin" is "$status" 75
else
	skip "root's links" "needs root"
fi

done_testing
