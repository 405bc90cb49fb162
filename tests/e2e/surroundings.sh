#!/bin/bash
# Deliveries where the machine lacks something: outside limits, no /proc, no /dev/null, closed
# descriptors, signals that the caller ignores. Each row stores the message or reports a temporary
# fault. When the machine is well again, the MTA's second attempt leaves one copy.
# shellcheck source-path=SCRIPTDIR disable=SC2015,SC2016
. "$(dirname "$0")/lib.sh"

set_up_vhosts
conf=$work/etc/mda.conf
number=0

# ---- a row ----

# Each mailbox is new, so its databases must still be made.
fresh()
{
	number=$((number + 1))
	who=u$number home=$work/vhosts/a.test/u$number
	mkdir -p "$home/.mda"
	cat > "$home/.mda/rules.sieve" <<-'END'
		require ["fileinto", "copy", "body"];
		if body :text :contains "body of" { fileinto "Found"; }
		redirect :copy "far@c.test";
	END
	chown -R "$owner" "$home"
	base_conf > "$conf"
	{
		printf 'Received: from x by y; Sat, 28 Nov 2026 12:00:00 +0000\n'
		simple_message "$who"
	} > "$work/in"
	rm -f "$work/spool/sent"
	: > "$work/log"
}

copies()
{
	echo "$(message_count "$home") $(grep -c "^Subject: test $who" "$work/spool/sent" 2> /dev/null)"
}

# stored_or_deferred STATUS-REGEX: a status that makes the MTA bounce would lose the message
stored_or_deferred()
{
	[[ $status =~ ^($1)$ ]] || { echo "status $status"; head -c 1000 "$work/err"; return 1; }
	case $status in
	0) is "$(message_count "$home")" 1 && is "$(leftovers "$home")" "" ;;
	75) ;;
	esac
}

one_copy_later()
{
	attempt -c "$conf" -f bob@b.test -r "$who@a.test" < "$work/in"
	is "$status" 0 && is "$(copies)" "1 1" || { tail -n 3 "$work/log"; return 1; }
}

# row STATUS NAME COMMAND...: COMMAND runs what comes after it
row()
{
	local wanted=$1 what=$2
	shift 2
	fresh
	status=0
	"$@" "$bin/mda" -c "$conf" -f bob@b.test -r "$who@a.test" < "$work/in" > "$work/out" 2> "$work/err" || status=$?
	ok "$what" stored_or_deferred "$wanted"
	ok "... and later" one_copy_later
}

# answer NAME COMMAND...: a vacation is sent, or the attempt is deferred and the next one sends it
answer()
{
	local what=$1
	shift
	fresh
	echo 'require "vacation"; vacation "away";' > "$home/.mda/rules.sieve"
	printf 'Received: from x by y; %s\nFrom: bob@b.test\nTo: %s\nSubject: %s\n\nx\n' "$(date -R)" "$who@a.test" "$who" > "$work/in"
	status=0
	"$@" "$bin/mda" -c "$conf" -f bob@b.test -r "$who@a.test" < "$work/in" > "$work/out" 2> "$work/err" || status=$?
	[ "$status" != 75 ] || attempt -c "$conf" -f bob@b.test -r "$who@a.test" < "$work/in"
	ok "$what: the answer is sent" eval 'is "$status" 0 && is "$(message_count "$home")" 1 &&
		is "$(grep -c "^Auto-Submitted: auto-replied" "$work/spool/sent")" 1'
}

# The environment is on the stack, so the caller's environment must not be part of the test.
limited()
{
	env -i PATH="$PATH" LC_ALL=C ASAN_OPTIONS="$ASAN_OPTIONS" UBSAN_OPTIONS="$UBSAN_OPTIONS" \
		bash -c 'ulimit "$1" "$2" && shift 2 && exec "$@"' bash "$@"
}

printf '#!/bin/sh\ncat >> %s/spool/sent\n' "$work" > "$work/sendmail"
chmod 755 "$work/sendmail"

row 0 'nothing is missing' env

# ---- limits from outside ----

# The sanitizers need more memory, and must start processes.
if [ -z "${SAN:-}" ]; then
	for kilobytes in 8000 20000 100000 300000 400000 600000 1000000; do
		row '0|75' "ulimit -v $kilobytes" limited -v $kilobytes
	done
	for kilobytes in 250000 280000 300000 400000 500000; do
		answer "ulimit -v $kilobytes" limited -v $kilobytes
	done
	row '0|75' 'ulimit -d 1000' limited -d 1000
	for kilobytes in 16 64 256; do
		row '0|75' "ulimit -s $kilobytes" limited -s $kilobytes
	done
	is_root && row 75 'ulimit -u 0' limited -u 0
fi
for files in 5 6 7 8 9 10 11 12 14 16 18 20 24; do
	row '0|75' "ulimit -n $files" limited -n $files
done
for blocks in 0 1 2 8 16 64; do
	row '0|75' "ulimit -f $blocks" limited -f $blocks
done
row 0 'ulimit -c 0' limited -c 0

# ---- descriptors ----

closing()
{
	local redirections=$1
	shift
	eval '"$@"' "$redirections"
}

row 75 'standard input is closed' closing '<&-'
row 75 'standard input is a directory' closing '< /'
row 0 'standard output is closed' closing '>&-'
row 0 'standard error is closed' closing '2>&-'
row 0 'both are closed' closing '>&- 2>&-'
row 75 'all are closed' closing '<&- >&- 2>&-'
row 0 'nothing can be printed' closing '> /dev/full 2> /dev/full'

# ---- what the caller ignores ----

# If the process id were never waited for, or the time limit blocked, each attempt would send the
# redirect again, or never end.
unheard()
{
	perl -e '$SIG{CHLD} = "IGNORE"; exec @ARGV' "$@"
}

if command -v perl > /dev/null; then
	row 0 'SIGCHLD is ignored' unheard
else
	skip 'SIGCHLD is ignored' 'there is no perl'
fi
row 0 'TMPDIR and HOME are elsewhere' env TMPDIR=/nowhere HOME=/nowhere
row 0 'no new privileges' setpriv --no-new-privs

# ---- what is not mounted ----

# without COMMANDS: in a mount namespace of its own, after COMMANDS
without()
{
	local commands=$1
	shift
	home=$home unshare --mount bash -c "set -e; $commands; exec \"\$@\"" bash "$@"
}

if is_root && unshare --mount true 2> /dev/null; then
	if [ -z "${SAN:-}" ]; then # which look for leaks there
		row 0 'no /proc' without 'umount -l /proc'
		row 0 'an empty /proc' without 'mount -t tmpfs none /proc'
	fi
	row '0|75' 'no /dev' without 'mount -t tmpfs none /dev'
	row 75 'no /dev, standard output is closed' without 'mount -t tmpfs none /dev; exec >&-'
	row 75 'a read-only home' without 'mount --bind "$home" "$home"; mount -o remount,ro,bind "$home"'
	row 0 'scripts that are read-only' without 'mount --bind "$home/.mda" "$home/.mda"; mount -o remount,ro,bind "$home/.mda"'
	row 0 'a home without programs or devices' without \
		'mount --bind "$home" "$home"; mount -o remount,noexec,nodev,nosuid,bind "$home"'
else
	skip 'what is not mounted' 'needs root and a mount namespace'
fi

# ---- what the process that judges needs, confined as it is ----

# Tables of charsets are modules of the C library; tables of letters and of look-alikes are in
# libraries of their own.
strange_names()
{
	cat <<-'END'
		From: =?shift_jis?B?k/qWew==?= <x@xn--pypal-4ve.test>
		Subject: =?iso-2022-jp?B?GyRCRnxLXBsoQg==?= =?iso-8859-15?Q?=F6ffnung?=
		Content-Type: text/plain; charset=euc-jp
		Content-Transfer-Encoding: base64

		xvzL3A==
	END
}

judges_strange_names()
{
	fresh
	printf 'organization "x" { domains = { "a.test", "paypal.test" } }\n' >> "$conf"
	cat > "$home/.mda/rules.sieve" <<-'END'
		require ["fileinto", "body", "comparator-i;unicode-casemap"];
		if header :comparator "i;unicode-casemap" :contains "subject" "ÖFFNUNG" { fileinto "Letters"; }
		if header :contains "from" "日本" { fileinto "From"; }
		if header :contains "subject" "日本" { fileinto "Subject"; }
		if body :text :contains "日本" { fileinto "Body"; }
	END
	attempt -c "$conf" -f bob@b.test -r "$who@a.test" < <(strange_names)
	is "$status" 0 && has "$work/log" 'folder=Letters,From,Subject,Body .*label_why="lookalike' || { cat "$work/log"; return 1; }
}
ok "charsets, letters and look-alikes" judges_strange_names

# 25 MB of base64, that are searched, replaced and enclosed.
large_message()
{
	printf 'From: a@b.test\nSubject: large\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nhello\n--b\n'
	printf 'Content-Type: text/plain; name=x.txt\nContent-Transfer-Encoding: base64\n\n'
	head -c 18000000 /dev/zero | base64
	printf '%s\n' '--b--'
}

judges_large_bodies()
{
	fresh
	large_message > "$work/in"
	cat > "$home/.mda/rules.sieve" <<-'END'
		require ["fileinto", "body", "mime", "foreverypart", "replace", "enclose", "copy"];
		if not body :text :contains "nowhere" { fileinto :copy "Searched"; }
		enclose :subject "enclosed" "see below";
		fileinto :copy "Enclosed";
		foreverypart { if header :mime :param "name" :is "content-type" "x.txt" { replace "gone"; } }
		fileinto "Replaced";
	END
	attempt -c "$conf" -f bob@b.test -r "$who@a.test" < "$work/in"
	is "$status" 0 && has "$work/log" 'folder=Searched,Enclosed,Replaced ' && not grep -q level=warning "$work/log" || { cat "$work/log"; return 1; }
}
ok "25 MB are searched, enclosed and replaced" judges_large_bodies
done_testing
