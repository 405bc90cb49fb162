#!/bin/bash
# mda-lists as users and admins use it; deliveries obey what it wrote.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

set_up_vhosts
conf=$work/etc/mda.conf
base_conf > "$conf"
cat >> "$conf" <<EOF
organization "A" { domains = { "a.test", "*.a.test" } }
EOF
home=$work/vhosts/a.test/ann
mkdir -p "$home"
chown -hR "$owner" "$home"
mine=$home/.mda
today=$(date +%F)

# lists ARGUMENT...: what it prints, both streams, is in $work/out; $status
lists()
{
	status=0
	"$bin/mda-lists" "$@" -c "$conf" > "$work/out" 2>&1 || status=$?
}

# holds FILE TEXT: the whole file
holds()
{
	is "$(cat "$1")" "$2"
}

# mail FROM FOLDER: a message from there ends up there
mail()
{
	simple_message | sed "s/^From:.*/From: $1/" > "$work/mail"
	attempt -c "$conf" -f "$1" -r ann@a.test < "$work/mail"
	local there
	there=$(find "$home/Maildir" -type f -path "*$2*" -name '*S=*' | wc -l)
	find "$home/Maildir" -type f -name '*S=*' -delete
	is "$status" 0 && is "$there" "${3:-1}"
}

# ---- add ----

lists add -d ann@a.test block '*@casino.test' --reason 'gambling, daily' --until 2999-01-31
ok "add: done" says 0 'was added'
ok "add: the line" holds "$mine/block" "*@casino.test # until 2999-01-31; added $today: gambling, daily"
ok "add: nobody else reads it" is "$(stat -c %a "$mine/block")" 600
ok "add: the file is the user's" is "$(stat -c %u "$mine/block")" "$(stat -c %u "$home")"
ok "add: a delivery minds it" mail larry@casino.test .Junk

printf '# friends\r\n\r\nbob@b.test   # my brother\r\n# end' > "$mine/allow"
chown "$owner" "$mine/allow" && chmod 640 "$mine/allow"
lists add -d ann@a.test allow carol@c.test dave@d.test
ok "add: other lines stay as they are" holds "$mine/allow" "$(printf '# friends\r\n\r\nbob@b.test   # my brother\r\n# end\n')
carol@c.test # added $today
dave@d.test # added $today"
ok "add: the mode stays" is "$(stat -c %a "$mine/allow")" 640
lists add -d ann@a.test allow 'BOB@B.test'
ok "add: what is there already is told, whatever its case" says 0 'allow:3: BOB@B.test is already in the list'
ok "add: and not added" is "$(grep -ci bob "$mine/allow")" 1
lists add -d ann@a.test block 'casino.test'
ok "add: nor in another spelling" says 0 'block:1: casino.test is already in the list'
printf 'x@y.test # until 2001-01-01\nz@y.test\n' > "$mine/contacts"
chown "$owner" "$mine/contacts"
lists add -d ann@a.test contacts x@y.test
ok "add: what is over is replaced" holds "$mine/contacts" "z@y.test
x@y.test # added $today"

cp "$mine/allow" "$work/before"
while IFS='|' read -r name entry why; do
	lists add -d ann@a.test allow good@c.test "$entry"
	ok "refused: $name" says 1 "$why"
	ok "refused: $name: nothing is added" cmp "$work/before" "$mine/allow"
done <<'EOF'
a word|foo|a domain needs a dot
blanks|a b@c.test|cannot have blanks
a name|Bob <bob@b.test>|without a name|
two at signs|a@b@c.test|more than one @
an empty one||the entry is empty
a comment|#a@b.test|would be a comment
no local part|@b.test|a local part must come before the @
a leading dot|.b.test|for the subdomains write
EOF
lists add -d ann@a.test allow e@e.test --until 2001-01-01
ok "refused: a last day that is over" says 75 'is in the past'
lists add -d ann@a.test allow e@e.test --until 2027-02-30
ok "refused: no day" says 75 'is not a date'
lists add -d ann@a.test friends e@e.test
ok "refused: no list" says 75 'there is no list "friends"'
lists add -d ann@a.test allow
ok "refused: no entry" says 75 'usage: mda-lists add'
ok "refused: nothing was added at all" cmp "$work/before" "$mine/allow"

# ---- warnings ----

lists add -d ann@a.test block 'larry@casino.test'
ok "warned: another entry covers it" says 0 'warning: larry@casino.test: line 1 covers it \(\*@casino.test\)'
lists add -d ann@a.test allow 'boss@a.test'
ok "warned: allow for one's own domain" says 0 'warning: boss@a.test: a.test is your own domain'
lists add -d ann@a.test allow '*@mail.a.test'
ok "warned: and for a subdomain" says 0 'is your own domain'
lists add -d ann@a.test allow '*@*'
ok "warned: matches everything" says 0 'it matches every address'
lists add -d ann@a.test allow 'casino.test'
ok "warned: the block list overrules it" says 0 'block:1 overrules it'
lists remove -d ann@a.test allow '*@*'
ok "remove: done" says 0 'was removed'
lists remove -d ann@a.test block 'LARRY@Casino.test'
ok "remove: what else matches is told" says 0 'block:1: \*@casino.test also matches LARRY@Casino.test'
ok "remove: only that line went" holds "$mine/block" "*@casino.test # until 2999-01-31; added $today: gambling, daily"
lists remove -d ann@a.test block nobody@here.test
ok "remove: what is not there" says 1 'nobody@here.test is not in the list'
lists remove -d ann@a.test allow boss@a.test '*@mail.a.test' casino.test
ok "remove: several" says 0
ok "remove: the text is as it was" cmp "$work/before" "$mine/allow"

# ---- check, show ----

cat > "$work/odd" <<'EOF'
# comment
good@a.example
foo
good@a.example
*@*.a.example
x?@a.example # until 2001-01-01
b@a.example # until soon
*a.example
EOF
lists check "$work/odd"
ok "check: each with its line" says 1 'odd:3:1: error: foo: a domain needs a dot' \
	'odd:4:1: warning: good@a.example: it is already in line 2' 'odd:5:1: warning: .*line 8 covers it' \
	'odd:6:1: warning: .*its last day is over' 'odd:7:1: warning: .*no date' 'odd: 7 entries, 1 errors, 7 warnings'
printf '@d.test\n*spam*\n/foo.*bar/\n/x.y/i\n*@*spam*\n' > "$work/foreign"
lists check "$work/foreign"
ok "check: what other filters mean by it" says 1 'foreign:1:1: warning: @d.test: other filters take it for all addresses of the domain' \
	'foreign:2:1: warning: \*spam\*: other filters take it for a part of an address' \
	'foreign:3:1: warning: /foo.\*bar/: other filters take it for a regular' 'foreign:4:1: warning: /x.y/i: .*regular' \
	'foreign: 5 entries, 4 errors, 4 warnings'
lists add -d ann@a.test block @d.test
ok "add: what other filters mean by it" says 1 '^mda-lists: @d.test: other filters take it for'
lists check "$work/odd" --json
ok "check: as JSON" says 1 '"line":3,"column":1,"entry":"foo","kind":"error"'
ok "check: leaves nothing behind" not compgen -G '/tmp/mda-lists.*'
lists show "$work/odd"
ok "show: entries with comments" says 0 '^.*odd:6: x\?@a.example  # until 2001-01-01  \(over\)$' 'cannot be read: a domain needs'
lists show -d ann@a.test --json
ok "show: all lists, as JSON" says 0 '"list":"allow".*"entry":"bob@b.test","comment":"# my brother"' '"list":"block"' '"list":"contacts"'

# ---- test ----

printf 'evil.test\n' > "$work/etc/block"
printf 'friend.test\nbob@*b.test\n' > "$work/etc/allow"
lists test -r ann@a.test bob@b.test
ok "test: which entry decides, and which others match" says 0 'bob@b.test: allowed' \
	'global allow  .*allow:2  bob@\*b.test  decides' 'allow  .*/allow:3  bob@b.test  also matches'
lists test -r ann@a.test -a info@a.test carol@c.test
ok "test: of another original recipient" says 0 'not listed' 'does not count: the original recipient is another'
lists test -r ann@a.test x@evil.test x@casino.test
ok "test: blocked" says 0 'x@evil.test: blocked: its mail goes to the junk folder' 'global block .*decides' 'block .*block:1 .*decides'
lists test -r ann@a.test nobody@nowhere.test
ok "test: not listed" says 0 'not listed: the anti-spam check decides'
printf '*.tree.test\n' >> "$work/etc/block"
lists test -r ann@a.test x@tree.test
ok "test: a near miss, the domain itself" says 0 'not listed' 'note: global block .*block:2 does not match: \*.tree.test is for subdomains, not for the domain itself; \*tree.test would be for both'
lists test -r ann@a.test x@a.b.tree.test
ok "test: what matches is no near miss" eval 'says 0 "blocked" && not grep -q "does not match" "$work/out"'
lists test -r ann@a.test x@sub.evil.test --json
ok "test: a near miss, a subdomain" says 0 '"says":"not listed"' '"notes":\[".*evil.test is for the domain itself, not for subdomains; \*evil.test would be for both"\]'
sed -i '$d' "$work/etc/block"
lists test -r ann@a.test nonsense
ok "test: no address" says 75 'is not an address'
lists test -r ann@a.test bob@b.test --json
ok "test: as JSON" says 0 '"says":"allowed","matches":\[\{"list":"global allow".*"decides":true\}'

# ---- compile ----

lists compile -d ann@a.test
ok "compile: all there are" says 0 "etc/block: 1 entries" "$mine/allow: 3 entries"
ok "compile: the user's is his own" is "$(stat -c %u "$mine/block.lmdb")" "$(stat -c %u "$home")"
ok "compile: a delivery asks it" mail larry@casino.test .Junk
mv "$mine/block" "$work/moved" && sed 's/casino/other/' "$work/moved" > "$mine/block" && chown "$owner" "$mine/block"
ok "compile: not when the text is newer" mail larry@casino.test .Junk 0
ok "compile: and the log says so" has "$work/log" 'block was changed after it was compiled'
lists add -d ann@a.test block '*@bingo.test'
: > "$work/log"
ok "add: what was compiled is compiled again" mail ann@bingo.test .Junk
ok "add: and used" not grep -q 'was changed after' "$work/log"
lists add -d ann@a.test block again@bingo.test
lists remove -d ann@a.test block again@bingo.test
ok "remove: likewise" mail ann@bingo.test .Junk
head -c 5000 /dev/urandom > "$mine/block.lmdb"
ok "compile: a damaged one is not used" mail ann@bingo.test .Junk
# In a directory that the homes are in, which the process that judges cannot read as a whole; and every list that there can be is compiled.
beside_homes()
{
	local list
	for list in block allow; do
		printf '*@%s.casino.test\n' $list > "$work/beside-$list"
		printf '*@%s.own.test\n' $list > "$home/own-$list"
	done
	printf 'two@alias.test ann@a.test\n' > "$work/beside-aliases"
	chown "$owner" "$work"/beside-* "$home"/own-*
	sed -e '/^global_/d' "$conf" > "$work/beside.conf"
	for list in block allow; do
		printf 'global_%s = "%s/beside-%s"\nuser_%s = "%%h/own-%s"\n' $list "$work" $list $list $list >> "$work/beside.conf"
	done
	printf 'aliases = "%s/beside-aliases"\ncontacts = ""\n' "$work" >> "$work/beside.conf"
	"$bin/mda-lists" compile -c "$work/beside.conf" global-block global-allow aliases || return
	"$bin/mda-lists" compile -c "$work/beside.conf" -d ann@a.test || return
	: > "$work/log"
	simple_message > "$work/in"
	attempt -c "$work/beside.conf" -f larry@block.casino.test -r two@alias.test < "$work/in"
	is "$status" 0 && has "$work/log" "list=block" && is "$(grep level=warning "$work/log")" ""
}
ok "compile: beside the homes, all that is compiled is asked" beside_homes
lists compile nowhere/list
ok "compile: no such list" says 75 'does not exist'

# ---- aliases ----

cat > "$work/etc/aliases" <<EOF
# one mailbox
info@a.test       ann@a.test
@a.example        @a.test
team@a.test       ann@a.test, bob@a.test
EOF
chmod 644 "$work/etc/aliases"
echo "aliases = \"$work/etc/aliases\"" >> "$conf"
printf 'larry@casino.test\n' > "$work/etc/block"
printf '*@shop.test\n' > "$mine/allow"
rm -f "$mine"/*.lmdb

# listed ORIGINAL RECIPIENT SENDER: what the lists say, by mda-explain
listed()
{
	simple_message | sed "s/^From:.*/From: $3/" > "$work/mail"
	"$bin/mda-explain" - -c "$conf" -f "$3" -a "$1" -r "$2" < "$work/mail" > "$work/out" 2>&1
	sed -n 's/^list  *//p' "$work/out"
}

for how in text compiled; do
	[ $how = text ] || "$bin/mda-lists" compile aliases -c "$conf" > /dev/null
	while IFS='|' read -r name original recipient says; do
		ok "aliases ($how): $name" is "$(listed "$original" "$recipient" a@shop.test | sed 's/ .*//')" "$says"
	done <<-'EOF'
		the address itself|ann@a.test|ann@a.test|allow
		an alias is the same mailbox|info@a.test|ann@a.test|allow
		an alias with a detail|info+x@a.test|ann@a.test|allow
		an alias in capitals|INFO@A.TEST|ann@a.test|allow
		a synonym domain|ann@a.example|ann@a.test|allow
		an alias in a synonym domain|info@a.example|ann@a.test|allow
		the MTA leaves the alias as it is|info@a.test|info@a.test|allow
		the MTA leaves the synonym domain|ann@a.example|ann@a.example|allow
		a list of people is nobody's alias|team@a.test|ann@a.test|none
		another address|bob@a.test|ann@a.test|none
	EOF
done
simple_message | sed 's/^From:.*/From: a@shop.test/' > "$work/mail"
rm -rf "$home/Maildir"
attempt -c "$conf" -f a@shop.test -r info@a.example < "$work/mail"
ok "aliases: delivered to the mailbox" is "$status $(find "$home/Maildir/new" -type f | wc -l)" "0 1"
ok "aliases: and nowhere else" not test -e "$work/vhosts/a.example"
lists test -r info@a.test x@shop.test
ok "aliases: the tool finds the mailbox" says 0 "$mine/allow:1 .*decides"
lists test -r ann@a.test -a info@a.example x@shop.test
ok "aliases: and the original recipient" says 0 allowed
printf 'nothing\nx@y.test @\n' >> "$work/etc/aliases"
lists check aliases
ok "aliases: check" says 1 'aliases:5:1: error: nothing: after an alias' 'aliases:6:1: error: x@y.test: the target'
lists add aliases x@y.test
ok "aliases: are no list" says 75 'aliases are not a list'
ok "aliases: one that is newer is read itself" is "$(listed info@a.test ann@a.test a@shop.test | sed 's/ .*//')" allow
chmod 755 "$work/etc" && rm "$work/etc/aliases" && mkdir "$work/etc/aliases"
attempt -c "$conf" -f a@shop.test -r info@a.example < "$work/mail"
ok "aliases: that cannot be read: try again" is "$status" 75
rmdir "$work/etc/aliases"

# ---- rights ----

if is_root; then
	cp "$conf" "$work/etc/system.conf"
	status=0
	setpriv --reuid=65533 --regid=65533 --clear-groups "$bin/mda-lists" add -d ann@a.test allow x@y.test -c "$conf" > "$work/out" 2>&1 || status=$?
	ok "rights: not another one's list" says 75 'you may not change the list of'
	status=0
	setpriv --reuid=65533 --regid=65533 --clear-groups "$bin/mda-lists" add global-allow x@y.test -c "$conf" > "$work/out" 2>&1 || status=$?
	ok "rights: not the admin's" says 75 'Permission denied'
else
	skip "rights: not another one's list" "only root can be two users"
	skip "rights: not the admin's" "only root can be two users"
fi
ln -s "$work/etc/allow" "$work/etc/link"
lists add "$work/etc/link" linked@y.test
ok "a link stays one" test -L "$work/etc/link"
ok "a link: the file behind it has the entry" has "$work/etc/allow" '^linked@y.test'
for i in 1 2 3 4 5 6 7 8; do
	"$bin/mda-lists" add "$work/etc/many" "u$i@y.test" -c "$conf" > /dev/null 2>&1 &
done
wait
ok "eight at once: no entry is lost" is "$(grep -c '^u[1-8]@y.test' "$work/etc/many")" 8
lists frobnicate
ok "no such command" says 75 'there is no command frobnicate'
done_testing
