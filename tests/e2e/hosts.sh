#!/bin/bash
# Two hosts deliver into one Maildir, each with its own database and without an IMAP server; and
# two users deliver into one folder, which is a link in the Maildir of one of them. No UID is
# given twice, and all databases agree.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

if ! is_root || ! unshare --uts true 2> /dev/null; then
	skip "two hosts" "needs root, for two host names"
	done_testing
	exit
fi

rounds=15
set_up_vhosts
home=$work/vhosts/a.test/ann
maildir=$home/Maildir
mkdir -p "$work/state/one" "$work/state/two" "$home" && chown -R "$owner" "$work/state" "$home"
for host in one two; do
	base_conf > "$work/etc/$host.conf"
	printf 'state_dir = "%s/%%n"\nlog = "%s/log.%s"\n' "$work/state/$host" "$work" $host >> "$work/etc/$host.conf"
	: > "$work/log.$host" && chown "$owner" "$work/log.$host"
done

# on HOST COMMAND...
on()
{
	# shellcheck disable=SC2016
	unshare --uts sh -c 'hostname "$0" && exec "$@"' "$@"
}

# deliver HOST WORD [ARGUMENT...]
deliver()
{
	simple_message "$2" | on "$1" "$bin/mda" -c "$work/etc/$1.conf" -f x@b.test -r ann@a.test "${@:3}"
}

by_turns()
{
	local i
	for ((i = 0; i < 6; i++)); do
		deliver one "turn-$i" && deliver two "turn-$i-two" || return
	done
}

at_once()
{
	local i host where pids=() failed=0
	for ((i = 0; i < rounds; i++)); do
		for host in one two; do
			for where in INBOX Work; do
				deliver $host "$host-$i-$where" -m $where & pids+=($!)
			done
		done
		[ $((i % 3)) -ne 2 ] || { wait "${pids[@]}" || failed=1; pids=(); }
	done
	wait
	return $failed
}

# uids FOLDER: all that were given, as the logs have them
uids()
{
	cat "$work"/log.* | sed -nE "s/.*status=stored .* folder=$1 uid=([0-9]+) .*/\1/p" | sort -n
}

none_twice()
{
	uids "$1" | uniq -d > "$work/twice"
	[ ! -s "$work/twice" ] && is "$(uids "$1" | wc -l)" "$2" && return
	echo "given twice:" && cat "$work/twice"
	return 1
}

# Every message has one UID in mda-uids, and no UID was left out: they go from 1 to the number of
# messages.
all_listed()
{
	is "$(sed 1d "$maildir/$1mda-uids" | cut -d ' ' -f 1 | sort -n | xargs)" "$(seq "$2" | xargs)" && return
	grep -h event=note "$work"/log.*
	return 1
}

# After a delivery, each host knows what the other gave.
knows_all()
{
	setpriv --reuid "${owner%:*}" --regid "${owner#*:}" --clear-groups "$bin/mda-reindex" check \
		--state="$work/state/$1/ann" "$maildir" > "$work/out" 2>&1 && return
	cat "$work/out"
	return 1
}

quiet()
{
	not grep -h event=note "$work"/log.*
}

ok "by turns" by_turns
ok "by turns: no UID is given twice" none_twice INBOX 12
ok "by turns: none is passed over" all_listed '' 12
ok "by turns: it needs no note" quiet
ok "at once" at_once
ok "at once: no UID of the INBOX is given twice" none_twice INBOX $((12 + 2 * rounds))
ok "at once: no UID of a folder is given twice" none_twice Work $((2 * rounds))
ok "at once: the file has all of the INBOX" all_listed '' $((12 + 2 * rounds))
ok "at once: the file has all of the folder" all_listed .Work/ $((2 * rounds))
deliver one last && deliver one last -m Work && deliver two last && deliver two last -m Work && deliver one very-last && deliver one very-last -m Work
ok "the one database has what the file has" knows_all one
rm -r "$work/state/two"/ann
deliver two after-loss
ok "a lost database comes back from the file" is "$(tail -n 1 "$maildir/mda-uids" | cut -d ' ' -f 1)" $((12 + 2 * rounds + 4))
ok "and no UID was given twice" none_twice INBOX $((12 + 2 * rounds + 4))
rm "$maildir/mda-uids"
deliver one after-file
ok "a lost file: UIDs go on with a gap, and it is said" has "$work/log.one" 'event=note.*mda-uids was missing'
deliver two after-file
ok "and no UID was given twice" none_twice INBOX $((12 + 2 * rounds + 6))

# ---- one folder of two mailboxes ----

rm -rf "$home" "$work/state"
bob=$work/vhosts/a.test/bob
base_conf > "$work/etc/links.conf"
echo 'follow_links = admin' >> "$work/etc/links.conf"
shared()
{
	simple_message "$2" | "$bin/mda" -c "$work/etc/links.conf" -f x@b.test -r "$1@a.test" -m "$3"
}
shared ann first Team && shared bob first INBOX && ln -s "$home/Maildir/.Team" "$bob/Maildir/.Ours" && : > "$work/log"

both_at_once()
{
	local i pids=() failed=0
	for ((i = 0; i < rounds; i++)); do
		shared ann "ann-$i" Team & pids+=($!)
		shared bob "bob-$i" Ours & pids+=($!)
		[ $((i % 3)) -ne 2 ] || { wait "${pids[@]}" || failed=1; pids=(); }
	done
	wait
	return $failed
}

linked_uids()
{
	sed -nE 's/.*status=stored .* folder=(Team|Ours) uid=([0-9]+) .*/\2/p' "$work/log" | sort -n
}

ok "a link: the first through it" shared bob through Ours
ok "a link: both at once" both_at_once
ok "a link: no UID is given twice" is "$(linked_uids | uniq -d) $(linked_uids | wc -l)" " $((2 * rounds + 1))"
ok "a link: all is in the one folder" is "$(message_count "$home/Maildir/.Team")" $((2 * rounds + 2))
ok "a link: none is passed over" is "$(linked_uids | xargs)" "$(seq 2 $((2 * rounds + 2)) | xargs)"
done_testing
