#!/bin/bash
# A mailbox that is full: what the MTA is told, what is counted, and what a full mailbox does not hold up.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

set_up_vhosts
conf=$work/etc/mda.conf
home=$work/vhosts/a.test/x
box=$home/Maildir

# deliver STATUS [OPTION...]: a message of some 20 KB
deliver()
{
	local expected=$1 status=0
	shift
	number=$((${number:-0} + 1))
	{
		simple_message "$number"
		head -c 15000 /dev/zero | tr '\0' 'x' | fold -w 70
	} > "$work/message"
	"$bin/mda" -c "$conf" -d x@a.test -f ann@outside.test "$@" < "$work/message" > "$work/out" 2>&1 || status=$?
	is "$status" "$expected" || { cat "$work/out"; return 1; }
}

count()
{
	find "$box" -path '*/new/*' -o -path '*/cur/*' | wc -l
}

# What maildirsize says in the end: bytes and messages
sums()
{
	awk 'NR > 1 { b += $1; n += $2 } END { print b, n }' "$box/maildirsize"
}

true_sums()
{
	find "$box" \( -path '*/new/*' -o -path '*/cur/*' \) ! -path '*/.Trash/*' -printf '%s\n' | awk '{ b += $1 } END { print b + 0, NR }'
}

quota=(-o quota=50K)
ok "two messages fit" eval 'deliver 0 "${quota[@]}" && deliver 0 "${quota[@]}" -m Work'
ok "the sums are those of the files" is "$(sums)" "$(true_sums)"
ok "the first line says the quota" is "$(head -n 1 "$box/maildirsize")" 51200S
ok "the fourth is for later: 75 and 4.2.2" eval 'deliver 0 "${quota[@]}" && deliver 75 "${quota[@]}" && has "$work/out" "^4\.2\.2 "'
ok "... nothing of it is there" eval 'is "$(count)" 3 && is "$(find "$box" -name tmp -type d -exec find {} -type f \; | wc -l)" 0'
ok "quota_full = refuse: 77 and 5.2.2" eval 'deliver 77 "${quota[@]}" -o quota_full=refuse && has "$work/out" "^5\.2\.2 "'
ok "a message larger than the whole quota: 77 at once" eval 'deliver 77 -o quota=10K && has "$work/out" "^5\.[23]\.[234] "'
ok "no quota, no limit" deliver 0 -o quota=none
ok "by number" eval 'deliver 75 -o quota_messages=4 && has "$work/out" "^4\.2\.2 " && deliver 0 -o quota_messages=5'
rm "$box"/new/*
ok "when room was made, it is counted again" eval 'rm -f "$box/maildirsize" && deliver 0 "${quota[@]}" && is "$(sums)" "$(true_sums)"'
mkdir -p "$box"/.Trash/{new,cur,tmp}
head -c 90000 /dev/zero > "$box/.Trash/cur/1.a,S=90000:2,S"
! is_root || chown -R "$owner" "$box/.Trash"
ok "Trash is not counted" eval 'rm -f "$box/maildirsize" && deliver 0 -o quota=70K && is "$(sums)" "$(true_sums)"'
ok "a quota that stands in maildirsize alone" eval 'printf "30000S,100C\n29000 2\n" > "$box/maildirsize" && { ! is_root || chown "$owner" "$box/maildirsize"; } && deliver 75 && has "$work/out" "^4\.2\.2 "'

# spoilt TEXT: it is counted anew
spoilt()
{
	printf '%b' "$1" > "$box/maildirsize"
	! is_root || chown "$owner" "$box/maildirsize"
	deliver 0 -o quota=1M && is "$(head -n 1 "$box/maildirsize")" 1048576S && is "$(sums)" "$(true_sums)"
}
ok "a damaged maildirsize" spoilt 'what is\nthis\n'
ok "... with huge numbers" spoilt '1048576S\n99999999999999999999999 1\n'
ok "... with NULs" spoilt '1048576S\n\0\0\0 1\n'
ok "... empty" spoilt ''
ok "... a link" eval 'rm "$box/maildirsize" && ln -s /etc/passwd "$box/maildirsize" && deliver 0 -o quota=1M && [ ! -L "$box/maildirsize" ]'
ok "... a FIFO" eval 'rm -f "$box/maildirsize" && mkfifo "$box/maildirsize" && timeout 20 "$bin/mda" -c "$conf" -d x@a.test -f a@b.test -o quota=1M < "$work/message"'
done_testing
