#!/bin/bash
# What tools print to a terminal: no text of a list, script, message, address book or folder name
# controls the terminal, hides text, or changes the direction of writing. A pipe gets the bytes
# unchanged.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

if ! command -v script > /dev/null; then
	skip "a terminal" "needs script(1), of the package bsdutils"
	done_testing
	exit
fi

# Clear the screen; the same by a C1 control; right-to-left override; a title; a byte that is no UTF-8; DEL
evil=$'\e[2J\u009b2J\u202e\e]0;title\a\xff\x7f'

set_up_vhosts
conf=$work/etc/mda.conf
base_conf > "$conf"
home=$work/vhosts/a.test/ann
mkdir -p "$home/.mda" "$home/.mda/addressbook"
printf 'boss@b.test # %s\nx%sx@b.test\nfriend@b.test\n' "$evil" "$evil" > "$home/.mda/allow"
cp "$home/.mda/allow" "$home/.mda/block"
cp "$home/.mda/allow" "$home/.mda/contacts"
printf 'BEGIN:VCARD\nVERSION:3.0\nFN:%s\nEMAIL:a%sb@c.test\nEND:VCARD\n' "$evil" "$evil" > "$home/.mda/addressbook/$evil.vcf"
printf 'require "fileinto";\nfileinto "%s";\nnonsense "%s";\n' "$evil" "$evil" > "$home/.mda/rules.sieve"
printf 'From: %s <x%s@b.test>\nSubject: %s\nMessage-ID: <1%s@x>\n\nbody\n' "$evil" "$evil" "$evil" "$evil" > "$work/mail"
chown -hR "$owner" "$home"
attempt -c "$conf" -f boss@b.test -r ann@a.test < "$work/mail"
printf 'keep;\n' > "$work/good.sieve"
mkdir -p "$home/Maildir/.$evil/cur" "$home/Maildir/.$evil/new" "$home/Maildir/.$evil/tmp"
chown -hR "$owner" "$home"

# terminal COMMAND...: what it prints to a terminal
terminal()
{
	local line
	printf -v line '%q ' "$@"
	SHELL=/bin/bash script -qec "$line < $work/mail" /dev/null < /dev/null > "$work/out" 2>&1
	true
}

# A C1 control and an override are in UTF-8 here; the bytes that are none of it count, too.
tame()
{
	[ -s "$work/out" ] && ! LC_ALL=C grep -qaP '\x1b|\x07|\x7f|\xc2[\x80-\x9f]|\xe2\x80\xae|\xff' "$work/out"
}

# prints NAME COMMAND...
prints()
{
	local name=$1
	shift
	terminal "$@"
	ok "$name" tame
}

# Our own colours, which are what is left without TERM=dumb.
coloured()
{
	sed -i -E 's/\x1b\[(0|1|2|31|32)m//g' "$work/out" && tame
}
terminal env TERM=xterm "$bin/mda-explain" - -c "$conf" -f "$evil@b.test" -r ann@a.test
ok "mda-explain in colour" coloured
prints "mda-explain" env TERM=dumb "$bin/mda-explain" - -c "$conf" -f "$evil@b.test" -r ann@a.test
prints "mda-explain --trace" env TERM=dumb "$bin/mda-explain" - --trace -c "$conf" -r ann@a.test
prints "mda-explain: a message that is none" env TERM=dumb "$bin/mda-explain" "$work/$evil" -c "$conf" -r ann@a.test
prints "mda-config" "$bin/mda-config" -c "$conf" -r ann@a.test
prints "mda-config check" "$bin/mda-config" check -c "$conf" -r ann@a.test
# The line of the progress is erased by an escape sequence, but not on a terminal that has none.
prints "mda-doctor" env TERM=dumb "$bin/mda-doctor" -c "$conf" -r ann@a.test --recorded="$work"
prints "mda-doctor: a configuration that is none" env TERM=dumb "$bin/mda-doctor" -c "$work/$evil" --recorded="$work"
prints "mda-doctor: a check that is none" "$bin/mda-doctor" "$evil"
prints "mda: a recipient that is none" "$bin/mda" -c "$conf" -r "$evil"
prints "mda: an option that is none" "$bin/mda" "--$evil"
prints "mda-config: a configuration that is none" "$bin/mda-config" -c "$work/$evil"
for command in show check "test" add remove compile; do
	prints "mda-lists $command" "$bin/mda-lists" "$command" -c "$conf" -r ann@a.test allow "x$evil@b.test"
done
prints "mda-lists show" "$bin/mda-lists" show -c "$conf" -r ann@a.test allow
prints "mda-lists check" "$bin/mda-lists" check -c "$conf" -r ann@a.test
prints "mda-lists show --json" "$bin/mda-lists" show --json -c "$conf" -r ann@a.test allow
prints "mda-lists: a command that is none" "$bin/mda-lists" "$evil"
for command in list check why add learn; do
	prints "mda-contacts $command" "$bin/mda-contacts" "$command" -c "$conf" -r ann@a.test "$evil@b.test"
done
prints "mda-contacts list" "$bin/mda-contacts" list -c "$conf" -r ann@a.test
prints "mda-contacts list --json" "$bin/mda-contacts" list --json -c "$conf" -r ann@a.test
for command in check trace fmt capabilities "test"; do
	prints "mda-sieve $command" "$bin/mda-sieve" "$command" -c "$conf" "$home/.mda/rules.sieve"
done
for command in show check repair export; do
	prints "mda-reindex $command" "$bin/mda-reindex" "$command" -c "$conf" "$home/Maildir"
done
prints "mda-reindex: a path that is none" "$bin/mda-reindex" check -c "$conf" "$work/$evil"
prints "mda-reindex check --json" "$bin/mda-reindex" check --json -c "$conf" "$home/Maildir"
prints "mda-try" env TERM=dumb "$bin/mda-try" -c "$conf" -r ann@a.test
prints "mda-try --json" "$bin/mda-try" --json -c "$conf" -r ann@a.test --jobs 1
prints "mda-try: mail that is none" "$bin/mda-try" "$work/$evil" -c "$conf" -r ann@a.test
prints "mda-apply" env TERM=dumb "$bin/mda-apply" -c "$conf" -r ann@a.test --undo-file "$home/$evil"
prints "mda-apply: an undo file that is none" "$bin/mda-apply" -c "$conf" -r ann@a.test --undo "$home/no$evil"
printf 'From a@b.test Thu Nov 29 22:33:52 2001\nSubject: %s\nX-Keywords: %s\n\nx\n' "$evil" "$evil" > "$work/$evil.mbox"
chmod 644 "$work/$evil.mbox"
prints "mda-import" env TERM=dumb "$bin/mda-import" -c "$conf" -d ann@a.test "$work/$evil.mbox"
prints "mda-import --json" "$bin/mda-import" --json --folder "$evil" -c "$conf" -d ann@a.test "$work/$evil.mbox"
prints "mda-import: a source that is none" "$bin/mda-import" -c "$conf" -d ann@a.test "$work/no$evil"
prints "mda-purge" "$bin/mda-purge" -c "$conf" -d ann@a.test -F "$evil" --everything --dry-run
prints "mda-purge: a folder that is none" "$bin/mda-purge" -c "$conf" -d ann@a.test -F "no$evil" --everything
prints "mda-learn" "$bin/mda-learn" scan -c "$conf" -r "$evil@a.test"

printf 'keep; # %s\n' "$evil" > "$work/comment.sieve"
"$bin/mda-sieve" fmt -c "$conf" "$work/comment.sieve" > "$work/out" 2> /dev/null
ok "to a pipe the bytes go as they are" has "$work/out" "$(printf '\e')"
done_testing
