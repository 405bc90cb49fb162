# Shared by the scripts here: TAP, a temporary directory, one delivery, waiting. Source it first.
# shellcheck shell=bash disable=SC2034
set -u
test_script=$(realpath "$0")
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
export LC_ALL=C
# Its servers and its directory go with it, also when it is killed (tests/contain.c). tests/run has seen to that.
contain=$(realpath "${BUILD:-build}")/tests/contain
if [ -z "${TEST_CONTAINED:-}" ] && [ -x "$contain" ]; then
	exec "$contain" 0 "$test_script" "$@" < /dev/null
fi
unset SENDER RECIPIENT ORIGINAL_RECIPIENT SASL_SENDER EXTENSION
# Without an exit status of its own, a sanitizer's finding could pass for a result of mda.
export ASAN_OPTIONS=${ASAN_OPTIONS:-exitcode=99:detect_leaks=1} UBSAN_OPTIONS=${UBSAN_OPTIONS:-exitcode=99:print_stacktrace=1}

build=$(realpath "${BUILD:-build}")
count=0
at_exit=()

# Sanitized programs are slow.
patience=60
[ -z "${SAN:-}" ] || patience=180

work=${TEST_PLACE:-$(mktemp -d "${TMPDIR:-/tmp}/mda-e2e.XXXXXX")} || exit 1
unset TEST_PLACE # a script that this one runs needs another
chmod 711 "$work"

clean_up()
{
	local i
	for ((i = ${#at_exit[@]} - 1; i >= 0; i--)); do
		${at_exit[i]} > /dev/null 2>&1
	done
	chmod -R u+rwX "$work" 2> /dev/null
	rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 1' HUP INT PIPE TERM

# on_exit COMMAND: runs a function, or words without blanks, at the end; the last one given runs
# first
on_exit()
{
	at_exit+=("$1")
}

# The programs are copied to where every user may run them, whoever owns the build directory.
bin=$work/bin
mkdir "$bin" && cp "$build"/mda "$build"/mda-* "$bin/" && cp -R "$build/modules" "$bin/" || exit 1
chmod -R a+rX "$bin"

# ---- TAP ----

comment()
{
	sed 's/^/# /'
}

# ok NAME COMMAND...: one test; the output of the command is shown if it fails
ok()
{
	local name=$1
	shift
	count=$((count + 1))
	if "$@" > "$work/said" 2>&1; then
		echo "ok $count - $name"
	else
		comment < "$work/said"
		echo "not ok $count - $name"
	fi
}

# skip NAME WHY
skip()
{
	count=$((count + 1))
	echo "ok $count - $1 # SKIP $2"
}

# under_strace ARGUMENT...: strace(1). In a process that is traced no leaks can be looked for.
under_strace()
{
	ASAN_OPTIONS=$ASAN_OPTIONS:detect_leaks=0 strace "$@"
}

# needs WHAT PROGRAM...: skips it if one of them is not there
needs()
{
	local missing='' program
	for program in "${@:2}"; do command -v "$program" > /dev/null || missing="$missing $program"; done
	[ -z "$missing" ] && return
	skip "$1" "needs$missing"
	return 1
}

done_testing()
{
	echo "1..$count"
}

# ---- small questions ----

is()
{
	[ "$1" = "$2" ] && return
	printf 'got:      %.2000s\nexpected: %.2000s\n' "$1" "$2"
	return 1
}

# has FILE REGEX
has()
{
	grep -qaE -- "$2" "$1" && return
	printf 'no line of %s matches %s:\n' "$1" "$2"
	head -c 3000 "$1"
	return 1
}

# says STATUS REGEX...: the last command ended with $status, and $work/out has a line for each
says()
{
	local regex
	is "$status" "$1" || { cat "$work/out" "$work/err"; return 1; }
	for regex in "${@:2}"; do
		has "$work/out" "$regex" || return 1
	done
}

not()
{
	! "$@"
}

is_root()
{
	[ "$(id -u)" -eq 0 ]
}

# wait_for SECONDS COMMAND...
wait_for()
{
	local deadline=$((SECONDS + $1))
	shift
	until "$@" > "$work/waited" 2>&1; do
		if [ "$SECONDS" -ge "$deadline" ]; then
			echo "waited in vain for: $*"
			cat "$work/waited"
			return 1
		fi
		sleep 0.1
	done
}

# Finds a port of loopback that nobody listens on. Tests that run at the same time have ranges of
# their own.
free_port()
{
	local port
	for port in $(shuf -i "${TEST_PORTS:-20000-29999}" -n 50); do
		if ! (exec 3<> "/dev/tcp/127.0.0.1/$port") 2> /dev/null; then
			echo "$port"
			return
		fi
	done
	return 1
}

# ---- deliveries ----

# The owner of the mailboxes. It is not root, because root can read every file and write to every
# directory.
if is_root; then
	owner=65534:65534 virtual_user=65534:65534
else
	owner=$(id -u):$(id -g) virtual_user=
fi

# base_conf: writes a configuration for virtual users below $work/vhosts
base_conf()
{
	cat << END
users = virtual
virtual_user = "$virtual_user"
virtual_home = "$work/vhosts/%d/%n"
log = "$work/log"
spool_dir = "$work/spool"
global_allow = "$work/etc/allow"
global_block = "$work/etc/block"
sendmail_path = "$work/sendmail"
create_keep_folder = yes
stamp_key = ""
END
}

set_up_vhosts()
{
	mkdir -p "$work/vhosts/a.test" "$work/etc" "$work/spool"
	: > "$work/log"
	chmod 755 "$work/etc"
	base_conf > "$work/etc/mda.conf"
	chown "$owner" "$work/vhosts" "$work/vhosts/a.test" "$work/log" "$work/spool"
}

# attempt ARGUMENT... < message: sets $status, $work/out and $work/err; not to be used after a pipe,
# which would be a subshell
status=none
attempt()
{
	status=0
	"$bin/mda" "$@" > "$work/out" 2> "$work/err" || status=$?
}

# simple_message [WORD]: prints a small message
simple_message()
{
	printf 'From: Ann <ann@outside.test>\nTo: x@a.test\nSubject: test %s\nMessage-ID: <%s@outside.test>\n\nbody of %s\n' \
		"${1:-plain}" "${1:-plain}" "${1:-plain}"
}

# messages DIRECTORY: prints the paths of the stored messages in it and below
messages()
{
	find "$1" \( -path '*/new/*' -o -path '*/cur/*' \) -type f 2> /dev/null
}

message_count()
{
	messages "$1" | wc -l
}

# known_to_us FOLDER: prints UIDVALIDITY, and each UID with the word of its simple_message(), by
# mda-reindex show; $conf and $maildir are those of ann@a.test
known_to_us()
{
	"$bin/mda-reindex" show --json -c "$conf" -d ann@a.test --folder "$1" > "$work/shown.json" 2> "$work/err" &&
		python3 - "$work/shown.json" "$maildir" << 'END'
import glob, json, re, sys
f = json.load(open(sys.argv[1]))[0]
print('UIDVALIDITY', f['uidvalidity'])
for m in f['messages']:
    if not m.get('file'):
        continue
    name = glob.escape(m['file'].split('/')[-1].split(':')[0])
    file = glob.glob('/'.join([sys.argv[2], f['directory'], '*', name + '*']))[0]
    print('UID', m['uid'], re.search(r'(?m)^Subject: test (\S+)$', open(file).read()).group(1))
END
}

# leftovers DIRECTORY: prints what is in the directories tmp/
leftovers()
{
	find "$1" -type d -name tmp -exec find {} -mindepth 1 \; 2> /dev/null
}

# is_stored FILE EXPECTED: the stored message is a few fields of ours, then the expected bytes
is_stored()
{
	local size added
	size=$(stat -c %s "$2")
	added=$(($(stat -c %s "$1") - size))
	if [ "$added" -lt 0 ] || ! cmp -- <(tail -c "$size" "$1") "$2"; then
		echo "the bytes of $1 differ from $2; it starts:"
		head -c 600 "$1"
		return 1
	fi
	head -c "$added" "$1" | grep -avE '^((Return-Path|X-Original-To|Delivered-To|X-Mda-(Label|Spam|Filed)): [^[:cntrl:]]*)?$' &&
		echo "this should not stand above the message" && return 1
	return 0
}

# tells_why STATUS: standard error is one clear line that starts with the code for this status
tells_why()
{
	local class='5\.[0-9]'
	[ "$1" -ne 75 ] || class='4\.[0-9]'
	if [ "$1" -eq 0 ]; then
		[ ! -s "$work/err" ] && return
		echo "status 0, but standard error has:"
	else
		[ "$(wc -l < "$work/err")" -eq 1 ] && [ "$(wc -c < "$work/err")" -lt 1100 ] &&
			grep -qaE "^$class\.[0-9]+ [ -~]{8,}\$" "$work/err" && return
		echo "status $1, but standard error is not one clear line:"
	fi
	head -c 2000 "$work/err"
	return 1
}
