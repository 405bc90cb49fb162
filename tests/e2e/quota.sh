#!/bin/bash
# A full mailbox: what the MTA gets, which messages count, and what is still delivered.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib-dovecot.sh"

set_up_vhosts
conf=$work/etc/mda.conf
home=$work/vhosts/a.test/x
box=$home/Maildir

# next_message: one of some 15 KB
next_message()
{
	number=$((${number:-0} + 1))
	{
		simple_message "$number"
		head -c 15000 /dev/zero | tr '\0' 'x' | fold -w 70
	} > "$work/message"
}

# deliver STATUS [OPTION...]
deliver()
{
	local expected=$1 status=0
	shift
	next_message
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

# ---- beside Dovecot's own count ----

has_dovecot "Dovecot's quota drivers" || { done_testing; exit; }

# dovecot_quota DRIVER: 100 KB and 100 messages
dovecot_quota()
{
	dovecot_plugins quota
	if is_dovecot_2_3; then
		printf 'protocol imap {\n  mail_plugins = $mail_plugins imap_quota\n}\n'
		printf 'plugin {\n  quota = %s:User\n  quota_rule = *:storage=100K:messages=100\n  quota_vsizes = %s\n}\n' \
			"$1" "$([ "$1" = count ] && echo yes || echo no)"
	else
		printf 'protocol imap {\n  mail_plugins {\n    imap_quota = yes\n  }\n}\n'
		printf 'quota User {\n  driver = %s\n  storage_size = 100K\n  message_count = 100\n}\n' "$1"
	fi
}

# begin DRIVER: a new mailbox, and two messages in it
begin()
{
	! listens_imap || stop_dovecot || return
	rm -rf "$home" && mkdir -p "$home" && chown "$owner" "$home" && dovecot_quota "$1" | start_dovecot && both deliver 0 && both deliver 0
}

both()
{
	"$@" -o quota=100K -o quota_messages=100 -o imap_server=dovecot
}

# by_client COUNT: a client saves so many messages
by_client()
{
	local i
	for ((i = 0; i < $1; i++)); do
		next_message && append INBOX < "$work/message" || return
	done
}

# used COUNT: so many messages has Dovecot counted, whoever stored them
used()
{
	imap 'GETQUOTAROOT INBOX' && has "$work/out" "QUOTA \"?User\"? \(.*MESSAGE $1 100\)"
}

delete_one()
{
	imap 'SELECT INBOX' 'STORE 1 +FLAGS (\Deleted)' EXPUNGE
}

home=$work/vhosts/a.test/x
ok "driver maildir: two deliveries" begin maildir
ok "... Dovecot counts them" used 2
ok "... a client saves four and deletes one" eval 'by_client 4 && delete_one'
ok "... the sums are those of the files" is "$(sums)" "$(true_sums)"
ok "... as many as Dovecot counts" used 5
ok "... one more fits, and then none" eval 'both deliver 0 && both deliver 75 && is "$(sums)" "$(true_sums)"'
ok "... until a client deletes one" eval 'delete_one && both deliver 0 && both deliver 75'

ok "driver count: two deliveries" begin count
ok "... Dovecot counts them" used 2
before=$(sums)
ok "... a client saves four" by_client 4
ok "... Dovecot counts them, and maildirsize knows nothing of them" eval 'used 6 && is "$(sums)" "$before"'
ok "... mail is taken until the mailbox seems to be full" eval 'for i in 1 2 3 4; do both deliver 0 || break; done'
ok "... then all is counted, and is too much" eval 'both deliver 75 && is "$(sums)" "$(true_sums)" && used 10'
ok "... and is so for a quarter of an hour, whatever a client deletes" eval 'for i in 1 2 3 4 5; do delete_one; done && both deliver 75'
ok "... and then is counted again" eval 'touch -d "16 minutes ago" "$box/maildirsize" && both deliver 0 && used 6 && is "$(sums)" "$(true_sums)"'
done_testing
