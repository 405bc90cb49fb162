#!/bin/bash
# Lists that age: which entries are used, how often and when, what expires, and through which allow
# entries spam came.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

set_up_vhosts
conf=$work/etc/mda.conf
echo 'authserv_id = { "mx.a.test" }' >> "$conf"
home=$work/vhosts/a.test/ann
maildir=$home/Maildir
mine=$home/.mda
state=$home/.Maildir.mda
mkdir -p "$mine" "$work/vhosts/a.test/eve/.mda"
chown -hR "$owner" "$work/vhosts"
today=$(date +%F) now=$(date +%s)

# ago DAYS: as seconds, or with FORMAT as a date
ago()
{
	date -d "@$((now - $1 * 86400))" "+${2:-%s}"
}

# mail FROM FOLDER [TO] [FIELD]...: a message from there ends up there
auth='dmarc=pass'
mail()
{
	local there to=${3:-ann} root
	root=$work/vhosts/a.test/$to/Maildir
	{
		echo "Authentication-Results: mx.a.test; $auth"
		echo "Received: from outside by mx.a.test"
		[ $# -lt 4 ] || printf '%s\n' "${@:4}"
		simple_message "$RANDOM$RANDOM" | sed "s/^From:.*/From: $1/"
	} > "$work/mail"
	touch "$work/before"
	attempt -c "$conf" -f "$1" -r "$to@a.test" < "$work/mail"
	is "$status" 0 || return
	there=$(find "$root" -type f -name '*S=*' -cnewer "$work/before" | sed -E 's|.*/Maildir/||; s|/?(new\|cur)/.*||')
	is "$there" "$2"
}

# shows REGEX ARGUMENT...: a line of mda-lists show
shows()
{
	"$bin/mda-lists" show -c "$conf" "${@:2}" > "$work/out" 2> "$work/err" || { cat "$work/err"; return 1; }
	[ -z "$1" ] || has "$work/out" "$1"
}

lists()
{
	status=0
	"$bin/mda-lists" "$@" -c "$conf" > "$work/out" 2>&1 || status=$?
}

scan()
{
	"$bin/mda-learn" scan -c "$conf" -d ann@a.test "$@" > "$work/out" 2>&1
}

# put FILE LINE...: a list of ann's
put()
{
	printf '%s\n' "${@:2}" > "$mine/$1" && chown "$owner" "$mine/$1"
}

put block '*@casino.test # added 2020-01-01: daily' 'larry@casino.test # added 2020-01-01' 'never@x.test # added 2020-01-01' 'byhand@x.test'
put allow 'bob@b.test # added 2020-01-01: my brother' 'forged@b.test # added 2020-01-01' "news@b.test # until 2999-12-31" 'friend@x.test # keep'
printf '%s\n' 'all@spam.test' 'old@spam.test' > "$work/etc/block"

# ---- what is counted ----

ok "nothing is known before the first use" shows 'block:1: \*@casino.test  # added 2020-01-01: daily$' -d ann@a.test
ok "a blocked message" mail larry@casino.test .Junk
ok "both entries that match are used" eval 'shows "block:1: .*  \(used 1 time, last $today\)$" -d ann@a.test && has "$work/out" "block:2: .*  \(used 1 time, last $today\)$"'
ok "and no other is" eval 'has "$work/out" "block:3: .*  \(not used since $today\)$" && has "$work/out" "allow:1: .*  \(not used since $today\)$"'
ok "another" mail moe@casino.test .Junk
ok "is counted for the one that matches" eval 'shows "block:1: .*  \(used 2 times" -d ann@a.test && has "$work/out" "block:2: .*  \(used 1 time,"'
ok "an allowed message" mail bob@b.test ''
ok "is counted" shows 'allow:1: .*  \(used 1 time,' -d ann@a.test
auth='dmarc=fail'
ok "a forged one" mail forged@b.test ''
auth='dmarc=pass'
ok "is not" shows 'allow:2: .*  \(not used since' -d ann@a.test
ok "neither is what mda explain looks at" eval '"$bin/mda" explain "$work/mail" -c "$conf" -f bob@b.test -r ann@a.test > "$work/out" 2>&1; has "$work/out" "bob@b.test" && shows "allow:1: .*  \(used 1 time," -d ann@a.test'
ok "JSON" shows '"entry":"larry@casino.test".*"counted":true,"used":1,"last_used":[0-9]{10},"idle_since":[0-9]{10},"spam":0,"last_spam":0\}' -d ann@a.test --json
is_root && ok "the state is the owner's" is "$(find "$state" ! -user "${owner%:*}" | wc -l)" 0

# ---- unused ----

# used LIST ENTRY DAYS: it was used so long ago; LIST is 0 block, 1 allow, 2 and 3 the global ones
used()
{
	printf '%s %s+ %s\n' "$(ago "$3")" "$1" "$2" >> "$state/uses.log"
}
used 0 never@x.test 400
used 1 friend@x.test 300
used 1 forged@b.test 100
ok "--unused 180d" shows '' -d ann@a.test --unused 180d
ok "shows what was not used for so long" is "$(sed -E 's/:.*: ([^ ]*) .*/ \1/; s/:.*//' "$work/out" | sort | tr '\n' ' ')" "allow friend@x.test allow news@b.test block byhand@x.test block never@x.test "
ok "since its last use, or since counting began" eval 'has "$work/out" "never@x.test .*\(used 1 time, last $(ago 400 %F)\)" && has "$work/out" "byhand@x.test  \(not used since $(ago 400 %F)\)"'
ok "--unused 200w shows nothing" eval 'shows "" -d ann@a.test --unused 200w; is "$(wc -l < "$work/out")" 0'
lists show -d ann@a.test --unused soon
ok "--unused needs a time" eval 'is "$status" 75 && has "$work/out" "unused must be a time"'

# ---- expiry ----

lists expire -d ann@a.test
ok "nothing expires while the key is off" eval 'is "$status" 75 && has "$work/out" "lists_expire is off"'
cp "$mine/block" "$work/block" && cp "$mine/allow" "$work/allow"
ok "nor by mda-learn scan" eval 'scan; cmp "$work/block" "$mine/block" && cmp "$work/allow" "$mine/allow"'
"$bin/mda-lists" compile block -c "$conf" -d ann@a.test > /dev/null
lists expire -d ann@a.test --unused 300d --dry-run
ok "a dry run says what would expire" is "$(cat "$work/out")" "block list: never@x.test expired $today, not used since $(ago 400 %F)"
ok "and changes nothing" eval 'cmp "$work/block" "$mine/block" && cmp "$work/allow" "$mine/allow"'
echo 'lists_expire = 300d' >> "$conf"
ok "mda-learn scan with the key, without a server" scan
ok "says what expired" has "$work/out" "^block list: never@x.test expired $today"
sed "s/^never@/# expired $today, not used since $(ago 400 %F): &/" "$work/block" > "$work/expected"
ok "the line is a comment with date and reason" cmp "$work/expected" "$mine/block"
ok "an entry to keep, and one with a last day, stay" cmp "$work/allow" "$mine/allow"
ok "the compiled list is current" eval '"$bin/mda-lists" test never@x.test -c "$conf" -d ann@a.test > "$work/out" 2>&1; has "$work/out" "not listed" && not grep -q "text is read" "$work/out"'
ok "its mail comes to the INBOX" mail never@x.test ''
ok "a second scan changes nothing" eval 'scan && cmp "$work/expected" "$mine/block"'
ok "an entry without a date is not judged by the time before it was seen" has "$mine/block" '^byhand@x.test$'
is_root && ok "the lists are the owner's" is "$(find "$mine" ! -user "${owner%:*}" | wc -l)" 0

# ---- spam through an allow entry ----

# to_junk FROM: as a client moves it
to_junk()
{
	local file
	file=$(messages "$maildir" | xargs grep -la "^From: $1\$" | tail -n 1)
	mkdir -p "$maildir/.Junk/cur" && mv "$file" "$maildir/.Junk/cur/$(basename "${file%%:*}" ,X):2,S" &&
		chown -hR "$owner" "$maildir/.Junk"
}

ok "the owner moves an allowed message to Junk" to_junk bob@b.test
ok "mda-learn scan" scan
ok "it is shown" shows 'allow:1: bob@b.test .*\(used 1 time, last .*  \(SPAM came through it 1 time, last [-0-9]*\)$' -d ann@a.test
ok "and told beside the list" is "$(cat "$mine/allow.notes")" "line 1: bob@b.test: spam came through this entry, 1 message, the last on $(date +%F)"
ok "once" eval 'scan; scan; shows "SPAM came through it 1 time," -d ann@a.test'
ok "a forgery that was not let through by the entry is not told of it" eval 'to_junk forged@b.test && scan && shows "allow:2: [^S]*$" -d ann@a.test'
ok "the filter says that an allowed message is spam" mail bob@b.test '' ann 'X-Spam-Flag: YES'
ok "which counts as well" shows 'allow:1: .*SPAM came through it 2 times' -d ann@a.test
ok "mda explain says so" eval '"$bin/mda" explain "$work/mail" -c "$conf" -f bob@b.test -r ann@a.test > "$work/out" 2>&1; has "$work/out" "says that it is spam"'
put allow "bob@b.test # added $(date -d tomorrow +%F)"
ok "an entry that came after the message" eval 'to_junk bob@b.test && scan && shows "allow:1: .*SPAM came through it 2 times" -d ann@a.test'
put allow 'other@b.test'
ok "an entry that is gone" eval 'scan; test ! -e "$mine/allow.notes" && shows "allow:1: other@b.test" -d ann@a.test && not has "$work/out" SPAM'
put allow 'bob@b.test'
ok "is forgotten" eval 'shows "allow:1: bob@b.test" -d ann@a.test && not has "$work/out" SPAM'

# ---- global lists ----

ok "a global entry, used by two mailboxes" eval 'mail all@spam.test .Junk && mail all@spam.test .Junk && mail all@spam.test .Junk eve'
ok "is shown without sums" shows 'global-block:1: all@spam.test$'
if is_root; then
	ok "root adds up" shows 'global-block:1: all@spam.test  \(used 3 times, last' global-block --uses
	ok "and sees the one that nobody needs" eval 'shows "global-block:2: old@spam.test" global-block --unused 300d && is "$(wc -l < "$work/out")" 1'
	printf '2 99 0 1800000000 0 old@spam.test\nx\n' >> "$work/vhosts/a.test/eve/.Maildir.mda/uses.log"
	ok "what is no record is skipped" shows 'global-block:1: all@spam.test  \(used 3 times, last' global-block --uses
	cp "$work/etc/block" "$work/global"
	ok "a global list does not expire" eval 'scan; cmp "$work/global" "$work/etc/block"'
	lists expire
	ok "also not by mda-lists" eval 'is "$status" 75 && has "$work/out" "global lists do not expire"'
	sed "s|/Maildir|&|; s|^virtual_user.*|virtual_user = \"65534:65534\"|" "$conf" > "$work/etc/open.conf"
	ok "others cannot add up, and are told so" eval 'setpriv --reuid=65534 --regid=65534 --clear-groups "$bin/mda-lists" show global-block --uses -c "$work/etc/open.conf" > "$work/out" 2> "$work/err"; has "$work/err" "only root" && has "$work/out" "global-block:1: all@spam.test$"'
else
	skip "sums over mailboxes" "needs root"
fi

# ---- what a delivery pays ----

if command -v strace > /dev/null; then
	calls_of()
	{
		under_strace -f -qq -o "$work/calls" "$bin/mda" -c "$conf" -f "$1" -r ann@a.test < "$work/mail"
		grep -cE '(fsync|fdatasync|msync|sync_file_range)\(' "$work/calls"
	}
	mail x@y.test '' > /dev/null && mail x@y.test '' > /dev/null
	without=$(calls_of x@y.test)
	mail bob@b.test '' > /dev/null
	ok "a use costs no sync" is "$(calls_of bob@b.test)" "$without"
	ok "and is counted" has "$work/calls" 'uses\.log'
else
	skip "what a delivery pays" "needs strace"
fi

# ---- what may not stop a delivery ----

rm -f "$state/uses.log" && mkdir "$state/uses.log"
ok "a directory in place of the file" mail bob@b.test ''
ok "is a note" has "$work/log" "the use of a list's entry is not counted: cannot open"
rmdir "$state/uses.log"
ok "a link in place of the database" eval 'rm -rf "$state/uses" && ln -s /etc "$state/uses" && mail bob@b.test "" && not scan && rm "$state/uses" && scan'
done_testing
