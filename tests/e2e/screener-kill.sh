#!/bin/bash
# The screener, killed at every step: what the user has decided by moving a message counts once the
# next delivery comes through, and no message is lost or doubled.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib-acts.sh"

if ! command -v strace > /dev/null; then
	skip "the screener, killed" "needs strace"
	done_testing
	exit
fi

set_up_ann << 'END'
screener = yes
END

# Where the messages of $1 are: folders, each as often as it has one.
places()
{
	messages "$maildir" | xargs grep -la "^From: $1" | sed -E 's|^.*/Maildir/?||; s|/?(new\|cur)/[^/]*$||; s|^$|INBOX|' | sort | xargs echo
}

# moved FOLDER: larry's message goes there by a name of its own, as an IMAP server gives it
moved()
{
	local file
	file=$(messages "$maildir" | xargs grep -la '^From: larry')
	mkdir -p "$maildir/$1"/{tmp,new,cur} && chown -hR "$owner" "$maildir/$1"
	mv "$file" "$maildir/$1/cur/1700000000.M1P1.host,S=$(stat -c %s "$file"):2,S"
}

keep_scene()
{
	rm -rf "$work/scene" && cp -a "$home" "$work/scene"
}

# survives CHECK MAIL...: killed at each of these calls while MAIL arrives; then it is tried again
survives()
{
	local call n step=1 kills=0
	[ -z "${THIN:-}" ] || step=4
	for call in renameat renameat2 unlinkat linkat fsync fdatasync flock pwrite64; do
		for ((n = 1; n < 60; n += step)); do
			rm -rf "$home" && cp -a "$work/scene" "$home"
			message "$2" > "$work/mail"
			under_strace -qq -o /dev/null -e trace=$call -e inject=$call:signal=KILL:when=$n \
				"$bin/mda" -c "$conf" -f x@b.test -r ann@a.test < "$work/mail" > "$work/out" 2>&1 && break
			kills=$((kills + 1))
			attempt -c "$conf" -f x@b.test -r ann@a.test < "$work/mail"
			is "$status" 0 && "$1" || { echo "after $call $n"; cat "$work/log"; return 1; }
		done
	done 2> /dev/null
	echo "# killed $kills times" >&2
	[ "$kills" -gt 8 ]
}

is_approved()
{
	delivered larry@new.test && is "$(places larry)" "INBOX INBOX" && is "$(places bob)" .Screener
}
is_blocked()
{
	is "$(grep -c '^larry@new.test' "$home/.mda/block")" 1 && delivered larry@new.test && is "$(places larry)" ".Junk .Junk"
}
is_held_once()
{
	is "$(places larry)" .Screener && moved . && delivered larry@new.test && is "$(places larry)" "INBOX INBOX"
}

screened()
{
	"$bin/mda-lists" screened -c "$conf" -d ann@a.test > "$work/out" 2>&1 && cut -d ' ' -f 1 "$work/out" | sort | xargs echo
}

# Killed at each of these calls; what is remembered of others stays.
forget_survives()
{
	local call n kills=0
	for call in pwrite64 fsync fdatasync openat ftruncate mmap; do
		for ((n = 1; n < 60; n++)); do
			rm -rf "$home" && cp -a "$work/scene" "$home"
			under_strace -qq -o /dev/null -e trace=$call -e inject=$call:signal=KILL:when=$n \
				"$bin/mda-lists" forget -c "$conf" -d ann@a.test larry@new.test > "$work/out" 2>&1 && break
			kills=$((kills + 1))
			screened > "$work/first"
			"$bin/mda-lists" forget -c "$conf" -d ann@a.test larry@new.test > "$work/out" 2>&1
			grep -qxE '(larry@new.test )?mo@new.test' "$work/first" &&
				is "$(screened)" mo@new.test || { echo "after $call $n"; cat "$work/first"; return 1; }
		done
	done 2> /dev/null
	echo "# killed $kills times" >&2
	[ "$kills" -gt 8 ]
}

delivered first@b.test
keep_scene
ok "killed while a message is held" survives is_held_once larry@new.test
rm -rf "$home" && cp -a "$work/scene" "$home"
delivered larry@new.test && moved . && keep_scene
ok "killed while its sender is approved" survives is_approved bob@b.test
rm -rf "$home" && cp -a "$work/scene" "$home"
mv "$maildir/cur"/1700000000.M1P1* "$work/moved" && mkdir -p "$maildir/.Junk"/{tmp,new,cur} && chown -hR "$owner" "$maildir/.Junk"
mv "$work/moved" "$maildir/.Junk/cur/1700000000.M1P1.host:2,S" && keep_scene
ok "killed while its sender is blocked" survives is_blocked bob@b.test
rm -rf "$home" && mkdir -p "$home/.mda" && chown -hR "$owner" "$home"
for sender in larry mo; do
	delivered $sender@new.test && mv "$maildir"/.Screener/new/* "$maildir/cur/1700000000.$sender.host:2,S" && delivered $sender@new.test
done
keep_scene
ok "killed while a sender is forgotten" forget_survives
done_testing
