#!/bin/bash
# Each system call that looks for a file fails once, for a moment. Then the message is tried
# again: it is never filed as if a script, a list or a folder did not exist.
# shellcheck source-path=SCRIPTDIR disable=SC2154
. "$(dirname "$0")/lib.sh"

if ! command -v strace > /dev/null || ! strace -o /dev/null true 2> /dev/null; then
	skip "failing calls" "needs strace, and a system that lets it trace"
	done_testing
	exit
fi

set_up_vhosts
conf=$work/etc/mda.conf
home=$work/vhosts/a.test/ann
chmod 755 "$work"
cat >> "$conf" << 'END'
stamp_key = ""
aliases = ""
END
echo 'bad@far.test' > "$work/etc/block"

mailbox()
{
	rm -rf "$home"
	mkdir -p "$home/.mda/sieve" "$home/.mda/lists" "$home/Maildir"/{cur,new,tmp} "$home/Maildir/.Work"/{cur,new,tmp}
	touch "$home/Maildir/.Work/maildirfolder"
	echo 'ann@outside.test' > "$home/.mda/lists/friends"
	echo '# nothing' > "$home/.mda/sieve/inc.sieve"
	cat > "$home/.mda/rules.sieve" << 'END'
require ["fileinto", "mailbox", "extlists", "include"];
include :personal "inc";
if allof(address :list "from" "friends", mailboxexists "Work") { fileinto "Work"; }
END
	chown -R "$owner" "$home"
}

# traced OPTION...: one delivery under strace, where a build that looks for leaks cannot do so
traced()
{
	status=0
	simple_message | ASAN_OPTIONS=$ASAN_OPTIONS:detect_leaks=0 strace -f -o "$work/trace" "$@" "$bin/mda" -c "$conf" -f ann@outside.test -r ann@a.test > "$work/out" 2>&1 || status=$?
}

where()
{
	messages "$home/Maildir" | sed -e "s|$home/Maildir/||" -e 's|/[^/]*$||'
}

is_nowhere_else()
{
	[ -z "$(where)" ] || [ "$(where)" = .Work/new ]
}

# The number of the first call of that name after the loader's calls. The loader calls
# set_tid_address when it has all libraries.
first_of()
{
	awk -v call="$1(" '/set_tid_address\(/ { loaded = 1; exit } index($0, call) { n++ } END { print loaded ? n + 1 : "unknown" }' "$work/trace"
}

# The MTA tries it again.
retried()
{
	simple_message | "$bin/mda" -c "$conf" -f ann@outside.test -r ann@a.test > "$work/out" 2>&1 && [ "$(where)" = .Work/new ]
}

# Lets each call of that name fail once: the message is in its folder, or it stays with the MTA and
# the next attempt puts it there once.
sweep()
{
	local name=$1 code=$2 first=$3 last=$4 k wrong=0
	for ((k = first; k <= last; k++)); do
		mailbox
		traced -e "trace=$name" -e "inject=$name:error=$code:when=$k"
		[ "$status" = 0 ] && [ "$(where)" = .Work/new ] && continue
		[ "$status" = 75 ] && is_nowhere_else && retried && continue
		wrong=$((wrong + 1))
		[ "$wrong" -le 5 ] || continue
		printf 'call %d: status %s, in "%s"\n' "$k" "$status" "$(where)"
		grep INJECTED "$work/trace"
		tail -n 3 "$work/log"
	done
	[ "$wrong" = 0 ] && [ "$last" -ge "$first" ]
}

mailbox
traced -e trace=openat,openat2,newfstatat,stat,lstat,set_tid_address
ok "with nothing in its way it is filed" is "$status $(where)" "0 .Work/new"
opens=$(grep -c 'openat(' "$work/trace") opens2=$(grep -c 'openat2(' "$work/trace") stats=$(grep -c 'newfstatat(' "$work/trace")
for name in openat openat2 newfstatat; do
	first_of $name > "$work/first-$name"
done
ok "openat: EIO" sweep openat EIO "$(cat "$work/first-openat")" "$opens"
ok "openat2: EMFILE" sweep openat2 EMFILE "$(cat "$work/first-openat2")" "$opens2"
ok "newfstatat: ESTALE" sweep newfstatat ESTALE "$(cat "$work/first-newfstatat")" "$stats"
done_testing
