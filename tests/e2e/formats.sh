#!/bin/bash
# A mailbox of each released version (tests/formats) is used by this one: the UIDs are the same, from
# the database as from the text copy. What a newer version made is left alone.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

set_up_vhosts
home=$work/vhosts/a.test/ann
conf=$work/etc/mda.conf

# unpack VERSION
unpack()
{
	rm -rf "$home"
	mkdir -p "$home" && tar -C "$home" -xzf "tests/formats/$1/mailbox.tar.gz" && chown -R "$owner" "$work/vhosts"
}

deliver()
{
	attempt -c "$conf" -f bob@other.example -r ann@a.test < <(printf 'Received: from x by y; Sat, 28 Nov 2026 12:00:00 +0000\nSubject: new %s\n\nbody\n' "$1")
}

# uids: each folder's UIDVALIDITY, and each file with its UID
uids()
{
	"$bin/mda-reindex" show -c "$conf" -d ann@a.test 2>&1 | sed 's/  *UIDNEXT.*//'
}

# Those of before, and nothing else but what came later.
has_all_uids_of()
{
	uids > "$work/now"
	not grep -vxFf "$work/now" <(sed 's/  *UIDNEXT.*//' "tests/formats/$1/show")
}

inbox_uids()
{
	uids | awk '/^[A-Z]/ { inbox = $1 == "INBOX" } inbox && /^ / { print $1 }'
}

if [ "$(getconf LONG_BIT) $(getconf PAGESIZE) $(printf '\1\0' | od -An -tu2 | tr -d ' ')" != "64 4096 1" ]; then
	skip "formats" "LMDB's files are others on this machine"
	done_testing
	exit
fi

for dir in tests/formats/*/; do
	version=$(basename "$dir")
	ok "$version: its mailbox" unpack "$version"
	ok "$version: a tool reads its UIDs" eval 'is "$(uids)" "$(sed "s/  *UIDNEXT.*//" "$dir/show")"'
	deliver 1
	ok "$version: a delivery" is "$status" 0
	ok "$version: each message has its UID" has_all_uids_of "$version"
	ok "$version: and the new one a higher one" eval 'is "$(inbox_uids)" "$(inbox_uids | sort -nu)" && [ "$(inbox_uids | wc -l)" = 4 ]'
	uids > "$work/before"
	deliver 1
	ok "$version: the same message again is recognised" eval 'is "$status" 0 && is "$(uids)" "$(cat "$work/before")"'
	ok "$version: nothing was set aside" is "$(find "$home" -name '*damaged*' -o -name '*kept*')" ""
	ok "$version: its database is lost" eval 'unpack "$version" && rm -r "$home/.Maildir.mda"'
	deliver 2
	ok "$version: a delivery" is "$status" 0
	ok "$version: the other folder, by the tool" "$bin/mda-reindex" repair -c "$conf" -d ann@a.test
	ok "$version: the text copy has each UID" has_all_uids_of "$version"
done

# ---- what a newer version made ----

# LMDB has two copies of the first bytes, and the table `meta` has the format as a value of 4 bytes after its key.
make_newer()
{
	perl -0777 -pi -e 's/(format)\x01\0\0\0/$1\x63\0\0\0/g' "$1" && grep -qaP 'format\x63' "$1"
}

# What is kept for `mda log` is about the attempt.
everything()
{
	(cd "$home" && find . -type f ! -name 'lock*' ! -name cleaned ! -name explain -exec sha256sum {} + | sort)
}
ok "a database of a newer version" eval 'unpack "$version" && make_newer "$home/.Maildir.mda/data.mdb"'
everything > "$work/before"
deliver 3
ok "the delivery is tried again later" is "$status" 75
ok "the log says what to do" has "$work/log" 'a newer version of mda made it \(format 99, and this one has [0-9]+\); install that version again'
ok "the database and the mail are as they were" eval 'is "$(everything)" "$(cat "$work/before")"'
"$bin/mda-reindex" check -c "$conf" -d ann@a.test > "$work/out" 2>&1
ok "a tool says the same" has "$work/out" 'a newer version of mda made it'
"$bin/mda-reindex" repair -c "$conf" -d ann@a.test > "$work/out" 2>&1
ok "and repairs nothing" eval 'has "$work/out" "a newer version of mda made it" && is "$(everything)" "$(cat "$work/before")"'
done_testing
