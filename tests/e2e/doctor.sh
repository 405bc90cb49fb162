#!/bin/bash
# Each check of mda-doctor: all is well, then the thing is broken, and the check says so.
# A check without a row here or in tests/unit/test_doctor.c fails the test.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

home=$work/vhosts/a.test/ann
maildir=$home/Maildir
state=$home/.Maildir.mda
etc=$work/etc
conf=$etc/mda.conf
recorded=$work/recorded
declare -A covered=()

# ---- the scene ----

as_owner()
{
	if is_root; then setpriv --reuid="${owner%:*}" --regid="${owner#*:}" --clear-groups "$@"; else "$@"; fi
}

configure()
{
	cat <<- END
		default_domain = "a.test"
		authserv_id = { "mx.a.test" }
		antispam = headers
		organization "A" {
		  domains = { "a.test" }
		}
	END
}

set_up()
{
	set_up_vhosts
	configure >> "$conf"
	printf '#!/bin/sh\ncat > /dev/null\n' > "$work/sendmail"
	chmod 755 "$work/sendmail"
	chmod 644 "$conf"
	mkdir -p "$recorded" "$etc/programs"
	printf 'bad@x.test\n' > "$etc/block"
	printf 'good@x.test\n' > "$etc/allow"
	as_owner mkdir -m 700 "$home" && as_owner mkdir "$home/.mda" || return
	for word in one two; do
		as_owner "$bin/mda" -c "$conf" -f a@b.test -r ann@a.test < <(simple_message $word) || return
	done
	as_owner "$bin/mda" -c "$conf" -f a@b.test -m Work -r ann@a.test < <(simple_message three) || return
	printf 'require "fileinto"; if header :is "subject" "x" { fileinto "Work"; }\n' | as_owner tee "$home/.mda/rules.sieve" > /dev/null
	printf 'friend@y.test\n' | as_owner tee "$home/.mda/allow" > /dev/null
	mkdir "$work/kept" && cp -a "$work/vhosts" "$etc" "$recorded" "$work/log" "$work/sendmail" "$work/spool" "$work/kept"
}

# Everything as it was at first.
restore()
{
	chmod -R u+rwX "$work/vhosts" "$etc" "$recorded" "$work/spool" 2> /dev/null
	rm -rf "$work/vhosts" "$etc" "$recorded" "$work/log" "$work/sendmail" "$work/spool"
	cp -a "$work/kept/." "$work"
}

# set_key LINE...: the last one counts
set_key()
{
	printf '%s\n' "$@" >> "$conf"
}

# replace_key KEY LINE
replace_key()
{
	sed -i "s|^$1 = .*|$2|" "$conf"
}

# ---- a row ----

# doctor ARGUMENT...: $status and $work/out
doctor()
{
	status=0
	timeout 60 "$bin/mda-doctor" -c "$conf" --recorded "$recorded" "$@" > "$work/out" 2> "$work/err" < /dev/null || status=$?
}

is_well()
{
	is "$status" 0 && has "$work/out" "^ok  *$1  " && not grep -qE "^(warning|error) +$1 " "$work/out"
}

tells()
{
	local wanted=1
	[ "$2" = warning ] || wanted=2
	is "$status" "$wanted" && has "$work/out" "^$2  *$1  .*($3)"
}

# breaks CHECK warning|error REGEX PREPARE BREAK: both are shell
breaks()
{
	local check=$1
	covered[$check]=1
	restore
	eval "$4" || echo "# $check: cannot be prepared"
	doctor -d ann@a.test "$check"
	ok "$check: all is well" is_well "$check"
	eval "$5" || echo "# $check: cannot be broken"
	doctor -d ann@a.test "$check"
	ok "$check: ${3:0:60}" tells "$check" "$2" "$3"
}

ok "the scene" set_up
doctor -d ann@a.test
ok "of which all is well" eval 'is "$status" 0 && not grep -vE "^ok" "$work/out"'

# ---- mda.conf ----

breaks conf-file error "mda.conf:[0-9]+:1: .*did you mean" '' 'set_key "antispan = none"'
breaks conf-sections error 'mda.conf:[0-9]+:[0-9]+: ' '' 'set_key "domain \"x.test\" { junk = 1 }" "address \"q@x.test\" { label = perhaps }"'
ok "conf-sections reports each section" is "$(grep -c '^error  ' "$work/out")" 2
breaks conf-mode error 'others than root.*chmod go-w' '' 'chmod 666 "$conf"'
breaks conf-password warning 'others can read' 'set_key "learn_password = x"; chmod 600 "$conf"; chown "${owner%:*}" "$conf"; is_root && chown root "$conf"' \
	'chmod 644 "$conf"'
if is_root; then
	breaks conf-account error 'unprivileged_user|virtual_user' '' 'replace_key virtual_user "virtual_user = \"nobody-here\""'
else
	skip "conf-account" "only root becomes another account"
	covered[conf-account]=1
fi
breaks conf-apart error 'would contain' '' 'set_key "maildir = \"%h\""'
breaks conf-folders error 'folder_' '' 'set_key "folder_prefix = \"INBOX.\"" "folder_separator = \"/\""'
breaks conf-junk error 'is the INBOX' '' 'set_key "junk_folder = \"INBOX\""'
breaks conf-discard warning 'gone for good' '' 'set_key "spam_action = discard"'
breaks conf-idle warning 'antispam_servers has no effect' '' 'set_key "antispam_servers = { \"127.0.0.1:1\" }"'
for key in 'srs_domain = "a.test"' 'quota = none;quota_full = refuse' 'label = no' 'spamtest_texts = { "1 a" }'; do
	breaks conf-idle warning 'has no effect|have no effect' '' 'tr ";" "\n" <<< "$key" >> "$conf"'
done
breaks conf-authserv warning 'forged senders' '' 'replace_key authserv_id "authserv_id = {}"'
breaks conf-authserv error 'no allow entry' 'set_key "allow_requires = pass"' 'replace_key authserv_id "authserv_id = {}"'
breaks conf-inside error 'labelled External' '' 'replace_key authserv_id "authserv_id = {}"'
breaks conf-organization warning 'b.test is in no organization' '' 'set_key "domain \"b.test\" { label = yes }"'
breaks conf-time error 'not below time_limit' 'set_key "antispam = spamd"' 'set_key "antispam_timeout = 600"'
breaks conf-time-limit warning 'Postfix bounces' '' 'set_key "time_limit = 0"'
breaks conf-srs error 'no SRS address' 'set_key "redirect_sender = srs"; replace_key stamp_key "stamp_key = \"$etc/key\""' 'replace_key stamp_key "stamp_key = \"\""'
breaks conf-log warning 'bounces' '' 'replace_key log "log = stderr"'

# ---- paths ----

breaks path-log warning 'does not exist' '' 'replace_key log "log = \"$work/nowhere/log\""'
breaks path-key warning 'does not exist' 'replace_key stamp_key "stamp_key = \"$etc/key\""' 'replace_key stamp_key "stamp_key = \"$etc/no/key\""'
breaks path-key error 'forge stamps' 'replace_key stamp_key "stamp_key = \"$etc/key\""; install -m 600 /dev/null "$etc/key"' 'chmod 644 "$etc/key"'
breaks path-spool error 'spool' '' 'rmdir "$work/spool"'
breaks path-sendmail error 'not a program' '' 'chmod 644 "$work/sendmail"'
breaks path-programs error 'others than root' 'set_key "programs_dir = \"$etc/programs\""' 'chmod 777 "$etc/programs"'
breaks path-programs error 'hook is not run' 'set_key "programs_dir = \"$etc/programs\""' 'install -m 644 /dev/null "$etc/programs/hook"'
breaks path-lists-mode error 'everybody can change' '' 'chmod 666 "$etc/block"'
breaks path-scripts error 'does not exist, so it does not run' \
	'set_key "scripts_before = { \"$etc/before.sieve\" }"; echo keep\; > "$etc/before.sieve"' 'rm "$etc/before.sieve"'
breaks path-people error 'imitated names' 'sed -i "s|^organization.*|&\npeople = \"$etc/people\"|" "$conf"; echo "Ann <ann@a.test>" > "$etc/people"' \
	'rm "$etc/people"'
breaks path-above error 'everybody can rename' '' 'chmod 777 "$work/vhosts"'
if is_root; then
	breaks path-log warning 'cannot write' '' 'chown root "$work/log"; chmod 644 "$work/log"'
	breaks path-lists error 'cannot read global_block' '' 'chmod 600 "$etc/block"'
else
	breaks path-lists error 'cannot read global_block' '' 'chmod 000 "$etc/block"'
fi

# ---- the mailbox ----

breaks user-known error 'there is no mailbox for ann' '' 'set_key "create_home = no"; mv "$home" "$home.away"'
breaks user-home error 'cannot be found' '' 'set_key "create_home = no"; mv "$home" "$home.away"'
breaks user-home-mode error 'can write to the home' '' 'chmod 777 "$home"'
breaks user-maildir error 'create_maildir = no' '' 'set_key "create_maildir = no"; mv "$maildir" "$home/away"'
breaks user-maildir-mode error 'everybody can enter' '' 'chmod 755 "$maildir"'
breaks user-folders error 'Work/new is not a directory' '' 'rm -r "$maildir/.Work/new"'
breaks user-state-mode error 'everybody can enter' '' 'chmod 755 "$state"'
breaks user-state error 'not a directory' '' 'rm -r "$state"; as_owner touch "$state"'
breaks user-links error 'scripts_user|user_allow' '' 'as_owner ln -sf "$etc/allow" "$home/.mda/allow"'
breaks user-quota warning '95 of 100 bytes' 'printf "100S\n10 1\n" | as_owner tee "$maildir/maildirsize" > /dev/null' 'printf "100S\n95 1\n" | as_owner tee "$maildir/maildirsize" > /dev/null'
breaks user-quota error 'takes no mail' 'printf "100S\n10 1\n" | as_owner tee "$maildir/maildirsize" > /dev/null' 'printf "100S\n100 1\n" | as_owner tee "$maildir/maildirsize" > /dev/null'
if is_root; then
	breaks user-home error 'belongs to uid 0' 'replace_key virtual_user "virtual_user = \"65534:65534\""' 'chown 0 "$home"; chmod 777 "$home"'
	breaks user-mail-owner error '1 of 3 messages belong to others' '' 'chown 1 "$(messages "$maildir" | head -n 1)"'
	breaks user-files error 'user_allow .* is not read' '' 'chown 0 "$home/.mda/allow"; chmod 600 "$home/.mda/allow"'
else
	skip "user-home, user-mail-owner" "only root can give files away"
	covered[user-mail-owner]=1
	breaks user-files error 'user_allow .* is not read' '' 'chmod 0 "$home/.mda/allow"'
fi

# ---- file systems: see also tests/unit/test_doctor.c ----

# In a mount namespace of its own, which ends with the program.
mounted_apart()
{
	status=0
	unshare --mount sh -c "mount -t tmpfs -o mode=700,uid=${owner%:*} none '$maildir/new' && exec \"\$@\"" - \
		"$bin/mda-doctor" -c "$conf" -d ann@a.test disk-one > "$work/out" 2> "$work/err" || status=$?
}

covered[disk-one]=1
if is_root && unshare --mount sh -c "mount -t tmpfs none '$work/spool'" 2> /dev/null; then
	restore
	doctor -d ann@a.test disk-one
	ok "disk-one: all is well" is_well disk-one
	mounted_apart
	ok "disk-one: new is mounted" tells disk-one error 'several file systems'
else
	skip "disk-one" "nothing can be mounted here"
fi

# ---- UIDs and locks ----

# hold FILE BYTES: a process holds a lock of the first bytes until it is ended
hold()
{
	python3 -c '
import fcntl, struct, sys, time
f = open(sys.argv[1], "r+b")
fcntl.fcntl(f, 37, struct.pack("hhqqi4x", fcntl.F_WRLCK, 0, 0, 1, 0))  # F_OFD_SETLK
print("held", flush=True)
time.sleep(120)' "$1" > "$work/held" &
	holder=$!
	wait_for 20 grep -q held "$work/held"
}

breaks state-database error 'cannot be read: .*damaged' '' 'dd if=/dev/urandom of="$state/data.mdb" bs=4096 count=4 conv=notrunc 2> /dev/null'
breaks state-database error 'cannot be read' '' ': > "$work/empty"; rm "$state/data.mdb"; as_owner mkdir "$state/data.mdb"'
breaks state-damaged warning 'was damaged' '' 'as_owner touch "$state/data.mdb.damaged-1"'
breaks state-server error 'dovecot reads this mailbox.*imap_server = dovecot' '' 'echo "3 V1 N1 G0123456789abcdef0123456789abcdef" > "$maildir/dovecot-uidlist"'
breaks state-server error 'courier reads this mailbox' '' 'echo "1 1 1" > "$maildir/courierimapuiddb"'

# with_dovecot: the files that Dovecot has, by a delivery
with_dovecot()
{
	set_key "imap_server = dovecot"
	as_owner "$bin/mda" -c "$conf" -f a@b.test -r ann@a.test < <(simple_message four) && [ -s "$maildir/dovecot-uidlist" ]
}
breaks state-uidlist error 'INBOX: dovecot-uidlist is damaged' with_dovecot 'sed -i "1s/^3/9/" "$maildir/dovecot-uidlist"'
breaks state-validity error 'INBOX: UIDVALIDITY is 7 in dovecot-uidlist' with_dovecot 'sed -i "1s/ V[0-9]*/ V7/" "$maildir/dovecot-uidlist"'
breaks state-lock error 'holds the mailbox' '' 'hold "$state/lock"'
kill "$holder"
breaks state-dotlock warning 'dovecot-uidlist.lock is older' 'as_owner touch "$maildir/dovecot-uidlist.lock"' 'touch -d "1 hour ago" "$maildir/dovecot-uidlist.lock"'
breaks state-tmp warning '1 files in tmp' 'as_owner touch "$maildir/tmp/x"' 'touch -d "9 days ago" "$maildir/tmp/x"'

# ---- the clock ----

breaks clock-mail warning '1 messages are from the future' '' 'touch -d "3 days" "$(messages "$maildir" | head -n 1)"'

# ---- filter rules ----

breaks script-errors error 'rules.sieve:1:1: ' '' 'echo "fileintoo \"x\";" > "$home/.mda/rules.sieve"'
breaks script-errors error 'before.sieve:2:' 'printf "keep;\n" > "$etc/before.sieve"; set_key "scripts_before = { \"$etc/before.sieve\" }"' \
	'printf "keep;\nif\n" > "$etc/before.sieve"'
breaks script-advice warning 'rules.sieve:2:[0-9]+: .*matches every value' '' \
	'printf "require \"fileinto\";\nif header :contains \"subject\" \"\" { fileinto \"Junk\"; }\n" > "$home/.mda/rules.sieve"'
breaks script-shadow warning 'dovecot.sieve: .*' '' 'as_owner cp "$home/.mda/rules.sieve" "$home/.dovecot.sieve"'
breaks script-shadow warning 'dovecot.sieve: .*' 'mv "$home/.mda/rules.sieve" "$home/.dovecot.sieve"' \
	'rm "$home/.dovecot.sieve"; as_owner ln -s sieve/active.sieve "$home/.dovecot.sieve"'
breaks script-unseen warning 'does not run' '' 'as_owner mkdir "$home/sieve"; mv "$home/.mda/rules.sieve" "$home/sieve/my.sieve"'
breaks script-failed warning 'could not run the script' '' \
	'echo "fileintoo;" > "$home/.mda/rules.sieve"; as_owner "$bin/mda" -c "$conf" -f a@b.test -r ann@a.test < <(simple_message five)'

# ---- lists ----

breaks list-errors error 'block:2: a@b@c: ' '' 'echo a@b@c >> "$etc/block"'
breaks list-everything error 'it matches every address.*mda lists remove global-block' '' 'echo "*@*" >> "$etc/block"'
breaks list-everything error 'it matches every address.*mda lists remove -d ann@a.test allow' '' 'echo "*@*" >> "$home/.mda/allow"'
breaks list-own-domain warning 'a.test is your own domain' '' 'echo "boss@a.test" >> "$etc/allow"'
breaks list-covered warning 'line 1 covers it|line 3 covers it' '' 'printf "u@shop.test\n*@shop.test\n" >> "$etc/block"'
breaks list-overruled warning 'overrules it' '' 'echo good@x.test >> "$etc/block"'
breaks list-expired warning 'its last day is over' '' 'echo "old@x.test # until 2020-01-31" >> "$etc/block"'
breaks list-compiled warning 'compiled form of .*block is not used' '"$bin/mda-lists" compile -c "$conf" global-block' 'echo new@x.test >> "$etc/block"'
breaks alias-errors error 'line 2: ' 'set_key "aliases = \"$etc/aliases\""; echo "x@a.test ann@a.test" > "$etc/aliases"' 'echo "nobody" >> "$etc/aliases"'
breaks alias-compiled warning 'not used' \
	'set_key "aliases = \"$etc/aliases\""; echo "x@a.test ann@a.test" > "$etc/aliases"; "$bin/mda-lists" compile -c "$conf" aliases' \
	'echo "y@a.test ann@a.test" >> "$etc/aliases"'

# ---- libraries ----

# without LIBRARY...: what is loaded by these names cannot be
without()
{
	local name
	rm -rf "$work/broken" && mkdir "$work/broken"
	for name in "$@"; do echo "no library" > "$work/broken/$name"; done
	export LD_LIBRARY_PATH=$work/broken
}

# breaks_library CHECK STATUS REGEX PREPARE LIBRARY...
breaks_library()
{
	breaks "$1" "$2" "$3" "$4" "without ${*:5}"
	unset LD_LIBRARY_PATH
}

icu=$(basename "$(ls /usr/lib/*/libicui18n.so.?? 2> /dev/null | head -n 1)")
breaks_library library-magic warning 'libmagic' '' libmagic.so.1
breaks_library library-magic error 'libmagic' 'set_key "attachments_refuse = { \"*.exe\" }"' libmagic.so.1
breaks_library library-idn error 'libidn2' '' libidn2.so.0
breaks_library library-icu warning 'ICU' '' "$icu"
breaks_library library-curl error 'libcurl' 'set_key "antispam = rspamd"' libcurl.so.4 libcurl-gnutls.so.4
breaks_library library-unistring warning 'libunistring' '' libunistring.so.2 libunistring.so.5
breaks library-mime error 'GMime' '' 'mv "$bin/modules/mda_mime.so" "$work/away"; echo "no library" > "$bin/modules/mda_mime.so"'
mv "$work/away" "$bin/modules/mda_mime.so"

# ---- anti-spam servers ----

# serve ANSWER: $port answers with it, until the process $server is ended
serve()
{
	port=$(free_port)
	python3 -c '
import socket, sys
s = socket.create_server(("127.0.0.1", int(sys.argv[1])))
while True:
    c, _ = s.accept()
    c.recv(1000)
    c.sendall(sys.argv[2].encode())
    c.close()' "$port" "$1" &
	server=$!
	wait_for 20 eval "(exec 3<> /dev/tcp/127.0.0.1/$port)"
}

end_server()
{
	kill "$server" && wait "$server"
	true
} 2> /dev/null

breaks spam-filter warning 'nothing is spam' '' 'set_key "antispam = none"'
breaks spam-server error 'Connection refused' 'serve "SPAMD/1.5 0 PONG"; set_key "antispam = spamd" "antispam_servers = { \"127.0.0.1:$port\" }"' end_server
breaks spam-server error 'what answers is not rspamd' 'serve "HTTP/1.0 200 OK

pong"; set_key "antispam = rspamd" "antispam_servers = { \"127.0.0.1:$port\" }"' 'end_server; serve "220 mx ESMTP"; replace_key antispam_servers "antispam_servers = { \"127.0.0.1:$port\" }"'
end_server
breaks spam-learn error 'Connection refused' 'serve "SPAMD/1.5 0 PONG"; set_key "antispam = spamd" "learn_servers = { \"127.0.0.1:$port\" }"' end_server

# ---- the whole ----

restore
every_check_is_broken()
{
	local name missing=
	for name in $("$bin/mda-doctor" --list | awk '{ print $2 }'); do
		[ -n "${covered[$name]:-}" ] || grep -q "\"$name\"" tests/unit/test_doctor.c 2> /dev/null || missing="$missing $name"
	done
	is "$missing" ""
}
ok "every check is broken here" every_check_is_broken

done_testing
