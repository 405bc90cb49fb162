#!/bin/bash
# Programs that rules run: their input, the user they run as, programs that fail, programs that
# are not run, and a real dovecot-lda with the same scripts, programs and messages.
# shellcheck source-path=SCRIPTDIR disable=SC2016
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib-dovecot.sh"

set_up_vhosts
conf=$work/etc/mda.conf
programs=$work/programs
home=$work/vhosts/a.test/ann
taken=$work/taken
mkdir -p "$programs" "$taken"
chmod 755 "$programs"
chmod 777 "$taken"
{
	base_conf
	echo "programs_dir = \"$programs\""
	echo "programs_seconds = $patience"
	echo 'aliases = ""'
	echo 'stamp_key = ""'
} > "$conf"

# program NAME: standard input is what it does, in sh
program()
{
	{ echo '#!/bin/sh' && cat; } > "$programs/$1"
	chmod 755 "$programs/$1"
}

all='"vnd.dovecot.pipe", "vnd.dovecot.filter", "vnd.dovecot.execute", "copy", "variables", "fileinto", "editheader"'

# with_rules LINE...: the user's script, and a mailbox with nothing in it
with_rules()
{
	rm -rf "$home"
	find "$taken" -mindepth 1 -delete
	: > "$work/log"
	mkdir -p "$home/.mda"
	printf "require [$all];\n" > "$home/.mda/rules.sieve"
	printf '%s\n' "$@" >> "$home/.mda/rules.sieve"
	cp "$home/.mda/rules.sieve" "$home/.dovecot.sieve"
	chown -R "$owner" "$home"
}

# message [SUBJECT]: as it comes from the MTA
message()
{
	printf 'From: Bob <bob@b.test>\nTo: ann@a.test\nX-Mda-Label: forged\nSubject: %s\n\nline 1\nline 2\n' "${1:-hello}"
}

# try ARGUMENT...: an attempt to deliver it
try()
{
	message > "$work/message"
	attempt -c "$conf" -f bob@b.test "$@" < "$work/message"
}

deliver()
{
	try -r ann+x@a.test -a orig@a.test
	is "$status" 0
}

# delivered LINE...: by these rules
delivered()
{
	with_rules "$@" && deliver
}

# kept FOLDER: the one message is there; the INBOX has no name
kept()
{
	is "$(messages "$home" | wc -l)" 1 && is "$(message_count "$home/Maildir/${1:+.$1}/new")" 1
}

stored_has()
{
	has "$(messages "$home")" "$1"
}

told()
{
	has "$home/.mda/rules.sieve.errors" "$1" && has "$work/log" "$2"
}

program take << END
cat > $taken/message
printf '%s\n' "\$#" "\$@" > $taken/arguments
env | sort > $taken/environment
id -u > $taken/uid
find $home/Maildir -path '*/new/*' -type f 2> /dev/null | wc -l > $taken/stored
echo run >> $taken/runs
END
program change << 'END'
echo "X-Changed: $1"
exec cat
END
program word << 'END'
printf '%s' "$1"
cat
END
# Each program that dovecot-lda runs reads its input; otherwise it depends on chance whether that is
# a failure there.
program fail << 'END'
cat > /dev/null
echo out
echo 'nothing works' >&2
exit 3
END
program nothing << 'END'
cat > /dev/null
END
program crash << 'END'
kill -SEGV $$
END
program hang << 'END'
while :; do sleep 1000; done
END
program endless << 'END'
exec yes
END
program early << 'END'
exec 0<&-
exit 0
END
program leave << 'END'
echo 'Subject: left'
sleep 1000 &
END
program crlf << 'END'
printf 'Subject: crlf\r\nX-Nul: a\000b\r\n\r\none\r\ntwo\r\n'
END

# ---- off ----

off()
{
	with_rules 'fileinto "F";'
	try -o programs_dir= -r ann@a.test
	is "$status" 0 && kept '' && told 'the extension "vnd.dovecot.pipe" is not available: the admin has not allowed programs' 'has not allowed'
}
ok "without programs_dir the extensions are not available" off

ihave_off()
{
	with_rules
	printf '%s\n' 'require ["ihave", "fileinto"];' \
		'if ihave "vnd.dovecot.pipe" { pipe "take"; } else { fileinto "F"; }' > "$home/.mda/rules.sieve"
	try -o programs_dir= -r ann@a.test
	is "$status" 0 && kept F && deliver && has "$taken/runs" run
}
ok "ihave says so" ihave_off

# ---- pipe ----

piped()
{
	delivered 'addheader "X-Edited" "1"; pipe "take" ["a b", "", "$(id)"];' && is "$(messages "$home" | wc -l)" 0 &&
		is "$(tr -d '\r' < "$taken/message")" "$(printf 'X-Edited: 1\n' && message | grep -v X-Mda)" &&
		is "$(grep -c $'\r' "$taken/message")" 7 && is "$(cat "$taken/arguments")" $'3\na b\n\n$(id)' &&
		has "$work/log" 'status=piped .*piped_to=take '
}
ok "a pipe: the message with its changes, CR LF, arguments without a shell, and nothing stored" piped

stored_first()
{
	delivered 'pipe :copy "take";' && kept '' && is "$(cat "$taken/stored")" 1 && has "$work/log" 'status=stored,piped '
}
ok "what is stored is stored before" stored_first

line_ends()
{
	with_rules 'pipe "take";' && try -o programs_line_end=lf -r ann@a.test
	is "$(grep -c $'\r' "$taken/message")" 0
}
ok "programs_line_end = lf" line_ends

runs_as_owner()
{
	delivered 'pipe "take";' && is "$(cat "$taken/uid")" "${owner%:*}" &&
		is "$(sed 's/^HOST=.*/HOST=x/; s/^_=.*//; /^PWD=/d; /^$/d' "$taken/environment")" \
			"$(printf '%s\n' "HOME=$home" HOST=x ORIG_RECIPIENT=orig@a.test PATH=/usr/local/bin:/usr/bin:/bin \
				RECIPIENT=ann+x@a.test SENDER=bob@b.test USER=ann@a.test)"
}
ok "it runs as the owner of the mailbox, with an environment of its own" runs_as_owner

pipe_fails()
{
	delivered "pipe \"$1\";" && kept '' && told "rules.sieve:2: .*$2.*; the message is kept" "${2//\"/.*}"
}
ok "a pipe that ends with 3: kept, and told" pipe_fails fail 'the program "fail" ended with status 3: nothing works'
ok "a pipe to what is not there: kept, and told" pipe_fails missing 'there is no program "missing"'
ok "a pipe that crashes: kept, and told" pipe_fails crash 'was ended by signal 11'

try_fails()
{
	delivered 'pipe :try "fail";' && kept '' && has "$work/log" 'ended with status 3' && not test -e "$home/.mda/rules.sieve.errors"
}
ok "with :try only the log says so" try_fails

another()
{
	delivered 'pipe "fail"; pipe "take";' && kept '' && is "$(wc -l < "$taken/runs")" 1
}
ok "a pipe after one that fails is run all the same" another

ok "a pipe that does not read" delivered 'pipe "early";'

# The program kills the process that runs it and would learn how it ends.
program murder << END
echo run >> $taken/runs
kill -9 \$PPID
sleep 1000
END
murdered()
{
	delivered 'pipe "murder";' && kept '' && is "$(wc -l < "$taken/runs")" 1 && has "$work/log" 'was ended with what ran it'
}
ok "what became of it is not known: kept, and not run again" murdered

# After a failed redirect the MTA tries again, but the pipe was done.
retried()
{
	with_rules 'redirect "x@c.test"; pipe "take";'
	printf '#!/bin/sh\nexit 75\n' > "$work/sendmail" && chmod 755 "$work/sendmail"
	try -r ann@a.test
	is "$status" 75 && is "$(wc -l < "$taken/runs")" 1 || return
	printf '#!/bin/sh\ncat > /dev/null\n' > "$work/sendmail"
	try -r ann@a.test
	is "$status" 0 && is "$(wc -l < "$taken/runs")" 1 && has "$work/log" 'piped_to=take .*repeated=yes'
}
ok "a retry does not run it again" retried

# ---- filter and execute ----

filtered()
{
	delivered 'filter "change" "yes"; if header "x-changed" "yes" { fileinto "F"; }' && kept F && stored_has '^X-Changed: yes$' &&
		not stored_has forged && stored_has '^line 2$'
}
ok "filter: rules and the mailbox have what it wrote, without what the header firewall took out" filtered

executed()
{
	delivered 'execute :input "x" :output "v" "word" "From"; addheader "X-V" "${v}"; if execute "fail" { discard; }' && kept '' &&
		stored_has '^X-V: Fromx$' && not test -e "$home/.mda/rules.sieve.errors"
}
ok "execute: its output is in the variable, and as a test its status" executed

crlf_output()
{
	delivered 'filter "crlf";' && kept '' && is "$(grep -c $'\r' "$(messages "$home")")" 0 &&
		is "$(sed -n '/^Subject/,$p' "$(messages "$home")" | tr '\0' 0)" $'Subject: crlf\nX-Nul: a0b\n\none\ntwo'
}
ok "what it writes with CR LF and a NUL" crlf_output

goes_on()
{
	delivered "filter \"$1\"; execute \"$1\"; fileinto \"F\";" && kept F && told "rules.sieve:2:1: .*$2" "$2" &&
		is "$(tail -n 3 "$(messages "$home")")" $'\nline 1\nline 2'
}
ok "one that ends with 3: the message stays, and the script goes on" goes_on fail 'ended with status 3: nothing works'
ok "one that is not there" goes_on missing 'there is no program'
ok "one that crashes" goes_on crash 'was ended by signal 11'

writes_endlessly()
{
	delivered 'filter "endless"; fileinto "F";' && kept F && told 'wrote more than [0-9]* bytes' 'wrote more than'
}
ok "one that writes without an end" writes_endlessly

writes_nothing()
{
	delivered 'filter "nothing"; fileinto "F";' && kept F && told 'wrote nothing; the message is unchanged' 'wrote nothing' && stored_has '^line 2$'
}
ok "one that writes nothing" writes_nothing

leaves()
{
	delivered 'filter "leave"; fileinto "F";' && kept F && stored_has '^Subject: left$'
}
ok "one that leaves a child with its output open is not waited for" leaves

hangs()
{
	with_rules 'filter "hang"; fileinto "F";'
	try -o programs_seconds=1 -r ann@a.test
	is "$status" 0 && kept F && told 'did not end within 1 s' 'did not end'
}
ok "one that hangs is stopped" hangs

# A process that was started in the background is in the same group.
program wait << END
sleep 1000 &
echo \$\$ \$! > $taken/pids
wait
END
ended()
{
	local pid
	with_rules 'filter "wait"; fileinto "F";'
	message > "$work/message"
	"$bin/mda" -c "$conf" -f bob@b.test -r ann@a.test < "$work/message" > "$work/out" 2> "$work/err" &
	pid=$!
	wait_for "$patience" test -s "$taken/pids" || return
	kill -TERM "$pid"
	wait "$pid"
	is "$?" 75 && wait_for "$patience" gone && is "$(messages "$home" | wc -l)" 0
}
gone()
{
	local one
	# shellcheck disable=SC2013 # words
	for one in $(cat "$taken/pids"); do
		! kill -0 "$one" 2> /dev/null || return
	done
}
ok "a signal ends the delivery with its program, and the MTA tries again" ended

# ---- what is not run ----

refuses_others()
{
	chmod 775 "$programs/take"
	delivered 'pipe "take";' && kept '' && told 'others than its owner can write' 'can write' || return
	chmod 755 "$programs/take" && chmod 777 "$programs"
	delivered 'pipe "take";' && kept '' && not test -e "$taken/runs" && chmod 755 "$programs"
}
ok "what others can write to is not run" refuses_others

refuses_links()
{
	ln -s take "$programs/link" && delivered 'pipe "link";' && kept '' && told 'symbolic link' 'symbolic link'
}
ok "a link is not run" refuses_links

refuses_users()
{
	chown "$owner" "$programs/take" && delivered 'pipe "take";' && kept '' && told 'does not belong to root' 'belong'
	chown root:root "$programs/take"
}
# If root did not start mda, it may belong to the user who did.
starters_own()
{
	mkdir "$work/own" && cp "$programs/take" "$work/own" && chown -R "$owner" "$work/own" && chmod 755 "$work/own" || return
	with_rules 'pipe "take";' && message > "$work/message"
	as_owner "$bin/mda" -c "$conf" -o programs_dir="$work/own" -f bob@b.test -r ann@a.test < "$work/message" &&
		is "$(wc -l < "$taken/runs")" 1 || return
	with_rules 'pipe "take";'
	try -o programs_dir="$work/own" -r ann@a.test
	is "$status" 0 && kept '' && not test -e "$taken/runs"
}
if is_root; then
	ok "a program of the user's own is not run" refuses_users
	ok "a directory of the one who started mda counts where that is not root" starters_own
else
	skip "a program of the user's own is not run" "only root can give one away"
	skip "a directory of the one who started mda counts where that is not root" "only root can start it as another"
fi

explains()
{
	with_rules 'filter "take"; execute "take"; pipe "take" "x"; fileinto "F";'
	message > "$work/message"
	"$bin/mda-explain" -c "$conf" -f bob@b.test -r ann@a.test "$work/message" > "$work/out" 2>&1
	has "$work/out" '^pipe to +take  because of .*rules.sieve:2' && has "$work/out" '^store into +F ' && not test -e "$taken/runs"
}
ok "mda explain runs none, and says what is piped" explains

tries()
{
	with_rules 'if filter "take" { fileinto "T"; } pipe "take" "x";'
	cp "$home/.mda/rules.sieve" "$work/script" && message > "$work/message"
	chmod 644 "$work/script" "$work/message"
	"$bin/mda-sieve" test -c "$conf" --trace "$work/script" "$work/message" > "$work/out" 2>&1
	has "$work/out" 'the program "take" would be run' && has "$work/out" '^pipe to +take  arguments x' && not test -e "$taken/runs" || return
	"$bin/mda-sieve" test -c "$conf" --programs "$work/script" "$work/message" > "$work/out" 2>&1
	is "$(wc -l < "$taken/runs")" 1
}
ok "mda-sieve test runs none, unless it is told to" tries

checks()
{
	with_rules 'pipe "missing"; filter "take";'
	cp "$home/.mda/rules.sieve" "$work/script" && chmod 644 "$work/script"
	"$bin/mda-sieve" check -c "$conf" "$work/script" > "$work/out" 2>&1
	has "$work/out" ':2:6: warning: there is no program "missing" in ' && has "$work/out" ': 0 errors, 1 warning$' || return
	"$bin/mda-sieve" check "$work/script" > "$work/out" 2>&1
	has "$work/out" 'is not available: the admin has not allowed programs'
}
ok "mda-sieve check knows which there are, and whether any are allowed" checks

# ---- the real one ----

lda=/usr/lib/dovecot/dovecot-lda
needs_dovecot "dovecot-lda with the same scripts"

extprograms()
{
	local kind
	if is_dovecot_2_3; then
		echo 'plugin {'
		echo '  sieve_plugins = sieve_extprograms'
		echo '  sieve_extensions = +vnd.dovecot.pipe +vnd.dovecot.filter +vnd.dovecot.execute +editheader'
	else
		printf 'sieve_plugins {\n  sieve_extprograms = yes\n}\n'
		printf 'sieve_extensions {\n  vnd.dovecot.pipe = yes\n  vnd.dovecot.filter = yes\n  vnd.dovecot.execute = yes\n  editheader = yes\n}\n'
	fi
	for kind in pipe filter execute; do
		echo "sieve_${kind}_bin_dir = $programs"
	done
	! is_dovecot_2_3 || echo '}'
}

start_dovecot << END
lda_mailbox_autocreate = yes
service auth {
  unix_listener auth-userdb {
    mode = 0666
  }
}
$(dovecot_lda_runs_sieve)
$(extprograms)
END
chmod 755 "$work/run"

# The program's input, the message's folder and its content, without what a delivery writes on top.
result()
{
	local file
	for file in message arguments runs; do
		[ -e "$taken/$file" ] && echo "== $file" && cat -A "$taken/$file"
	done
	[ ! -e "$taken/environment" ] || grep -vE '^(PATH|PWD|HOST|_)=' "$taken/environment"
	messages "$home" | sed "s|^$home/Maildir/||; s|new/.*||" | sort
	messages "$home" | sort | while read -r file; do
		sed -E '1,/^$/{/^(Return-Path|X-Original-To|Delivered-To|X-Mda-Label|X-Mda-Spam): /d}' "$file"
	done
}

plain()
{
	printf 'From: Bob <bob@b.test>\nTo: ann@a.test\nSubject: hello\n\nline 1\nline 2\n'
}

# same NAME LINE...: both do the same
same()
{
	local name=$1
	shift
	with_rules "$@"
	plain | as_owner "$lda" -c "$work/dovecot.conf" -f bob@b.test -d ann@a.test -r ann@a.test -a orig@a.test > "$work/said" 2>&1
	result > "$work/theirs"
	with_rules "$@"
	plain | as_owner "$bin/mda" -c "$conf" -f bob@b.test -d ann@a.test -r ann@a.test -a orig@a.test > "$work/said" 2>&1
	result > "$work/ours"
	ok "as dovecot-lda: $name" diff "$work/theirs" "$work/ours"
}

same "pipe" 'pipe "take" ["a b", "c"];'
same "pipe with a copy" 'pipe :copy "take";'
same "pipe and keep" 'pipe "take"; keep;'
same "pipe and discard" 'pipe "take"; discard;'
same "pipe of an edited message" 'addheader "X-A" "b"; pipe "take";'
same "pipe that fails" 'pipe "fail";'
same "pipe to nothing" 'pipe "missing";'
same "pipe beside a folder, that may fail" 'fileinto "F"; pipe :try "missing";'
same "two pipes" 'pipe :copy "take"; pipe "nothing";'
same "filter" 'filter "change" "1"; fileinto "F";'
same "filter as a test" 'if filter "change" "1" { fileinto "T"; } else { fileinto "F"; }'
same "filter that fails" 'filter "fail"; fileinto "F";'
same "filter that fails, as a test" 'if filter "fail" { fileinto "T"; } else { fileinto "F"; }'
same "filter, then pipe" 'filter "change" "1"; pipe "take";'
same "what filter wrote is tested" 'filter "change" "1"; if header "x-changed" "1" { fileinto "T"; }'
same "execute with a text" 'execute :input "a b" "take" ["1", "2"];'
same "execute with the message" 'execute :pipe "take";'
same "execute with nothing to read" 'execute "take";'
same "its output" 'execute :input "x" :output "v" "word" "A"; fileinto "${v}";'
same "its status" 'if execute "fail" { fileinto "T"; } else { fileinto "F"; }'
same "no output when it fails" 'set "v" "X"; execute :output "v" "fail"; fileinto "${v}";'
same "a program that is not there, as a test" 'if execute "missing" { fileinto "T"; } else { fileinto "F"; }'
same "arguments by variables" 'set "a" "b c"; execute "take" ["${a}", "x${a}"];'
same "an argument with a line end" 'pipe "take" "a
b";'
done_testing
