#!/bin/bash
# Folders that act, killed at every step: the next delivery does the rest, once.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib-acts.sh"

if ! command -v strace > /dev/null; then
	skip "folders that act, killed" "needs strace"
	done_testing
	exit
fi

set_up_ann << 'END'
imap_server = dovecot
block_folders = { "Block sender" }
allow_folders = { "Allow sender" }
END

delivered "Larry <larry@casino.test>"
delivered "Bob <bob@b.test>"

# One message of larry's lies in the folder that $1 names; the other is Bob's.
scene()
{
	rm -rf "$home" && cp -a "$work/scene" "$home"
}

lie_in()
{
	local file
	file=$(messages "$maildir" | xargs grep -la '^From: Larry')
	mv "$file" "$maildir/.$1/cur/$(basename "${file%%:*}"):2,FS"
	touch "$maildir/.$1/tmp"
	rm -rf "$work/scene" && cp -a "$home" "$work/scene"
}

copies_of_larry()
{
	messages "$maildir" | xargs grep -la '^From: Larry' | sed -E 's|^.*/Maildir/?||; s|/?(new\|cur)/[^:]*|/|'
}

entries()
{
	cat "$home/.mda/$1" 2> /dev/null | grep -c larry
}

# as_if_never_killed WHERE BLOCK ALLOW: one copy with its flags, and so many entries
as_if_never_killed()
{
	is "$(copies_of_larry)" "$1:2,FS" && is "$(entries block) $(entries allow)" "$2 $3" && uids_agree
}

# survives WHERE BLOCK ALLOW: killed at each of these calls; the next delivery does the rest
survives()
{
	local call n step=1 kills=0
	[ -z "${THIN:-}" ] || step=3
	for call in renameat renameat2 unlinkat linkat fsync flock utimensat; do
		for ((n = 1; n < 60; n += step)); do
			scene
			message "Bob <bob@b.test>" > "$work/mail"
			under_strace -qq -o /dev/null -e trace=$call -e inject=$call:signal=KILL:when=$n \
				"$bin/mda" -c "$conf" -f x@b.test -r ann@a.test < "$work/mail" > "$work/out" 2>&1 && break
			kills=$((kills + 1))
			attempt -c "$conf" -f x@b.test -r ann@a.test < "$work/mail"
			is "$status" 0 && as_if_never_killed "$@" || { echo "after $call $n"; return 1; }
		done
	done 2> /dev/null
	echo "# killed $kills times" >&2
	[ "$kills" -gt 8 ]
}
lie_in "Block sender"
ok "killed while it blocks" survives .Junk/ 1 0
scene && attempt -c "$conf" -f x@b.test -r ann@a.test < "$work/mail"
lie_in "Allow sender"
ok "killed while it takes the entry back" survives / 0 0
scene && attempt -c "$conf" -f x@b.test -r ann@a.test < "$work/mail"
lie_in "Allow sender"
ok "killed while it allows" survives / 0 1
done_testing
