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
		imap_server = dovecot
		organization "A" {
		  domains = { "a.test" }
		}
	END
}

# What the programs print that are set up as they should be.
record()
{
	mkdir -p "$recorded"
	cat > "$recorded/postconf-n" <<- END
		default_delivery_status_filter = regexp:{{/^5(.*)/ 4\$\$1}}
		mda_destination_recipient_limit = 1
		mda_time_limit = \$command_time_limit
		command_time_limit = 1000s
		mydestination = \$myhostname, localhost
		recipient_delimiter = +
		virtual_mailbox_domains = a.test
		virtual_mailbox_maps = hash:/etc/postfix/vmailbox
		virtual_transport = mda
	END
	cat > "$recorded/postconf-M" <<- END
		smtp       inet  n       -       y       -       -       smtpd
		maildrop   unix  -       n       n       -       -       pipe flags=DRXhu user=vmail argv=/usr/bin/maildrop -d \${recipient}
		mda        unix  -       n       n       -       -       pipe flags=Rq
		    user=${owner%:*} null_sender= argv=$bin/mda -f \${sender} -r
		    \${recipient} -a \${original_recipient}
	END
	printf 'message_size_limit = 50M\nqualify_domain = a.test\n' > "$recorded/exim-bP"
	cat > "$recorded/exim-bP-transports" <<- END

		remote_smtp transport:
		driver = smtp

		mda transport:
		driver = pipe
		batch_max = 1
		command = $bin/mda
		environment = ORIGINAL_RECIPIENT=\$original_local_part@\$original_domain
		no_ignore_status
		message_prefix =
		message_suffix =
		no_return_output
		temp_errors = 75 : 127
		timeout = 20m
		timeout_defer

		spare transport:
		driver = pipe
		return_output
	END
	cat > "$recorded/smtpd.conf" <<- END
		# action "old" mda "/usr/bin/procmail"
		smtp sub-addr-delim "+"
		action "local" mda "$bin/mda -r '%{user.username}@%{dest.domain}' -a '%{rcpt}'" \\
		  alias <aliases>
		match from any for domain "a.test" action "local"
	END
	echo "configuration OK" > "$recorded/smtpd-n"
	doveconf_2_3 > "$recorded/doveconf-n"
}

doveconf_2_3()
{
	cat <<- END
		# 2.3.19.1 (9b53102964): /etc/dovecot/dovecot.conf
		first_valid_uid = 1
		mail_location = maildir:~/Maildir
		mail_plugins = " quota zlib"
		namespace inbox {
		  inbox = yes
		  location =
		  mailbox Junk {
		    special_use = \\Junk
		  }
		  mailbox "Sent Messages" {
		    special_use = \\Sent
		  }
		  prefix =
		}
		passdb {
		  driver = pam
		}
		plugin {
		  quota = maildir:User quota
		  sieve = file:~/sieve;active=~/.dovecot.sieve
		}
		protocols = " imap sieve"
		userdb {
		  args = uid=${owner%:*} gid=${owner#*:} home=$work/vhosts/%d/%n
		  driver = static
		}
	END
}

doveconf_2_4()
{
	cat <<- END
		# 2.4.1-4 (7d8c0e5759): /etc/dovecot/dovecot.conf
		dovecot_config_version = 2.4.0
		first_valid_uid = 1
		mail_driver = maildir
		mail_path = %{home}/Maildir
		mail_plugins {
		  quota = yes
		}
		protocols {
		  imap = yes
		}
		namespace inbox {
		  inbox = yes
		  separator = /
		  mailbox Junk {
		    special_use = "\\\\Junk"
		  }
		}
		protocol imap {
		  mail_plugins {
		    imap_quota = yes
		  }
		}
		quota "User quota" {
		  driver = maildir
		}
		sieve_script personal {
		  driver = file
		  path = ~/sieve
		  active_path = ~/.dovecot.sieve
		}
		userdb static {
		  fields {
		    uid = ${owner%:*}
		    home = $work/vhosts/%{user | domain}/%{user | username}
		  }
		}
	END
}

set_up()
{
	set_up_vhosts
	record
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
breaks conf-file error "mda.conf:[0-9]+:[0-9]+: imap_server takes one of" '' 'replace_key imap_server "imap_server = dovcot"; set_key "antispan = none" "label = yes" "time_limit = soon"'
ok "conf-file reports each error" is "$(grep -c '^error  ' "$work/out")" 3
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
breaks conf-inside warning 'counts as inside' '' 'replace_key authserv_id "authserv_id = {}"'
breaks conf-organization warning 'b.test is in no organization' '' 'set_key "domain \"b.test\" { label = yes }"'
breaks conf-time error 'not below time_limit' 'set_key "antispam = spamd"' 'set_key "antispam_timeout = 600"'
breaks conf-time-limit warning 'Postfix bounces' '' 'set_key "time_limit = 0"'
breaks conf-srs error 'SPF fails' 'set_key "redirect_sender = srs"; replace_key stamp_key "stamp_key = \"$etc/key\""' 'replace_key stamp_key "stamp_key = \"\""'
breaks conf-log warning 'bounces' '' 'replace_key log "log = stderr"'

# ---- paths ----

breaks path-log warning 'does not exist' '' 'replace_key log "log = \"$work/nowhere/log\""'
breaks path-key warning 'does not exist' 'replace_key stamp_key "stamp_key = \"$etc/key\""' 'replace_key stamp_key "stamp_key = \"$etc/no/key\""'
breaks path-key error 'forge stamps' 'replace_key stamp_key "stamp_key = \"$etc/key\""; install -m 600 /dev/null "$etc/key"' 'chmod 644 "$etc/key"'
breaks path-spool error 'spool' '' 'rmdir "$work/spool"'
breaks path-sendmail error 'not a program' '' 'chmod 644 "$work/sendmail"'
breaks path-programs error 'others than root' 'set_key "programs_dir = \"$etc/programs\""' 'chmod 777 "$etc/programs"'
breaks path-programs error 'hook is not run' 'set_key "programs_dir = \"$etc/programs\""' 'install -m 644 /dev/null "$etc/programs/hook"'
breaks path-warnings error 'warning of quota_warnings cannot be found' 'set_key "quota_warnings = { \"80% $etc/warning 80 %u\" }"; install -m 755 /dev/null "$etc/warning"' 'rm "$etc/warning"'
breaks path-warnings error 'warning is not run' 'set_key "quota_warnings = { \"80% $etc/warning 80 %u\" }"; install -m 755 /dev/null "$etc/warning"' 'chmod 777 "$etc/warning"'
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

# listen_at PATH: a socket that hangs up at once
listen_at()
{
	python3 -c '
import socket, sys
s = socket.socket(socket.AF_UNIX)
s.bind(sys.argv[1])
s.listen()
while True:
    s.accept()[0].close()' "$1" &
	server=$!
	wait_for 20 test -S "$1"
	chmod 666 "$1"
}

breaks path-users-socket error 'there is no socket' 'replace_key users "users = dovecot"; set_key "users_socket = \"$work/etc/users\""; listen_at "$work/etc/users"' \
	'rm "$work/etc/users"'
kill "$server"
breaks path-dirs error 'cannot read the directory .*lists of list_dirs' 'set_key "list_dirs = { \"$etc/lists\" }"; mkdir -m 755 "$etc/lists"' \
	'if is_root; then chmod 700 "$etc/lists"; else chmod 0 "$etc/lists"; fi'

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

# ---- the newest messages ----

# marked FIELD: three messages with a field of the MTA's
marked()
{
	local i
	for i in 1 2 3; do
		printf 'From: a@b.test\n%s\nMessage-ID: <%s@b.test>\n\nx\n' "$1" "$i" |
			as_owner tee "$maildir/new/179999999$i.M1P1.host" > /dev/null
	done
}
breaks mail-authserv warning 'are by mx.b.test, not by mx.a.test.*mx.b.test' 'marked "Authentication-Results: mx.a.test; spf=pass smtp.mailfrom=b.test"' \
	'marked "Authentication-Results: mx.b.test; spf=pass smtp.mailfrom=b.test"'
breaks mail-spam warning 'nothing is ever spam' 'marked "X-Spam-Status: No, score=1"' 'marked "X-Virus: No"'

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

# lock_state: a process has locked the whole directory, as a program does that repairs the database
lock_state()
{
	(exec 9< "$state" && flock 9 && touch "$work/locked" && exec sleep 120) &
	holder=$!
	wait_for 20 test -e "$work/locked"
}

breaks state-database error 'cannot be read: .*damaged' '' 'dd if=/dev/urandom of="$state/data.mdb" bs=4096 count=4 conv=notrunc 2> /dev/null'
breaks state-database error 'cannot be read' '' ': > "$work/empty"; rm "$state/data.mdb"; as_owner mkdir "$state/data.mdb"'
breaks state-database error 'another process has locked .*Maildir.mda' '' lock_state
kill "$holder"
breaks state-damaged warning 'was damaged' '' 'as_owner touch "$state/data.mdb.damaged-1"'
breaks state-server error 'dovecot reads this mailbox.*imap_server = dovecot' '' 'replace_key imap_server "imap_server = none"'
breaks state-server error 'courier reads this mailbox' '' 'echo "1 1 1" > "$maildir/courierimapuiddb"'

breaks state-uidlist error "INBOX: dovecot-uidlist is damaged.*mda reindex repair -c $conf -d ann@a.test\$" '' 'sed -i "1s/^3/9/" "$maildir/dovecot-uidlist"'
breaks state-validity error 'INBOX: UIDVALIDITY is 7 in dovecot-uidlist' '' 'sed -i "1s/ V[0-9]*/ V7/" "$maildir/dovecot-uidlist"'
breaks state-lock error 'holds the mailbox' '' 'hold "$state/lock"'
kill "$holder"
breaks state-dotlock warning 'dovecot-uidlist.lock is older' 'as_owner touch "$maildir/dovecot-uidlist.lock"' 'touch -d "1 hour ago" "$maildir/dovecot-uidlist.lock"'
breaks state-tmp warning '1 files in tmp' 'as_owner touch "$maildir/tmp/x"' 'touch -d "9 days ago" "$maildir/tmp/x"'

# damage FILE
damage()
{
	dd if=/dev/urandom of="$1" bs=4096 count=2 conv=notrunc 2> /dev/null
}

# remember: a delivery that remembers an id
remember()
{
	printf 'require "duplicate";\nif duplicate { discard; }\n' > "$home/.mda/rules.sieve"
	as_owner "$bin/mda" -c "$conf" -f a@b.test -r ann@a.test < <(simple_message remembered)
}
breaks state-seen error 'what vacation and duplicate remember: .*mv ' remember 'damage "$state/seen/data.mdb"'
breaks contacts-written error 'has written to: .*mda contacts learn -c '"$conf"' -d ann@a.test$' '"$bin/mda-contacts" add -c "$conf" -d ann@a.test q@y.test' \
	'damage "$home/.mda/contacts.d/known/data.mdb"'

# large_book: one that must be compiled
large_book()
{
	awk 'BEGIN { for (i = 0; i < 20000; i++) printf "BEGIN:VCARD\nFN:N %d\nEMAIL:n%d@many.test\nEND:VCARD\n", i, i }' |
		as_owner tee "$home/.mda/addressbook" > /dev/null
	"$bin/mda-contacts" compile -c "$conf" -d ann@a.test
}
breaks contacts-books warning 'was changed after it was compiled' large_book 'touch -d "1 minute" "$home/.mda/addressbook"'

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
breaks list-everything error "it matches every address.*mda lists remove -c $conf global-block" '' 'echo "*@*" >> "$etc/block"'
breaks list-everything error "it matches every address.*mda lists remove -c $conf -d ann@a.test allow" '' 'echo "*@*" >> "$home/.mda/allow"'
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

breaks settings-server error 'the file does not exist; all mail waits' \
	'set_key "address_settings = \"text:$etc/settings\""; echo "x@a.test label = no" > "$etc/settings"' \
	'rm "$etc/settings"'
breaks table-password warning 'everybody can read .*aliases.cf' \
	'printf "hosts = 127.0.0.1:1\nquery = SELECT 1\n" > "$etc/aliases.cf"; chmod 640 "$etc/aliases.cf"; set_key "aliases = \"pgsql:$etc/aliases.cf\""' \
	'chmod 644 "$etc/aliases.cf"'
breaks alias-server error 'Connection refused.*all mail waits' 'serve "9:NOTFOUND ,"; set_key "aliases = \"socketmap:inet:127.0.0.1:$port:aliases\""' end_server
breaks spam-filter warning 'nothing is spam' '' 'set_key "antispam = none"'
breaks spam-server error 'Connection refused' 'serve "SPAMD/1.5 0 PONG"; set_key "antispam = spamd" "antispam_servers = { \"127.0.0.1:$port\" }"' end_server
breaks spam-server error 'what answers is not rspamd' 'serve "HTTP/1.0 200 OK

pong"; set_key "antispam = rspamd" "antispam_servers = { \"127.0.0.1:$port\" }"' 'end_server; serve "220 mx ESMTP"; replace_key antispam_servers "antispam_servers = { \"127.0.0.1:$port\" }"'
end_server
breaks spam-learn error 'Connection refused' 'serve "SPAMD/1.5 0 PONG"; set_key "antispam = spamd" "learn_servers = { \"127.0.0.1:$port\" }"' end_server

# ---- Postfix ----

# Between the parts of sed's command.
sep=$'\001'

# main REGEX LINE: a line of main.cf is another one; master, transport, action, imap: the same elsewhere
main()
{
	sed -i -E "s$sep$1$sep$2$sep" "$recorded/postconf-n"
}

master()
{
	sed -i -E "s$sep$1$sep$2$sep" "$recorded/postconf-M"
}

by_local()
{
	echo "mailbox_command = $bin/mda" >> "$recorded/postconf-n"
	sed -i '/^mda /,$d' "$recorded/postconf-M"
}

breaks postfix-read warning 'cannot be asked' '' 'rm "$recorded/postconf-n"; mkdir "$recorded/postconf-n"'
breaks postfix-runs error 'does not run mda' '' 'master bin/mda bin/procmail'
breaks postfix-used error 'virtual_transport is lmtp:unix:private/dovecot-lmtp, so mda sees no mail' '' \
	'main "^virtual_transport.*" "virtual_transport = lmtp:unix:private/dovecot-lmtp"'
breaks postfix-local error 'mailbox_transport = lmtp' by_local 'echo "mailbox_transport = lmtp:unix:x" >> "$recorded/postconf-n"'
breaks postfix-program error 'not a program' '' 'master "argv=[^ ]*" "argv=/usr/local/nowhere/mda"'
breaks postfix-recipients error 'is 50.*postconf -e mda_destination_recipient_limit=1' '' 'main "^mda_destination.*" ""'
breaks postfix-null-sender warning 'MAILER-DAEMON' '' 'master "null_sender=" ""'
breaks postfix-sender error 'add -f' '' 'master "-f ..sender." ""'
breaks postfix-recipient error 'whose mail' '' 'sed -i "s/-r$//; s/^ *..recipient. -a/    -a/" "$recorded/postconf-M"'
breaks postfix-original warning 'alias' '' 'master "-a ..original_recipient." ""'
breaks postfix-flags warning 'D adds Delivered-To' '' 'master flags=Rq flags=DRq'
breaks postfix-flags warning 'doubles dots' '' 'master flags=Rq flags=R.q'
breaks postfix-quoted warning 'without its quotes' '' 'master flags=Rq flags=R'
breaks postfix-user error 'cannot become virtual_user' '' 'master "user=${owner%:*} null" "user=mail null"; replace_key virtual_user "virtual_user = \"${owner%:*}\""'
breaks postfix-chroot error 'chroot' '' 'master "^(mda  *unix  *-  *n  *)n" "\1y"'
breaks postfix-time error 'after 300 s, before time_limit' '' 'main "^command_time_limit.*" "command_time_limit = 5m"'
breaks postfix-died warning '127' '' 'main "^default_delivery_status.*" ""'
breaks postfix-delimiter warning 'recipient_delimiter is "-" in Postfix' '' 'main "^recipient_delimiter.*" "recipient_delimiter = -"'
breaks postfix-size warning 'which mda refuses' 'set_key "message_max = 10M"' 'main "^recipient_delimiter" "message_size_limit = 20000000\n&"'
breaks postfix-file-size warning 'mailbox_size_limit is 51200000' 'by_local; echo "mailbox_size_limit = 0" >> "$recorded/postconf-n"' \
	'main "^mailbox_size_limit.*" ""'
breaks postfix-domains warning 'mail for b.test, which is in no organization' '' 'main "^virtual_mailbox_domains.*" "virtual_mailbox_domains = a.test, b.test"'
breaks postfix-unknown warning 'which addresses exist' '' 'main "^virtual_mailbox_maps.*" ""'

# ---- Exim ----

transport()
{
	sed -i -E "/^mda transport/,/^spare/s$sep^$1$sep$2$sep" "$recorded/exim-bP-transports"
}

breaks exim-read warning 'cannot be asked' '' 'rm "$recorded/exim-bP-transports"; mkdir "$recorded/exim-bP-transports"'
breaks exim-runs error 'no transport of Exim leads to mda' '' 'transport "command.*" "command = /usr/bin/procmail"'
breaks exim-program error 'not a program' '' 'transport "command.*" "command = /usr/local/nowhere/mda"'
breaks exim-time error 'after 60 s' '' 'transport "timeout =.*" "timeout = 1m"'
breaks exim-late warning 'bounces' '' 'transport timeout_defer no_timeout_defer'
breaks exim-again error 'lacks 75' '' 'transport "temp_errors.*" "temp_errors = 73"'
breaks exim-again warning 'lacks 127' '' 'transport "temp_errors.*" "temp_errors = 73 : 75"'
breaks exim-output error 'whatever mda prints' '' 'transport no_return_output return_output'
breaks exim-ignored error 'lost' '' 'transport no_ignore_status ignore_status'
breaks exim-batch error 'several recipients' '' 'transport "batch_max.*" "batch_max = 100"'
breaks exim-original warning 'alias' '' 'transport "environment.*" "environment ="'
breaks exim-around warning 'adds lines' '' 'transport "message_suffix.*" "message_suffix = \\\\n"'
breaks exim-size warning 'which mda refuses' 'set_key "message_max = 50M"' 'echo "message_size_limit = 60M" > "$recorded/exim-bP"'

# ---- OpenSMTPD ----

action()
{
	sed -i -E "s$sep$1$sep$2$sep" "$recorded/smtpd.conf"
}

breaks smtpd-read warning 'cannot be asked' '' 'rm "$recorded/smtpd.conf"; mkdir "$recorded/smtpd.conf"'
breaks smtpd-syntax error 'smtpd.conf:3: syntax error' '' 'echo "/etc/smtpd.conf:3: syntax error" > "$recorded/smtpd-n"'
breaks smtpd-runs error 'no action' '' 'action "bin/mda" "bin/procmail"'
ok "smtpd-runs names the action" eval 'restore; doctor smtpd-runs; has "$work/out" "the action local runs mda"'
breaks smtpd-used error 'no match' '' 'action "^match.*" ""'
breaks smtpd-program error 'not a program' '' 'action "mda \"[^ ]*" "mda \"/usr/local/nowhere/mda"'
breaks smtpd-mailbox warning 'before aliases' '' 'action "-r [^ ]*" ""'
breaks smtpd-original warning 'alias' '' 'action "-a [^ \"]*" ""'
breaks smtpd-delimiter warning 'sub-addr-delim is "-"' '' 'action "^smtp .*" "smtp sub-addr-delim \"-\""'
breaks smtpd-size warning 'which mda refuses' 'set_key "message_max = 35M"' 'echo "smtp max-message-size \"50M\"" >> "$recorded/smtpd.conf"'

# ---- Dovecot ----

imap()
{
	sed -i -E "s$sep$1$sep$2$sep" "$recorded/doveconf-n"
}

breaks dovecot-read warning 'cannot be asked' '' 'rm "$recorded/doveconf-n"; mkdir "$recorded/doveconf-n"'
breaks dovecot-server error 'other UIDs' '' 'replace_key imap_server "imap_server = none"'
breaks dovecot-driver error 'is mbox' '' 'imap "maildir:~/Maildir" "mbox:~/mail"'
breaks dovecot-location error "reads $home/Mail, and mda writes $maildir" '' 'imap "maildir:~/Maildir" "maildir:~/Mail"'
breaks dovecot-home error 'the home is /srv/ann in Dovecot' '' 'imap "home=.*" "home=/srv/%n"'
breaks dovecot-inbox error "INBOX is /var/mail/ann, and mda's" '' 'imap "~/Maildir" "&:INBOX=/var/mail/%n"'
breaks dovecot-control error 'does not find it' '' 'imap "~/Maildir" "&:CONTROL=/var/control/%u"'
breaks dovecot-layout error 'layout is fs, and' '' 'imap "~/Maildir" "&:LAYOUT=fs"'
breaks dovecot-prefix error 'prefix .* is "INBOX."' '' 'imap "  prefix =.*" "  prefix = INBOX."'
breaks dovecot-separator error 'is "\^"' '' 'imap "  prefix =.*" "  prefix =\n  separator = ^"'
breaks dovecot-utf8 error 'in UTF-8, and mda in modified UTF-7' '' 'imap "~/Maildir" "&:UTF-8"'
breaks dovecot-subscribe warning 'not shown' '' 'imap "  prefix =.*" "  subscriptions = no"'
breaks dovecot-junk warning 'for junk is Spam, and' '' 'imap "mailbox Junk" "mailbox Spam"'
breaks dovecot-plugins error 'readable on the disk' '' 'imap "zlib" "mail_crypt"'
breaks dovecot-plugins warning 'push_notification' '' 'imap "zlib" "notify push_notification"'
breaks dovecot-quota warning 'driver count' '' 'imap "quota = maildir:" "quota = count:"'
breaks dovecot-sieve warning 'clients upload do not run' '' 'imap "active=.*" "active=~/active.sieve"'
breaks dovecot-uid error 'below uid 70000' '' 'imap "^first_valid_uid.*" "first_valid_uid = 70000"'
breaks dovecot-fsync warning 'never' '' 'imap "^first_valid" "mail_fsync = never\n&"'

is_2_4='doveconf_2_4 > "$recorded/doveconf-n"'
breaks dovecot-driver error 'is mdbox' "$is_2_4" 'imap "^mail_driver.*" "mail_driver = mdbox"'
breaks dovecot-location error "reads $home/Mail, and mda writes $maildir" "$is_2_4" 'imap "^mail_path.*" "mail_path = ~/Mail"'
breaks dovecot-home error 'the home is /srv/ann in Dovecot' "$is_2_4" 'imap "home = .*" "home = /srv/%{user | username}"'
breaks dovecot-inbox error "INBOX is /var/mail/ann@a.test, and mda's" "$is_2_4" 'imap "^mail_path" "mail_inbox_path = /var/mail/%{user}\n&"'
breaks dovecot-control error 'does not find it' "$is_2_4" 'imap "^mail_path" "mail_control_path = /var/control/%{user}\n&"'
breaks dovecot-layout error 'layout is fs, and' "$is_2_4" 'imap "^mail_path" "mailbox_list_layout = fs\n&"'
breaks dovecot-utf8 error 'in UTF-8, and mda in modified UTF-7' "$is_2_4" 'imap "^mail_path" "mailbox_list_utf8 = yes\n&"'
breaks dovecot-junk warning 'for junk is Spam, and' "$is_2_4" 'imap "mailbox Junk" "mailbox Spam"'
breaks dovecot-plugins error 'readable on the disk' "$is_2_4" 'imap "imap_quota" "mail_crypt"'
breaks dovecot-quota warning 'driver count' "$is_2_4" 'imap "  driver = maildir" "  driver = count"'
breaks dovecot-sieve warning 'clients upload do not run' "$is_2_4" 'imap "active_path = .*" "active_path = ~/active.sieve"'

# ---- mda-lmtpd ----

hand_over()
{
	serve $'220 mx LMTP\r\n250 mx\r\n221 bye\r\n'
	set_key "lmtp_listen = { \"127.0.0.1:$port\" }"
	"$@"
}
to_postfix()
{
	main "^virtual_transport.*" "virtual_transport = lmtp:unix:private/mda"
}
to_exim()
{
	rm "$recorded/postconf-n" "$recorded/smtpd.conf"
	printf 'mda_lmtp transport:\ndriver = lmtp\nsocket = /run/mda/lmtp\n' > "$recorded/exim-bP-transports"
}
to_smtpd()
{
	rm "$recorded/postconf-n" "$recorded/exim-bP-transports"
	printf 'action "x" lmtp "/run/mda/lmtp" rcpt-to virtual { "@" = vmail }\n' > "$recorded/smtpd.conf"
}
for mta in postfix exim smtpd; do
	breaks lmtp-answers error 'Connection refused.*systemctl start mda-lmtpd' "hand_over to_$mta" end_server
	doctor $mta-runs
	ok "$mta hands mail over" eval 'is "$status" 0 && has "$work/out" "hands mail to mda-lmtpd"'
done

# ---- the programs themselves ----

# Exim and OpenSMTPD cannot be installed beside Postfix; what they print is recorded above.
for program in exim4 smtpd; do
	command -v "$program" > /dev/null || echo "# $program is not installed: only what it printed elsewhere was read"
done

asked()
{
	status=0
	timeout 60 "$bin/mda-doctor" -c "$conf" -d ann@a.test "$@" > "$work/out" 2> "$work/err" < /dev/null || status=$?
}

if command -v postconf > /dev/null; then
	restore
	mkdir -m 755 "$work/postfix"
	sed -e 's/example.com, example.net/a.test/' -e '/^mailbox_command/d' -e 's/^#virtual_mailbox_maps/virtual_mailbox_maps/' examples/postfix/main.cf \
		> "$work/postfix/main.cf"
	sed -e "s|/usr/local/bin/mda|$bin/mda|" -e "s/user=vmail/user=${owner%:*}/" examples/postfix/master.cf > "$work/postfix/master.cf"
	chmod 644 "$work"/postfix/*
	asked --postfix="$work/postfix" postfix
	ok "postconf: all is well with the example" eval 'is "$status" 0 && is "$(grep -c "^ok" "$work/out")" 20'
	asked --postfix="$(realpath --relative-to=. "$work/postfix")" postfix
	ok "postconf: a relative path" eval 'is "$status" 0 && is "$(grep -c "^ok" "$work/out")" 20'
	sed -i 's/null_sender=//' "$work/postfix/master.cf"
	echo "mda_time_limit = 10" >> "$work/postfix/main.cf"
	asked --postfix="$work/postfix" postfix
	ok "postconf: and with neither null_sender nor time" eval 'is "$status" 2 && has "$work/out" "^warning *postfix-null-sender" &&
		has "$work/out" "^error *postfix-time .*after 10 s"'
	asked --postfix="$work/nowhere" postfix
	ok "postconf: a directory that is not there" tells postfix-read warning 'cannot be asked: .*nowhere'
else
	skip "postconf" "Postfix is not installed"
fi

if command -v doveconf > /dev/null; then
	restore
	# shellcheck source-path=SCRIPTDIR
	(. tests/e2e/lib-dovecot.sh && trap - EXIT && dovecot_settings '~/Maildir' > "$work/dovecot.conf"
		dovecot_settings '~/Maildir' fs > "$work/dovecot-fs.conf")
	chmod 644 "$work"/dovecot*.conf
	asked --dovecot="$work/dovecot.conf" dovecot
	ok "doveconf: all is well" eval 'is "$status" 0 && has "$work/out" "^ok *dovecot-location  *Dovecot reads $maildir"'
	asked --dovecot="$work/dovecot-fs.conf" dovecot
	ok "doveconf: another layout" tells dovecot-layout error 'set layout = fs'
else
	skip "doveconf" "Dovecot is not installed"
fi

# ---- what it prints ----

is_json()
{
	python3 - "$work/out" "$1" << 'END'
import json, sys
r = json.load(open(sys.argv[1]))
f = [x for x in r['findings'] if x['check'] == 'conf-log']
assert r['status'] == 'warning' and r['errors'] == 0 and r['warnings'] == 1 and r['ok'] == int(sys.argv[2]), r
assert len(f) == 1 and f[0]['status'] == 'warning' and f[0]['group'] == 'conf' and f[0]['text'] and f[0]['mend'], f
END
}

restore
replace_key log "log = stderr"
doctor --json conf-log conf-file
ok "--json" eval 'is "$status" 1 && is_json 1'
doctor --json --quiet conf-log conf-file
ok "--json --quiet counts what it does not print" eval 'is "$status" 1 && is_json 1 && not grep -q conf-file "$work/out"'
doctor --quiet conf-log conf-file
ok "--quiet: the sum comes first, then what is not ok" eval 'is "$status" 1 && is "$(head -n 1 "$work/out")" "warning: 0 errors, 1 warning, 1 ok" &&
	is "$(wc -l < "$work/out")" 2'
doctor conf-log conf-file
ok "the sum comes last" is "$(tail -n 1 "$work/out")" "warning: 0 errors, 1 warning, 1 ok"
restore
doctor --quiet -d ann@a.test
ok "--quiet, and all is well" eval 'is "$status" 0 && is "$(sed "s/[0-9]* ok/N ok/" "$work/out")" "ok: 0 errors, 0 warnings, N ok"'
doctor conf-logg
ok "a check that there is not" eval 'is "$status" 75 && has "$work/err" "there is no check or group \"conf-logg\""'
doctor --recorded "$work/nowhere"
ok "a directory of --recorded that there is not" eval 'is "$status" 75 && has "$work/err" "nowhere is not a directory"'
status=0
"$bin/mda-doctor" -c "$conf" --smtpd="$work/nowhere" smtpd > "$work/out" 2>&1 || status=$?
ok "a smtpd.conf that there is not" tells smtpd-read warning 'nowhere does not exist'
doctor --frobnicate
ok "an option that there is not" is "$status" 75
status=0
"$bin/mda" doctor -c "$etc/nowhere.conf" > "$work/out" 2>&1 || status=$?
ok "a configuration that there is not" tells conf-file error 'does not exist'
# But for LMDB's own table of readers.
tree()
{
	find "$work/vhosts" "$etc" "$work/spool" "$work/log" ! -name lock.mdb -printf '%p %u %m %i %s %T@\n' | sort
}

changes_nothing()
{
	restore
	tree > "$work/before"
	doctor -d ann@a.test
	tree | diff "$work/before" -
}
ok "it changes nothing" changes_nothing

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
