#!/bin/bash
# Root runs every program on a user's mailbox, where the user has set traps: nothing is done with
# root's rights.
# A program or a command of a tool without a row fails the test.
# The accounts are the test's own if it can cover the machine's passwd(5).
if [ -z "${MDA_OWN_MOUNTS:-}" ] && unshare --mount true 2> /dev/null; then
	MDA_OWN_MOUNTS=1 exec unshare --mount "$0" "$@"
fi
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib-lmtp.sh"
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib-grey.sh"

if ! is_root; then
	skip "rights" "only root has some to give up"
	done_testing
	exit
fi
if ! strace -o /dev/null true 2> /dev/null; then
	skip "rights" "strace is missing, or must not trace here"
	done_testing
	exit
fi

home=$work/vhosts/a.test/ann
etc=$work/etc
root=$work/root
declare -A covered=()
# How the owner of a mailbox is found: by the home, by virtual_user, in passwd(5).
virtual=(owner named)
configurations=("${virtual[@]}" system)

# ---- the scene ----

as_ann()
{
	setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
}

conf()
{
	base_conf
	printf 'antispam = spamd\nantispam_servers = "127.0.0.1:1"\nstamp_key = "%s/key"\n' "$etc"
	printf 'imap_server = dovecot\nrecipient_delimiter = "+"\naliases = "%s/aliases"\n' "$etc"
	printf 'user_settings = { label }\nblock_folders = { "Block" }\n'
}

configure()
{
	conf > "$etc/owner.conf"
	sed -i 's/^virtual_user.*/virtual_user = ""/' "$etc/owner.conf"
	conf > "$etc/named.conf"
	conf | sed -e 's/^users.*/users = system/' -e '/^virtual/d' > "$etc/system.conf"
	printf 'sub@a.test ann@a.test\n' > "$etc/aliases"
	printf 'bad@x.test\n' | tee "$etc/block" > "$etc/allow"
	printf 'keep;\n' > "$etc/good.sieve"
	printf 'keep;stop;\n' > "$etc/secret.sieve"
	chmod 600 "$etc/secret.sieve"
	printf 'id %064d\n' 7 > "$etc/key"
	chmod 600 "$etc/key"
	simple_message > "$etc/mail"
	printf '#!/bin/sh\ncat > /dev/null\necho "$3" > %s/sender\nid -u > %s/sent\n' "$work/spool" "$work/spool" > "$work/sendmail"
	chmod 755 "$work/sendmail"
}

# ann's home is that of the virtual user. One account has a home of root's, one is root by another name.
accounts()
{
	printf 'root:x:0:0::/root:/bin/sh\nann:x:65534:65534::%s:/bin/sh\nnobody:x:65534:65534::/nonexistent:/bin/sh\n' "$home"
	printf 'roots:x:65533:65533::%s:/bin/sh\ntoor:x:0:0::%s:/bin/sh\n' "$root/box" "$home"
}

# If the machine's own accounts cannot be covered, they are left alone.
add_accounts()
{
	accounts > "$etc/passwd"
	[ -z "${MDA_OWN_MOUNTS:-}" ] || mount --bind "$etc/passwd" /etc/passwd
}

# Files that a user would like root to write to or to read.
set_traps()
{
	mkdir -p "$root/box/cur" "$root/box/new" "$root/box/tmp" "$root/.box.mda"
	echo treasure | tee "$root/treasure" "$root/box/lock.mdb" "$root/.box.mda/lock.mdb" > "$root/.box.mda/data.mdb"
	chmod -R go-w "$root"
	mkdir -p "$work/vhosts/a.test/roots"
	chmod 755 "$work/vhosts/a.test/roots"
	as_ann ln -s "$root/box" "$home/linked"
	as_ann ln -s "$etc" "$home/etc"
	as_ann ln -s "$etc/allow" "$home/.mda/link"
	as_ann ln -s "$etc/good.sieve" "$home/link.sieve"
	as_ann mkdir -p "$home/trap/cur" "$home/trap/new" "$home/trap/tmp" "$home/.trap.mda"
	as_ann ln -s "$root/treasure" "$home/.trap.mda/lock.mdb"
	as_ann ln -s "$root/treasure" "$home/.trap.mda/data.mdb"
	as_ann ln -s "$root/treasure" "$home/trap/dovecot-uidlist"
}

set_up()
{
	set_up_vhosts
	configure
	add_accounts || return
	as_ann mkdir -m 700 "$home" || return
	as_ann mkdir -p "$home/.mda"
	for folder in INBOX Junk Sent; do
		as_ann "$bin/mda" -c "$etc/owner.conf" -f a@b.test -m $folder -r ann@a.test < <(simple_message $folder) || return
	done
	printf 'bad@x.test\n' | as_ann tee "$home/.mda/allow" "$home/.mda/block" > "$home/.mda/list"
	printf 'BEGIN:VCARD\nVERSION:4.0\nFN:Eve\nEMAIL:eve@y.test\nEND:VCARD\n' | as_ann tee "$home/.mda/addressbook" > /dev/null
	printf 'keep;stop;\n' | as_ann tee "$home/.mda/rules.sieve" > "$home/.mda/x.sieve"
	chown -R 65534:65534 "$home"
	chmod 644 "$etc/mail"
	set_traps
}

# Everything outside the homes, which a row must leave alone.
outside()
{
	find "$root" "$etc" "$work/vhosts/a.test/roots" -printf '%p %u %m %i %s %T@ %l\n' | sort
	find "$root" "$etc" -type f -exec cksum {} + | sort
}

roots_below()
{
	find "$home" -user root
}

# ---- a row ----

calls=trace=open,openat,openat2,creat,rename,renameat,renameat2,unlink,unlinkat,link,linkat,symlink,symlinkat
calls=$calls,mkdir,mkdirat,mknod,mknodat,chmod,fchmod,fchmodat,chown,fchown,lchown,fchownat,truncate,read
calls=$calls,setresuid,setuid,setreuid,clone,clone3,fork,vfork

# traced PROGRAM ARGUMENT...: $status, $work/out
traced()
{
	rm -f "$work"/trace.*
	status=0
	ASAN_OPTIONS=$ASAN_OPTIONS:detect_leaks=0 strace -ff -y -qq -s 4096 -e signal=none -e "$calls" -o "$work/trace" "$bin/$1" "${@:2}" \
		< "$etc/mail" > "$work/out" 2>&1 || status=$?
}

# The program of a row gave up its rights and, if MAILBOX says so, opened files in the home.
harmless()
{
	local mailbox=$1 dropped opened
	awk -v HOME="$home" -f "tests/e2e/rights.awk" "$work"/trace.* > "$work/deeds"
	if grep -q '^uid 0' "$work/deeds"; then
		head -5 "$work/deeds"
		return 1
	fi
	read -r dropped opened <<< "$(tail -n 1 "$work/deeds")"
	[ "$dropped" -gt 0 ] || { echo "root's rights were not given up"; return 1; }
	[ "$mailbox" = no ] || [ "$opened" -gt 0 ] || { echo "nothing of the home was opened"; cat "$work/out"; return 1; }
	is "$(roots_below)" ""
}

# judge STATUS-REGEX MAILBOX CHANGES: MAILBOX "no": it opens nothing of one; CHANGES: a regex of what may change outside
judge()
{
	[[ $status =~ ^($1)$ ]] || { echo "status $status:"; cat "$work/out"; return 1; }
	harmless "$2" && is "$(outside | grep -vE "${3:-^$}")" "$(grep -vE "${3:-^$}" "$work/before")"
}

# row PROGRAM COMMAND STATUS-REGEX MAILBOX CHANGES ARGUMENT...: with each of the configurations
row()
{
	local program=$1 command=$2 wanted=$3 mailbox=$4 changes=$5 which
	shift 5
	covered[$program $command]=1
	for which in "${configurations[@]}"; do
		outside > "$work/before"
		if [ -n "$command" ]; then
			traced "$program" "$command" -c "$etc/$which.conf" "$@"
		else
			traced "$program" -c "$etc/$which.conf" "$@"
		fi
		ok "$program $command ${*/#$work/}: $which" judge "$wanted" "$mailbox" "$changes"
	done
}

# path_row: the same for a tool that takes no -c with a path
path_row()
{
	local program=$1 command=$2 wanted=$3 mailbox=$4
	shift 4
	covered[$program $command]=1
	outside > "$work/before"
	traced "$program" "$command" "$@"
	ok "$program $command ${*/#$work/}" judge "$wanted" "$mailbox" ''
}

# refused REGEX PROGRAM ARGUMENT...: a trap; status 75, that sentence, nothing changed
trap_is_refused()
{
	is "$status" 75 && has "$work/out" "$1" && is "$(outside)" "$(< "$work/before")" && is "$(roots_below)" "" &&
		awk -v HOME="$home" -f "tests/e2e/rights.awk" "$work"/trace.* | not grep '^uid 0'
}

refused()
{
	local words=$1
	shift
	outside > "$work/before"
	traced "$@"
	ok "trap: ${*/#$work/}" trap_is_refused "$words"
}

ok "the scene" set_up
[ -n "${MDA_OWN_MOUNTS:-}" ] || configurations=("${virtual[@]}")

# ---- mda ----

row mda '' 0 yes '' -f a@b.test -r ann@a.test
row mda-explain '' 0 yes '' -f a@b.test -r ann@a.test -
row mda-explain '' 0 yes '' -f a@b.test -r ann@a.test "$etc/mail"
row mda-explain '' 0 yes '' -r ann@a.test --last 2
row mda-log '' 0 yes '' ann@a.test
row mda-log '' 1 yes '' ann@a.test --id 0-0
row mda-log '' 0 yes '' ann@a.test --forget
row mda-config check '0|1' yes '' -r ann@a.test
row mda-config check '0|1' no ''
row mda-config show 0 no ''
row mda-config show 0 no '' -r ann@a.test
row mda-doctor '' '[012]' yes '' -d ann@a.test
row mda-doctor '' '[012]' no '' --recorded="$etc"
configurations=("${virtual[@]}")
row mda '' 0 yes '' -f a@b.test -r sub@a.test
row mda '' 0 yes '' -f a@b.test -r new@a.test -o "virtual_home=$home/%n"
[ -z "${MDA_OWN_MOUNTS:-}" ] || configurations+=(system)
refused 'belongs to root' mda -c "$etc/owner.conf" -f a@b.test -r roots@a.test
refused 'symbolic link' mda -c "$etc/owner.conf" -f a@b.test -r x@a.test -o "virtual_home=$home/etc/%n"
refused 'must not be root' mda -c "$etc/named.conf" -o virtual_user=root -f a@b.test -r ann@a.test
refused 'must not be root' mda -c "$etc/named.conf" -o virtual_user=0:5 -f a@b.test -r ann@a.test

# Accounts of passwd(5) whose home belongs to root, or which are root.
system_traps()
{
	local command
	refused 'Permission denied' mda -c "$etc/system.conf" -f a@b.test -r roots@a.test
	refused 'not delivered to root' mda -c "$etc/system.conf" -f a@b.test -r toor@a.test
	refused 'not delivered to root' mda -c "$etc/system.conf" -f a@b.test -d root
	for command in show check repair; do
		refused 'not delivered to root' mda-reindex $command -c "$etc/system.conf" -d toor
		outside > "$work/before"
		traced mda-reindex $command -c "$etc/system.conf" -d roots
		ok "trap: mda-reindex $command, the home of an account is root's" judge '[0-9]+' no ''
	done
	refused 'not delivered to root' mda-lists add -c "$etc/system.conf" -d toor block q@y.test
	refused 'not delivered to root' mda-contacts add -c "$etc/system.conf" -d root q@y.test
}

if [ -n "${MDA_OWN_MOUNTS:-}" ]; then
	system_traps
else
	skip "users = system" "there is no mount namespace to be had"
fi

# A bounce to an address that the program itself has sealed.
cp "$etc/named.conf" "$etc/srs.conf"
printf 'redirect "x@far.test";\n' > "$etc/redirect.sieve"
printf 'scripts_user = "%s/redirect.sieve"\nredirect_sender = srs\nsrs_domain = "a.test"\n' "$etc" >> "$etc/srs.conf"
rm -f "$work/spool/sender"
"$bin/mda" -c "$etc/srs.conf" -f far@b.test -r ann@a.test < "$etc/mail" > "$work/out" 2>&1
ok "an SRS address was made" has "$work/spool/sender" '^SRS0=.*@a.test$'
sealed=$(cat "$work/spool/sender")
for which in "${configurations[@]}"; do
	outside > "$work/before"
	rm -f "$work/spool/sent"
	traced mda -c "$etc/$which.conf" -f '' -r "$sealed"
	ok "mda: a bounce to an SRS address: $which" judge 0 no ''
	ok "is handed on by nobody" is "$(cat "$work/spool/sent")" 65534
	traced mda -c "$etc/$which.conf" -f '' -r "SRS0=aaaaaa${sealed#SRS0=??????}"
	ok "a forged one is refused before the message is read: $which" eval \
		'is "$status" 67 && ! grep -q "^read(0<" "$work"/trace.* && ! grep -q "^openat.*aliases" "$work"/trace.*'
done

# ---- what is nobody's mailbox, in a directory of another's ----

lent()
{
	rm -rf "$work/lent" "$work/spool/sent" && mkdir "$work/lent" && chown 65534:65534 "$work/lent"
	{ grep -vE '^(log|stamp_key)' "$etc/srs.conf"; printf 'log = "%s/lent/log"\nstamp_key = "%s/lent/key"\n' "$work" "$work"; } > "$etc/lent.conf"
}

# If the log and the key belonged to root, they would stop the deliveries of the directory's owner.
lends_nothing()
{
	"$bin/mda" -c "$etc/lent.conf" -f far@b.test -r ann@a.test < "$etc/mail" && is "$(find "$work/lent" -user root)" "" &&
		is "$(find "$work/lent" -type f | wc -l)" 2 && as_ann "$bin/mda" -c "$etc/lent.conf" -f far@b.test -r ann@a.test < <(simple_message 2)
}

follows_no_link()
{
	as_ann ln -sf "$root/treasure" "$work/lent/log" && as_ann ln -sf "$etc/key" "$work/lent/key" || return
	status=0
	"$bin/mda" -c "$etc/lent.conf" -f far@b.test -r ann@a.test < <(simple_message 3) > "$work/out" 2>&1 || status=$?
	is "$status" 0 && is "$(cat "$root/treasure")" treasure
}
lent
ok "the log and the key are of whose directory it is" lends_nothing
ok "and no link leads further" follows_no_link

# ---- the server ----

# traced_server CONFIGURATION: the server gets a message and ends; like traced
traced_server()
{
	local conf=$work/run/mda.conf tracer
	mkdir -p "$work/run"
	cp "$etc/$1.conf" "$conf"
	printf 'lmtp_listen = "%s"\nlmtp_status = "%s/run/status"\nlmtp_workers = 1\n' "$socket" "$work" >> "$conf"
	rm -f "$work"/trace.* "$socket"
	status=0
	ASAN_OPTIONS=$ASAN_OPTIONS:detect_leaks=0 strace -ff -y -qq -s 4096 -e signal=none -e "$calls" -o "$work/trace" "$bin/mda-lmtpd" -c "$conf" \
		> "$work/out" 2>&1 < /dev/null &
	tracer=$!
	wait_for "$patience" lmtp_answers || cat "$work/out"
	lmtp_send "$etc/mail" a@b.test ann@a.test > "$work/replies" 2>&1
	pkill -TERM -P "$tracer"
	wait "$tracer" || status=$?
}

server_row()
{
	local which
	covered[mda-lmtpd ]=1
	for which in "${configurations[@]}"; do
		outside > "$work/before"
		traced_server "$which"
		ok "mda-lmtpd: $which" judge 0 yes ''
		ok "mda-lmtpd accepts the message: $which" is "$(sed -n 's/^\([0-9]*\) .*/\1/p' "$work/replies" | head -1)" 250
	done
}
server_row

# ---- the policy service ----

# traced_grey ARGUMENT...: as traced; a server is asked about a sender in ann's allow list, and ends
traced_grey()
{
	local tracer
	rm -f "$work"/trace.*
	status=0
	ASAN_OPTIONS=$ASAN_OPTIONS:detect_leaks=0 strace -ff -y -qq -s 4096 -e signal=none -e "$calls" -o "$work/trace" "$bin/mda-greyd" "$@" \
		> "$work/out" 2>&1 < /dev/null &
	tracer=$!
	if [ $# -eq 2 ]; then
		wait_for "$patience" grey_answers || cat "$work/out"
		ask 192.0.2.1 bad@x.test ann@a.test > "$work/asked"
		pkill -TERM -P "$tracer"
	fi
	wait "$tracer" || status=$?
}

grey_row()
{
	local which arguments
	covered[mda-greyd ]=1
	grey_port=$(free_port)
	install -d -o 65534 -g 65534 "$work/lib/grey"
	mkdir -p "$work/run"
	for which in "${configurations[@]}"; do
		{ cat "$etc/$which.conf" && grey_conf; } > "$work/run/grey.conf"
		for arguments in '' --show --prune; do
			outside > "$work/before"
			# shellcheck disable=SC2086 # one word or none
			traced_grey -c "$work/run/grey.conf" $arguments
			ok "mda-greyd $arguments: $which" judge 0 "$([ -z "$arguments" ] && echo yes || echo no)" ''
		done
		ok "mda-greyd has read the allow list: $which" is "$(cat "$work/asked")" action=DUNNO
	done
}
grey_row

# A home that belongs to root is found and reported.
tells_roots_home()
{
	mkdir -p "$work/vhosts/a.test/roots/Maildir"
	status=0
	"$bin/mda-reindex" check -c "$etc/owner.conf" --all > "$work/out" 2>&1 || status=$?
	rm -r "$work/vhosts/a.test/roots/Maildir"
	is "$status" 75 && has "$work/out" "roots@a.test: .*root's rights" && has "$work/out" '^2 mailboxes: 1 good, 0 with findings, 1 failed'
}
ok "--all tells of a home of root's" tells_roots_home

# ---- the tools ----

for command in show check repair; do
	row mda-reindex $command '0|1' yes '' -d ann@a.test
	row mda-reindex $command '0|1' yes '' --all
	path_row mda-reindex $command '0|1' yes "$home/Maildir"
	refused 'symbolic link' mda-reindex $command "$home/linked"
	refused 'belongs to root' mda-reindex $command "$root/box"
	outside > "$work/before"
	traced mda-reindex $command "$home/trap"
	ok "trap: mda-reindex $command, its files are links" judge '[0-9]+' yes ''
done
row mda-reindex renumber '0|1' yes '' --yes -d ann@a.test
row mda-reindex export 0 yes '' -d ann@a.test
cp "$work/out" "$work/spool/exported"
row mda-reindex import '0|1|75' yes '' -d ann@a.test "$work/spool/exported"

row mda-contacts add 0 yes '' -d ann@a.test q@y.test
for command in list export learn sent compile; do
	row mda-contacts $command '0|1' yes '' -d ann@a.test
done
row mda-contacts learn 0 yes '' --all
row mda-contacts remove '0|1' yes '' -d ann@a.test q@y.test
row mda-contacts import 0 yes '' -d ann@a.test "$home/.mda/addressbook"
row mda-contacts why '0|1' yes '' -d ann@a.test q@y.test

row mda-settings set 0 yes '' -d ann@a.test label no
row mda-settings show 0 yes '' -d ann@a.test label
row mda '' 0 yes '' -f a@b.test -r ann@a.test
row mda-settings unset '0|1' yes '' -d ann@a.test label

row mda-learn spam '0|75' no '' -d ann@a.test -
row mda-learn ham '0|75' no '' -d ann@a.test -
row mda-learn scan '0|75' yes '' -d ann@a.test
row mda-learn scan '0|75' yes '' --all
put_into_folder()
{
	as_ann cp "$etc/mail" "$home/Maildir/.Block/cur/1.M1P1Q1.h:2," && as_ann touch "$home/Maildir/.Block/tmp"
}
put_into_folder
row mda-learn act 0 yes '' -d ann@a.test
put_into_folder
row mda '' 0 yes '' -f a@b.test -r ann@a.test

row mda-try '' 0 yes '' -r ann@a.test
row mda-try '' 0 yes '' -r ann@a.test --compare --jobs 2
row mda-apply '' 0 yes '' -r ann@a.test --dry-run
row mda-apply '' 0 yes '' -r ann@a.test --undo-file "$home/undo"
row mda-apply '' '0|75' yes '' -r ann@a.test --undo "$home/undo"

printf 'From a@b.test Thu Nov 29 22:33:52 2001\nSubject: x\n\nx\n' > "$work/spool/mbox"
row mda-import '' 0 yes '' -d ann@a.test --dry-run "$work/spool/mbox"
row mda-import '' 0 yes '' -d ann@a.test --folder Imported "$work/spool/mbox"
row mda-import '' 75 yes '' -d ann@a.test "$home/linked"
row mda-purge '' 0 yes '' -d ann@a.test -F Imported --everything
row mda-purge '' 0 yes '' --retention --all

for command in show check compile; do
	row mda-lists $command '0|1' yes "lmdb|$etc " -d ann@a.test
	row mda-lists $command '0|1' no "lmdb|$etc " global-block
	row mda-lists $command '0|1' yes '' "$home/.mda/list"
done
rm -f "$etc"/*.lmdb
row mda-lists compile 0 no "lmdb|$etc " aliases
row mda-lists test 0 no '' q@y.test
row mda-lists test 0 yes '' -d ann@a.test q@y.test
row mda-lists add 0 yes '' -d ann@a.test block q@y.test
row mda-lists remove '0|1' yes '' -d ann@a.test block q@y.test
row mda-lists expire 0 yes '' -d ann@a.test --unused 1d
{ cat "$etc/owner.conf" && echo 'screener = yes'; } > "$etc/screener.conf"
screened_mail()
{
	as_ann "$bin/mda" -c "$etc/screener.conf" -f new@b.test -r ann@a.test < <(simple_message x | sed 's/^From:.*/From: new@b.test/')
}
approve()
{
	screened_mail && as_ann mv "$home"/Maildir/.Screener/new/* "$home/Maildir/cur/2.M1P1Q1.h:2," && screened_mail
}
ok "a sender is approved" approve
row mda-lists screened 0 yes '' -d ann@a.test
ok "who is printed" grep -q 'new@b.test  approved' "$work/out"
row mda-lists forget '0|1' yes '' -d ann@a.test new@b.test
ok "and forgotten" approve
ok "the state is a link of ann's" as_ann mv "$home/.Maildir.mda/screener" "$home/screener"
as_ann ln -s "$root/.box.mda" "$home/.Maildir.mda/screener"
refused 'symbolic link' mda-lists screened -c "$etc/owner.conf" -d ann@a.test
refused 'symbolic link' mda-lists forget -c "$etc/owner.conf" -d ann@a.test new@b.test
as_ann rm "$home/.Maildir.mda/screener"
row mda-lists add 0 yes '' "$home/.mda/list" q@y.test
row mda-lists remove '0|1' yes '' "$home/.mda/list" q@y.test
row mda-lists add 0 no "$etc(/block)? |block" global-block q@y.test
row mda-lists remove '0|1' no "$etc(/block)? |block" global-block q@y.test
row mda-lists add 0 yes '' "$home/made/here/list" q@y.test
ok "a list that was made is ann's" is "$(stat -c %u:%a "$home/made/here" "$home/made/here/list" | tr '\n' ' ')" "65534:700 65534:600 "
refused 'symbolic link' mda-lists add -c "$etc/owner.conf" "$home/etc/allow" q@y.test
refused 'Permission denied' mda-lists add -c "$etc/owner.conf" "$home/.mda/link" q@y.test
row mda-lists compile 0 yes '' "$home/.mda/link"

printf ':0\n* ^From:.*x\n.X/\n' > "$etc/recipes"
as_ann cp "$etc/recipes" "$home/.procmailrc"
for command in procmail maildrop fdm; do
	row mda-convert $command '0|1' yes '' "$home/.procmailrc"
	row mda-convert $command '0|1' no '' "$etc/recipes"
	row mda-convert $command '0|1' no '' -
done

for command in check 'fmt'; do
	row mda-sieve $command 0 yes '' "$home/.mda/rules.sieve"
	row mda-sieve $command 0 no '' "$etc/good.sieve"
	row mda-sieve $command 0 no '' "$etc/secret.sieve"
	row mda-sieve $command 0 no '' -d ann@a.test "$etc/secret.sieve"
	row mda-sieve $command '0|1' no '' -
done
row mda-sieve fmt 0 yes '' -i "$home/.mda/x.sieve"
row mda-sieve fmt 0 no "$etc(/secret.sieve)? |secret.sieve" -i "$etc/secret.sieve"
ok "fmt -i: root's script stays root's" is "$(stat -c %u:%a "$etc/secret.sieve")" 0:600
refused 'symbolic link|cannot|belongs to' mda-sieve fmt -i "$home/link.sieve"
row mda-sieve test 0 no '' "$etc/secret.sieve" "$etc/mail"
row mda-sieve test 0 yes '' -d ann@a.test "$home/.mda/rules.sieve" "$etc/mail"
row mda-sieve capabilities 0 no ''

# ---- a race ----

# ann changes what a path means as fast as she can, until the race is over, or the test is gone with its directory. A program
# may make a directory where none is for a moment: each step is tried whatever came of the one before, and that directory is kept.
swap()
{
	local made=0
	while [ -e "$racing" ]; do
		mv -T "$home/race" "$home/aside"
		ln -sT "$root" "$home/race"
		mv -T "$home/race" "$home/gone"
		mv -T "$home/aside" "$home/race"
		rm -f "$home/gone" || mv -T "$home/gone" "$home/made.$((++made))"
	done 2> /dev/null
}

nothing_is_roots()
{
	is "$(outside)" "$(< "$work/before")" && is "$(roots_below)" ""
}

# On a busy machine it may take a while until ann gets her turn.
both_were_seen()
{
	grep -q "was added" "$work/raced" && grep -q "mda-" "$work/raced"
}

run_race()
{
	local i swapping
	as_ann mkdir -p "$home/race/box/cur" "$home/race/box/new" "$home/race/box/tmp"
	outside > "$work/before"
	racing=$work/racing
	: > "$racing"
	export home root racing
	export -f swap
	as_ann bash -c swap &
	swapping=$!
	: > "$work/raced"
	for i in {1..2000}; do
		[ "$i" -gt 60 ] && both_were_seen && break
		"$bin/mda-lists" add -c "$etc/owner.conf" "$home/race/treasure" "u$i@y.test"
		"$bin/mda-reindex" check "$home/race/box"
		"$bin/mda-sieve" fmt -i "$home/race/treasure"
	done >> "$work/raced" 2>&1
	rm "$racing"
	wait $swapping 2> /dev/null
	nothing_is_roots
}

ok "a race for the path" run_race
ok "some of it was done, and some refused" both_were_seen

# ---- every program, every command ----

# The commands of a tool, as its usage lists them.
commands_of()
{
	"$bin/$1" --help | awk '/^usage/ { on = 1; next } on && /^$/ { if (seen) exit; next } on && /^  [a-z]/ { seen = 1; print $1 }'
}

all_are_covered()
{
	local program command missing=
	for program in "$build"/mda-*; do
		program=${program##*/}
		[ -n "$(commands_of "$program")" ] || [ -n "${covered[$program ]:-}" ] || missing+=" $program"
		for command in $(commands_of "$program"); do
			[ -n "${covered[$program $command]:-}" ] || missing+=" $program:$command"
		done
	done
	is "$missing" ""
}
ok "every program and command has a row" all_are_covered

# ---- set-uid ----

set_id_works()
{
	cp /usr/bin/id "$work/bin/id" && chown 65533 "$work/bin/id" && chmod 4755 "$work/bin/id" &&
		[ "$(as_ann "$work/bin/id" -u)" = 65533 ]
}

refuses_set_id()
{
	cp "$bin/$1" "$bin/copy" && chown 65533:65533 "$bin/copy" && chmod "$2" "$bin/copy" || return
	status=0
	as_ann "$bin/copy" --version > "$work/out" 2>&1 || status=$?
	# The sanitizers look for leaks, which is not allowed in such a process.
	{ [ -n "${SAN:-}" ] || is "$status" 75; } && has "$work/out" 'set-uid'
}

if set_id_works; then
	for program in "$build"/mda "$build"/mda-*; do
		ok "set-uid: ${program##*/} refuses" refuses_set_id "${program##*/}" 4755
		ok "set-gid: ${program##*/} refuses" refuses_set_id "${program##*/}" 2755
	done
else
	skip "set-uid" "this file system ignores it"
fi
done_testing
