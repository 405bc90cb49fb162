#!/bin/bash
# Message files as a real Dovecot writes them with its plugins zlib and mail_crypt: the tools read
# compressed files, and report that they did not read encrypted ones.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib-dovecot.sh"
needs_dovecot "compressed messages"

set_up_vhosts
conf=$work/etc/mda.conf
home=$work/vhosts/a.test/ann
maildir=$home/Maildir
sent=$maildir/.Sent
echo 'imap_server = dovecot' >> "$conf"
mkdir -p "$home" && chown -R "$owner" "$work/vhosts"
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:prime256v1 -out "$work/etc/private.pem" 2> /dev/null
openssl pkey -in "$work/etc/private.pem" -pubout -out "$work/etc/public.pem" 2> /dev/null
chmod 644 "$work/etc"/*.pem

# compresses WITH
compresses()
{
	if is_dovecot_2_3; then
		dovecot_plugins zlib
		printf 'plugin {\n  zlib_save = %s\n}\n' "$1"
	else
		dovecot_plugins mail_compress
		echo "mail_compress_write_method = $1"
	fi
}

encrypts()
{
	dovecot_plugins mail_crypt
	if is_dovecot_2_3; then
		printf 'plugin {\n  mail_crypt_save_version = 2\n  mail_crypt_global_private_key = <%s\n  mail_crypt_global_public_key = <%s\n}\n' \
			"$work/etc/private.pem" "$work/etc/public.pem"
	else
		printf 'crypt_global_private_key main {\n  crypt_private_key_file = %s\n}\ncrypt_global_public_key_file = %s\n' \
			"$work/etc/private.pem" "$work/etc/public.pem"
	fi
}

# A message that ann sent on that day of November, long enough to be worth compressing
message()
{
	printf 'From: ann@a.test\nTo: %s-friend@outside.test\nSubject: %s\nDate: %s Nov 2026 10:00:00 +0000\nMessage-ID: <%s@a.test>\n\n' "$1" "$1" "$2" "$1"
	seq 2000
}

# save NAME DAY SETTINGS...: Dovecot stores it in the folder Sent
save()
{
	{ echo "lda_mailbox_autocreate = yes" && "${@:3}"; } | configure_dovecot "$maildir"
	message "$1" "$2" | as_owner $lda -c "$work/dovecot.conf" -f '' -m Sent
}

of_ann=(-c "$conf" -d ann@a.test)

# The later the day the earlier it is saved, so that all are out of order.
day=28
for kind in gz bz2 zstd lz4; do
	ok "Dovecot saves with $kind" save $kind $((day--)) compresses $kind
done
ok "Dovecot saves a plain one" save plain $((day--)) true
ok "Dovecot saves an encrypted one" save secret $((day--)) encrypts

# magics: the first bytes of the files in the order of their arrival
magics()
{
	find "$sent/new" "$sent/cur" -type f -printf '%f %p\n' | sort -t. -k1,1n -k2.2,2n | while read -r _ file; do
		head -c 3 "$file" | od -An -tx1 | tr -d ' '
	done | xargs
}
ok "they are what they are called" is "$(magics)" "1f8b08 425a68 28b52f 446f76 46726f 435259"

# ---- learning contacts ----

# is_contact NAME: their mail is not the first of somebody unknown
is_contact()
{
	as_owner "$bin/mda-contacts" why "${of_ann[@]}" "$1-friend@outside.test" > "$work/why" 2>&1 && not grep first-contact "$work/why"
}

as_owner "$bin/mda-contacts" learn "${of_ann[@]}" > "$work/out" 2> "$work/err"
ok "mda-contacts learn" is $? 0
for kind in gz bz2 zstd lz4 plain; do
	ok "mda-contacts learn: the recipient of $kind is a contact" is_contact $kind
done
ok "mda-contacts learn: not that of the encrypted one" not is_contact secret
ok "mda-contacts learn: the encrypted one is told" has "$work/out" 'not read: 1 encrypted, 0 '

# ---- dates ----

as_owner "$bin/mda-reindex" renumber --order=date --yes --imap-server=dovecot "$maildir" > "$work/out" 2> "$work/err"
ok "mda-reindex renumber --order=date" is $? 0
ok "renumber: the encrypted one is told" has "$work/err" 'not read: 1 encrypted, 0 '

# In the order of their UIDs, the day of each file's time
days()
{
	sed 1d "$sent/dovecot-uidlist" | sort -n | while read -r _ _ _ rest; do
		find "$sent/new" "$sent/cur" -name "${rest#:}*" -newermt 2026-11-01 -printf '%TY-%Tm-%Td\n'
	done
}
uid_names()
{
	sed 1d "$sent/dovecot-uidlist" | sort -n | sed 's/.*://'
}
subjects()
{
	uid_names | while read -r base; do
		TZ=UTC0 find "$sent/new" "$sent/cur" -name "$base*" -printf '%Td\n'
	done | head -n 5 | xargs
}
ok "renumber: UIDs follow the dates, and the files have them" is "$(subjects)" "24 25 26 27 28"
ok "mda-reindex check after it" as_owner "$bin/mda-reindex" check --imap-server=dovecot "$maildir"
as_owner "$bin/mda-reindex" renumber --order=size --yes --imap-server=dovecot "$maildir" > "$work/out" 2> "$work/err"
ok "mda-reindex renumber --order=size: by the size that the names say" is \
	"$(uid_names | grep -oE ',S=[0-9]+' | tr -d ,S= | xargs)" "$(uid_names | grep -oE ',S=[0-9]+' | tr -d ,S= | sort -n | xargs)"

# ---- what is broken, and what is too much ----

bomb()
{
	printf 'Subject: bomb\nDate: 1 Nov 2026 10:00:00 +0000\nTo: bomb-friend@outside.test\n\n' | cat - <(head -c 80M /dev/zero) | gzip -1
}
add()
{
	cat > "$sent/cur/$1:2,S" && chown "$owner" "$sent/cur/$1:2,S"
}
message broken 2 | gzip | head -c 200 | add 1700000001.broken.host
bomb | add 1700000002.bomb.host
printf 'Dovecot-LZ4\r\052\233\305\177\377\377\377' | add 1700000003.lz4.host
message xz 3 | xz 2> /dev/null | add 1700000004.xz.host
ok "mda-reindex repair" as_owner "$bin/mda-reindex" repair --imap-server=dovecot "$maildir"
as_owner "$bin/mda-contacts" learn "${of_ann[@]}" > "$work/out" 2> "$work/err"
ok "mda-contacts learn passes over what cannot be unpacked" has "$work/out" 'not read: [01] encrypted, [34] '
ok "no recipient of a bomb is a contact" not is_contact bomb
as_owner "$bin/mda-reindex" renumber --order=date --yes --imap-server=dovecot "$maildir" > "$work/out" 2> "$work/err"
ok "mda-reindex renumber: of a bomb the head is read, as it is small" has "$work/err" 'not read: 1 encrypted, [23] '
done_testing
