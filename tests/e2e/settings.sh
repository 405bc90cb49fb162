#!/bin/bash
# What a person may set: mda-settings, the file of settings in a home, and what the next message
# makes of it.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

set_up_vhosts
conf=$work/etc/mda.conf
home=$work/vhosts/a.test/ann
maildir=$home/Maildir
settings=$home/.mda/settings
mkdir -p "$home/.mda"
chown -hR "$owner" "$home"
cp "$conf" "$work/base.conf"

# settings WORD...: what it prints is in $work/out and $work/err
settings()
{
	status=0
	"$bin/mda-settings" "$@" -c "$conf" -d ann@a.test > "$work/out" 2> "$work/err" || status=$?
}

# shows STATUS REGEX...: of what it printed
shows()
{
	is "$status" "$1" || { cat "$work/out" "$work/err"; return 1; }
	local regex
	for regex in "${@:2}"; do
		cat "$work/out" "$work/err" > "$work/both"
		has "$work/both" "$regex" || return
	done
}

# holds TEXT: the file of settings
holds()
{
	is "$(cat "$settings")" "$1" && is "$(stat -c '%a %u' "$settings")" "600 ${owner%:*}"
}

# arrives [FIELD...]: a delivery; the stored message is $stored
# shellcheck disable=SC2120
arrives()
{
	rm -rf "$maildir"
	{ printf '%s\n' "$@"; simple_message; } > "$work/mail"
	attempt -c "$conf" -f x@b.test -r ann@a.test "${options[@]}" < "$work/mail"
	stored=$(messages "$maildir")
	is "$status" 0 && is "$(messages "$maildir" | wc -l)" 1
}
options=()

labelled()
{
	arrives && has "$stored" '^X-Mda-Label: Unknown'
}

unlabelled()
{
	arrives && not grep -q '^X-Mda-Label' "$stored"
}

# write LINE...: a person edits the file
write()
{
	printf '%s\n' "$@" > "$settings"
	chown "$owner" "$settings"
}

# ---- nobody may set anything ----

settings show
ok "nothing may be set" shows 75 'ann@a.test may set nothing: user_settings in mda.conf names the keys'
write 'label = no'
ok "a file that counts for nobody" labelled
ok "of which nothing is said" test ! -e "$settings.errors"
rm "$settings"
under_strace -f -qq -o "$work/without" "$bin/mda" -c "$conf" -f x@b.test -r ann@a.test < "$work/mail"
ok "without the key the file is not looked at" not grep -q 'settings' "$work/without"

# ---- mda-settings ----

cat >> "$conf" << 'END'
user_settings = { label, label_shows, antispam, spam_action, vacation_subject }
domain "a.test" {
	spam_action = mark
}
address "ann@a.test" {
	vacation_subject = "Away"
}
END
settings
ok "show" shows 0 '^label  *= "yes"   # default$' "^spam_action  *= \"mark\"   # $conf:[0-9]+, section \"a.test\"\$" \
	"^vacation_subject  *= \"Away\"   # $conf:[0-9]+, section \"ann@a.test\"\$"
ok "show: only what is theirs" is "$(wc -l < "$work/out")" 5
settings set label no
ok "set" shows 0 "^$settings: label is set\$"
ok "set: the file" holds 'label = "no"'
settings show label
ok "show: who set it" shows 0 "^label  *= \"no\"   # $settings:1, user\$"
settings show label --json
ok "show: as JSON" shows 0 '^\{"key":"label","values":\["no"\],"from":"user","where":".*settings:1, user"\}$'
settings set label_shows header subject
ok "set: a list" holds $'label = "no"\nlabel_shows = { "header", "subject" }'
settings set vacation_subject 'I "am" C:\away'
ok "set: quotes" shows 0
settings show vacation_subject --json
ok "show: quotes" shows 0 '"values":\["I .u0022am.u0022 C:.u005caway"\]'
settings unset vacation_subject
settings set label yes
ok "set: another value" holds $'label_shows = { "header", "subject" }\nlabel = "yes"'
settings unset label_shows
ok "unset" holds 'label = "yes"'
settings unset label_shows
ok "unset: twice" shows 1 'label_shows is not set there'
settings set label maybe
ok "set: a wrong value" shows 75 '^mda-settings: label takes yes or no$'
settings set spam_limit 3
ok "set: another's key" shows 75 'spam_limit is not yours to set; these keys are: label, label_shows, antispam, spam_action, vacation_subject'
settings set antispam rspamd
ok "set: a server" shows 75 'antispam: this server is not asked here'
settings set vacation_subject $'a\nlabel = no'
ok "set: two lines" shows 75 'a value has one line'
settings set label yes no
ok "set: two values" shows 75 'label takes one value'
settings set label
ok "set: no value" shows 75 'label takes one value'
settings set
ok "set: nothing" shows 75
ok "nothing of this changed the file" holds 'label = "yes"'
write '# mine' 'label = no # for now' 'nonsense'
settings set spam_action junk
ok "set: what else is in the file stays" holds $'# mine\nlabel = no # for now\nnonsense\nspam_action = "junk"'
settings show
ok "show: lines that do not count" shows 1 'settings:3:1: unknown key "nonsense"'
mkdir "$home/.mda.away" && mv "$settings" "$home/.mda.away/" && ln -s "$work/etc/mda.conf" "$settings" && chown -h "$owner" "$settings"
settings set label no
ok "set: the file is a link" shows 75 'symbolic link'
ok "set: mda.conf is unharmed" not grep -q '^label' "$conf"
rm "$settings"

# ---- the next message ----

ok "no file: the default" labelled
settings set label no
ok "the next message has no label" unlabelled
options=(-o label=yes)
ok "-o wins" labelled
ok "and the file says so" has "$settings.errors" 'settings:1:1: label is set on the command line of mda'
options=()
ok "without it" unlabelled
ok "the errors are gone" test ! -e "$settings.errors"
write 'label = no' 'maildir = "/tmp/x"' 'spam_limit = 1'
: > "$work/log"
ok "a key of the admin's: the rest counts" unlabelled
ok "the rest is told beside it" is "$(cat "$settings.errors")" "$settings:2:1: maildir is not yours to set
$settings:3:1: spam_limit is not yours to set"
ok "and in the log" has "$work/log" 'settings: 2 lines do not count; see .*settings.errors'
"$bin/mda-config" -c "$conf" -r ann@a.test > "$work/out" 2>&1
ok "mda-config shows it" has "$work/out" "^label  *= \"no\"   # $settings:1, user\$"
"$bin/mda-config" check -c "$conf" -r ann@a.test > "$work/out" 2>&1
ok "mda-config check too" has "$work/out" 'settings:2:1: maildir is not yours to set'
"$bin/mda-contacts" why -c "$conf" -d ann@a.test x@y.test > "$work/out" 2>&1
ok "mda-contacts why knows it" has "$work/out" 'no label: label is off'
"$bin/mda-explain" -c "$conf" -r ann@a.test -f x@b.test "$work/mail" > "$work/out" 2>&1
ok "mda-explain too" not grep -q 'X-Mda-Label' "$work/out"
write 'spam_action = discard'
rm -rf "$maildir"
{ echo 'X-Spam-Flag: YES'; simple_message; } > "$work/mail"
attempt -c "$conf" -f x@b.test -r ann@a.test < "$work/mail"
ok "spam_action of one's own" is "$status $(messages "$maildir" | wc -l)" "0 0"
write 'antispam = no'
ok "no filter" eval 'arrives "X-Spam-Flag: YES" && has "$work/log" "spam=unknown"'
settings set label_shows subject
ok "the mark in the subject" eval 'arrives "X-A: b" && has "$stored" "^Subject: \[Unknown\] test plain"'

# ---- hostile files ----

# whatever WHAT: it is delivered, with the label of mda.conf
whatever()
{
	ok "$1: the mail is stored" labelled
	ok "$1: which is told" test -s "$settings.errors"
	rm -rf "$settings" "$settings.errors"
}

rm "$settings"
ln -s /etc/passwd "$settings" && chown -h "$owner" "$settings"
whatever "a link"
ln -s "$settings" "$settings" && chown -h "$owner" "$settings"
whatever "a link to itself"
mkfifo "$settings" && chown "$owner" "$settings"
whatever "a FIFO"
mkdir "$settings" && chown "$owner" "$settings"
whatever "a directory"
head -c 100000 /dev/zero > "$settings"
whatever "zeros"
head -c 60000 /dev/urandom | tr -d '\n' > "$settings"
whatever "random bytes"
yes 'label = no' | head -c 70000 > "$settings"
whatever "a large file"
if is_root; then
	echo 'label = no' > "$settings" && chmod 000 "$settings" && chown 0:0 "$settings"
	whatever "a file that nobody may read"
fi
ln -s "$work/etc" "$settings.errors" && write nonsense
ok "the file for errors is a link" labelled
ok "it is replaced, not followed" has "$settings.errors" 'unknown key'
rm "$settings" "$settings.errors"
mkdir "$settings.errors" && write nonsense && : > "$work/log"
ok "the file for errors is a directory" labelled
ok "that is a note" has "$work/log" 'settings.errors'
rm -rf "$settings" "$settings.errors"

# Killed while it writes, mda-settings leaves the old file or the new one.
write 'label = no'
killed_everywhere()
{
	local call n kills=0
	for call in openat openat2 flock fcntl read write fchmod fsync renameat renameat2 close; do
		for ((n = 1; n < 60; n++)); do
			write 'label = no'
			under_strace -f -qq -o /dev/null -e trace=$call -e inject=$call:signal=KILL:when=$n \
				"$bin/mda-settings" set label yes -c "$conf" -d ann@a.test > "$work/out" 2>&1 && break
			kills=$((kills + 1))
			case $(cat "$settings") in
			'label = no' | 'label = "yes"') ;;
			*) echo "after $call $n:"; cat "$settings"; return 1 ;;
			esac
		done
	done 2> /dev/null
	[ "$kills" -gt 20 ] && is "$(cat "$settings")" 'label = "yes"'
}
ok "killed at each call" killed_everywhere
done_testing
