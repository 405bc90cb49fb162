#!/bin/bash
# mda-doctor --all: every mailbox, a line for each check and result, and its exit status for monitoring.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

set_up_vhosts
conf=$work/etc/mda.conf
homes=$work/vhosts/a.test
recorded=$work/recorded
mkdir "$recorded" # no other program is installed
: > "$work/etc/allow"
: > "$work/etc/block"
cat >> "$conf" << END
default_domain = "a.test"
authserv_id = { "mx.a.test" }
antispam = headers
scripts_user = { "%h/.mda/filter.sieve" }
organization "A" {
  domains = { "a.test" }
}
END
printf '#!/bin/sh\n' > "$work/sendmail"
chmod 755 "$work/sendmail"

# mailbox NAME
mailbox()
{
	mkdir -p "$homes/$1/.mda" "$homes/$1/Maildir/new" "$homes/$1/Maildir/cur" "$homes/$1/Maildir/tmp"
	printf 'keep;\n' > "$homes/$1/.mda/filter.sieve"
	chmod -R go-rwx "$homes/$1"
	chown -R "$owner" "$homes/$1"
}
for name in ann bob cid dan eve; do
	mailbox "$name"
done

# doctor ARGUMENT...
doctor()
{
	status=0
	"$bin/mda-doctor" -c "$conf" --recorded "$recorded" --all "$@" > "$work/out" 2> "$work/err" || status=$?
}

# line STATUS CHECK REGEX: what follows the name of the check
line()
{
	has "$work/out" "^$1 +$2 +$3"
}

doctor user state script list
ok "all is well" is "$status $(tail -n 1 "$work/out" | cut -d: -f1)" "0 ok"
ok "the last line counts mailboxes" has "$work/out" '; 5 mailboxes$'
ok "a check has one line, which says what it means" line ok user-home '5 of 5 mailboxes: the home belongs to the owner of the mailbox$'
ok "what concerns everybody is there once" is "$(grep -c ' list-errors ' "$work/out")" 1
ok "a mailbox's own files are read" line ok script-errors '5 of 5 mailboxes: '

chmod 777 "$homes/bob" "$homes/cid" "$homes/dan" "$homes/eve"
printf 'keep;\nnonsense;\n' > "$homes/cid/.mda/filter.sieve"
touch -d '20 days ago' "$homes/ann/Maildir/tmp/old"
doctor user script state
ok "several have the same fault: how many, the first three, and what mends the first" line error user-home-mode \
	"4 of 5 mailboxes \(bob@a.test, cid@a.test, dan@a.test, ...\): .*$homes/bob .*mend: chmod go-w $homes/bob$"
ok "the others do not" line ok user-home-mode '1 of 5 mailboxes: '
ok "one has a script with an error" line error script-errors '1 of 5 mailboxes \(cid@a.test\): .*filter.sieve:2:'
ok "one has an old file" line warning state-tmp '1 of 5 mailboxes \(ann@a.test\): '
ok "the exit status is that of the worst" is "$status" 2
chmod 700 "$homes/bob" "$homes/cid" "$homes/dan" "$homes/eve"
printf 'keep;\n' > "$homes/cid/.mda/filter.sieve"
doctor user script state
ok "a warning alone" is "$status $(tail -n 1 "$work/out" | cut -d: -f1)" "1 warning"

doctor -q state
ok "quiet: the sum comes first" is "$(head -n 1 "$work/out" | cut -d: -f1)" warning
ok "and nothing that is well follows" is "$(sed 1d "$work/out" | grep -vc '^warning')" 0
doctor --json user state
ok "as JSON" python3 -c "
import json
r = json.load(open('$work/out'))
assert (r['status'], r['mailboxes'], r['failed'], r['warnings']) == ('warning', 5, 0, 1), r
one = [f for f in r['of_mailboxes'] if f['status'] == 'warning']
assert [(f['check'], f['mailboxes'], f['first']) for f in one] == [('state-tmp', 1, ['ann@a.test'])], one
all = [f for f in r['of_mailboxes'] if f['check'] == 'user-home']
assert [(f['mailboxes'], len(f['first'])) for f in all] == [(5, 3)], all"
printf 'nobody@@\n' > "$work/etc/block"
doctor list
ok "an entry of a list for all" is "$(grep -c 'list-errors' "$work/out")" 1
ok "is not counted for each mailbox" not has "$work/out" 'list-errors .*mailboxes'
: > "$work/etc/block"

# ---- mailboxes that are found ----

cp "$conf" "$work/relative.conf"
sed -i "s,\"$work/,\"," "$work/relative.conf"
relative()
{
	(cd "$work" && "$bin/mda-doctor" -c relative.conf --recorded "$recorded" --all user) > "$work/out"
}
ok "paths from the current directory are paths, too" relative
ok "they lead to the same mailboxes" line ok user-home '5 of 5 mailboxes: '

# ---- what may go wrong ----

ok "-d is a mistake with it" not "$bin/mda-doctor" -c "$conf" --all -d ann@a.test
ok "and so is no number" not "$bin/mda-doctor" -c "$conf" --all --jobs 0
echo 'nonsense = 1' >> "$conf"
doctor
ok "an error in mda.conf is told" line error conf-file '.*nonsense'
ok "and there are no mailboxes" has "$work/out" '; 0 mailboxes$'
sed -i '/nonsense/d' "$conf"

# A name may not control the terminal.
if is_root; then
	mailbox $'x\033[31m'
	chmod 777 "$homes/"*x*
	doctor user
	ok "a home with a hostile name" not grep -q $'\033' "$work/out"
	rm -r "$homes/"*x*
fi

# What mends is pasted into a shell: a name must be one word of it.
odd="o'brien;touch bad"
mailbox "$odd"
chmod 777 "$homes/$odd"
doctor user
sed -n "s/.* user-home-mode .*mend: //p" "$work/out" > "$work/mend"
ok "a mend for an odd name is shown" is "$(wc -l < "$work/mend")" 1
ok "it runs" bash -c "cd '$work' && . ./mend"
ok "it mends that mailbox" is "$(stat -c %a "$homes/$odd")" 755
ok "the name runs nothing" not test -e "$work/bad"
rm -r "$homes/$odd"

terminal()
{
	local line
	printf -v line '%q ' env "$@" "$bin/mda-doctor" -c "$conf" --recorded "$recorded" --all -q state
	SHELL=/bin/bash script -qec "$line" /dev/null < /dev/null > "$work/out" 2>&1
	return 0
}
if command -v script > /dev/null; then
	terminal TERM=xterm
	ok "on a terminal, warnings are yellow" has "$work/out" $'^\033\\[33mwarning\033\\[0m  state-tmp'
	terminal TERM=xterm NO_COLOR=1
	ok "without colours if asked" not grep -q $'\033\[3' "$work/out"
else
	skip "on a terminal" "needs script(1)"
fi
done_testing
