#!/bin/bash
# Where the Maildir may be, and whether a missing one is made.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

set_up_vhosts
conf=$work/etc/mda.conf
home=$work/vhosts/a.test/ann

# configure LINE...: writes the configuration: the usual lines, then these
configure()
{
	base_conf > "$conf"
	printf '%s\n' "$@" >> "$conf"
	rm -rf "$home"
	: > "$work/log"
}

deliver()
{
	simple_message "$((++sent))" > "$work/mail"
	attempt -c "$conf" -f x@b.test -r ann@a.test "$@" < "$work/mail"
}
sent=0

config_check()
{
	local status=0
	"$bin/mda-config" check -c "$conf" "$@" > "$work/out" 2> "$work/err" || status=$?
	return $status
}

# refused NAME KEY LINE...: mda config check and a delivery refuse it, and nothing is made in the
# Maildir
refused()
{
	configure "${@:3}"
	ok "$1: mda config check refuses it" is "$(config_check; echo $?)" 75
	ok "$1: it names the key" has "$work/err" "$2.*is a folder for IMAP clients"
	ok "$1: for one address, too" is "$(config_check -r ann@a.test; echo $?)" 75
	deliver
	ok "$1: a delivery waits" is "$status" 75
	ok "$1: with the reason" has "$work/err" "^4\.3\.[0-9] .*$2.*is a folder for IMAP clients"
	ok "$1: nothing was stored" is "$(message_count "$work/vhosts")" 0
}

refused "the home is the Maildir" user_allow 'maildir = "%h"'
refused "the state is in it" state_dir 'state_dir = "%h/Maildir/.state"'
refused "a section's" user_allow 'domain "a.test" {' '	maildir = "%h"' '}'
config_check
ok "a section's: it says which" has "$work/err" 'domain "a.test": '
configure 'address "bob@a.test" {' '	maildir = "%h"' '}'
ok "another's section: mda config check refuses it" is "$(config_check; echo $?)" 75
ok "another's section: it says whose" has "$work/err" 'address "bob@a.test"'
deliver
ok "another's section: no delivery waits for that" is "$status" 0

# The same home under another name
configure "maildir = \"$work/link/%d/%n\""
ln -s vhosts "$work/link"
deliver
ok "an admin's link to the homes: a delivery waits" is "$status" 75
ok "... with the reason" has "$work/err" "user_allow.*is a folder for IMAP clients"
ok "... and nothing was stored" is "$(message_count "$work/vhosts")" 0
configure 'maildir = "%h/x/.."'
ok "a way up: mda config check refuses it" is "$(config_check; echo $?)" 75
ok "... and says why" has "$work/err" 'the path contains \.\.'

# The manual's advice: the user's files beside a Maildir that is the old home
configure "virtual_home = \"$work/vhosts/mda/%d/%n\"" "maildir = \"$work/vhosts/%d/%n\""
ok "the user's files elsewhere: mda config check" config_check
deliver
ok "the user's files elsewhere: delivered" is "$status $(messages "$home" | wc -l)" "0 1"

# ---- create_maildir ----

nothing_made()
{
	[ ! -e "$home" ] && return
	find "$home"
	return 1
}

configure 'create_maildir = no'
deliver
ok "no Maildir, none is made: 75" is "$status" 75
ok "no Maildir: the reason names the path and the key" has "$work/err" "^4\.3\.[0-9] there is no Maildir at $home/Maildir.*create_maildir"
ok "no Maildir: the log has it" has "$work/log" 'status=deferred.*create_maildir'
ok "no Maildir: not even the home" nothing_made
mkdir -p "$home/Maildir" && chown -R "$owner" "$home"
deliver
ok "a directory that is no Maildir, as where no disk is mounted: 75" is "$status $(find "$home" -mindepth 2)" "75 "
mkdir "$home/Maildir"/{cur,new,tmp} && chown -R "$owner" "$home"
deliver
ok "there is one: delivered" is "$status $(message_count "$home")" "0 1"
deliver -m New
ok "its folders are made" is "$status $(message_count "$home/Maildir/.New")" "0 1"
configure 'create_maildir = yes'
deliver
ok "yes: it is made" is "$status $(message_count "$home")" "0 1"
configure 'create_maildir = no' 'create_home = no'
deliver
ok "without a home there is no such user: 67" is "$status" 67
done_testing
