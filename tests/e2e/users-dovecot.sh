#!/bin/bash
# Users that a real Dovecot knows: from a passwd-file, SQLite, PostgreSQL and LDAP. mda stores where
# Dovecot reads; what Dovecot does not know is refused, and whatever fails makes mail wait.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib-dovecot.sh"
. "$(dirname "$0")/lib-databases.sh"
. "$(dirname "$0")/lib-lmtp.sh"

needs_dovecot "users of Dovecot"
uid=27011 other=27012
homes=$work/homes conf=$work/mda.conf userdb=$work/run/auth-userdb
modules=$(dovecot --build-options | sed -n 's/.*moduledir *= *//p')
modules=${modules:-/usr/lib/dovecot/modules}
owner=$uid:$uid
# Dovecot's static userdb, which is not used here, has one.
home=$homes
# Dovecot replaces it, not the shell.
tilde='~'

# NAME|HOME|KIND OF MAILBOX|OTHER NAME|UID
users="ann@a.test|ann|||$uid
bob@a.test|bob|fs||$uid
cleo@a.test|ann||ann@a.test|$uid
dan@a.test|dan|mbox||$uid
jan@a.test|jan|||$uid
jan-erik@a.test|jan-erik|||$uid
otto@a.test|otto|||$other"

# ---- what the databases have ----

# for_users COMMAND: with $name $home $kind $new $id of each user, and the fields of their mailbox
for_users()
{
	local name home kind new id mail driver path layout
	while IFS='|' read -r name home kind new id; do
		home=$homes/$home new=${new:-$name} mail='' driver='' path='' layout=''
		case $kind in
		fs) mail=maildir:$tilde/Mail:LAYOUT=fs driver=maildir path=$tilde/Mail layout=fs ;;
		mbox) mail=mbox:$tilde/mail driver=mbox path=$tilde/mail ;;
		esac
		"$1"
	done <<< "$users"
}

passwd_line()
{
	printf '%s:{PLAIN}secret:%s:%s::%s::userdb_user=%s' "$name" "$id" "$id" "$home" "$new"
	if is_dovecot_2_3; then
		[ -z "$mail" ] || printf ' userdb_mail=%s' "$mail"
	else
		[ -z "$path" ] || printf ' userdb_mail_driver=%s userdb_mail_path=%s' "$driver" "$path"
		[ -z "$layout" ] || printf ' userdb_mailbox_list_layout=%s' "$layout"
	fi
	echo
}

sql_row()
{
	printf "INSERT INTO users VALUES ('%s', %s, '%s', nullif('%s', ''), nullif('%s', ''), " \
		"$name" "$id" "$home" "$mail" "$driver"
	printf "nullif('%s', ''), nullif('%s', ''), '%s');\n" "$path" "$layout" "$new"
}

sql_rows()
{
	echo "CREATE TABLE users (name text, id integer, home text, mail text, driver text, path text,"
	echo "layout text, new text);"
	for_users sql_row
}

ldap_entry()
{
	printf 'dn: uid=%s,%s\n' "$name" "$ldap_base"
	printf 'objectClass: inetOrgPerson\nobjectClass: posixAccount\n'
	printf 'uid: %s\ncn: x\nsn: x\nhomeDirectory: %s\nuidNumber: %s\n' "$name" "$home" "$id"
	printf 'gidNumber: %s\ndisplayName: %s\n' "$id" "$new"
	if is_dovecot_2_3; then
		[ -z "$mail" ] || printf 'description: %s\n' "$mail"
	else
		[ -z "$path" ] || printf 'description: %s\ntitle: %s\n' "$path" "$driver"
		[ -z "$layout" ] || printf 'employeeType: %s\n' "$layout"
	fi
	echo
}

# ---- how Dovecot asks them ----

sql_places="driver AS mail_driver, path AS mail_path, layout AS mailbox_list_layout"
sql_fields="id AS uid, id AS gid, home, new AS \"user\""

passwd_file_2_3()
{
	printf 'userdb {\n  driver = passwd-file\n  args = %s\n}\n' "$work/passwd"
}

passwd_file_2_4()
{
	printf 'userdb passwd-file {\n  passwd_file_path = %s\n}\n' "$work/passwd"
}

# sql_2_3 DRIVER CONNECT
sql_2_3()
{
	cat > "$work/sql.conf" <<- END
		driver = $1
		connect = $2
		user_query = SELECT $sql_fields, mail FROM users WHERE name = '%u'
		iterate_query = SELECT name AS "user" FROM users
	END
	printf 'userdb {\n  driver = sql\n  args = %s\n}\n' "$work/sql.conf"
}

sql_2_4()
{
	cat <<- END
		sql_driver = $1
		userdb sql {
		  query = SELECT $sql_fields, $sql_places FROM users WHERE name = '%{user}'
		  iterate_query = SELECT name AS "user" FROM users
		}
	END
}

sqlite_2_3()
{
	sql_2_3 sqlite "$work/sqlite/users"
}

sqlite_2_4()
{
	sql_2_4 sqlite && printf 'sqlite_path = %s\n' "$work/sqlite/users"
}

pgsql_2_3()
{
	sql_2_3 pgsql "host=$postgres_dir user=postgres dbname=postgres"
}

pgsql_2_4()
{
	sql_2_4 pgsql && cat <<- END
		pgsql $postgres_dir {
		  parameters {
		    user = postgres
		    dbname = postgres
		  }
		}
	END
}

ldap_2_3()
{
	cat > "$work/ldap.conf" <<- END
		uris = $ldap_uri
		base = $ldap_base
		user_attrs = homeDirectory=home,uidNumber=uid,gidNumber=gid,displayName=user,description=mail
		user_filter = (&(objectClass=posixAccount)(uid=%u))
		iterate_attrs = uid=user
		iterate_filter = (objectClass=posixAccount)
	END
	printf 'userdb {\n  driver = ldap\n  args = %s\n}\n' "$work/ldap.conf"
}

ldap_2_4()
{
	cat <<- END
		ldap_uris = $ldap_uri
		ldap_base = $ldap_base
		userdb ldap {
		  ldap_filter = (&(objectClass=posixAccount)(uid=%{user}))
		  ldap_iterate_filter = (objectClass=posixAccount)
		  fields {
		    home = %{ldap:homeDirectory}
		    uid = %{ldap:uidNumber}
		    gid = %{ldap:gidNumber}
		    user = %{ldap:displayName}
		    mail_path = %{ldap:description | default('~/Maildir')}
		    mail_driver = %{ldap:title | default('maildir')}
		    mailbox_list_layout = %{ldap:employeeType | default('maildir++')}
		  }
		  iterate_fields {
		    user = %{ldap:uid}
		  }
		}
	END
}

# settings_of SOURCE: all of Dovecot's settings, with this userdb
settings_of()
{
	if is_dovecot_2_3; then
		dovecot_settings_2_3 | sed '/^userdb {/,/^}/d' && "$1_2_3"
	else
		dovecot_settings_2_4 | sed '/^userdb static {/,$d' && "$1_2_4"
	fi
}

# use SOURCE: a Dovecot with users from there, and empty homes
use()
{
	rm -rf "$homes"
	install -d -o "$uid" -g "$uid" -m 755 "$homes"
	install -d -o $other -g $other -m 700 "$homes/otto"
	: > "$work/log"
	mkdir -p "$work/run" && settings_of "$1" > "$work/dovecot.conf" && run_dovecot &&
		wait_for "$patience" test -S "$userdb"
}

cat > "$conf" << END
users = dovecot
users_socket = "$userdb"
users_homes = "$homes"
users_timeout = 30
recipient_delimiter = "+-"
imap_server = dovecot
log = "$work/log"
stamp_key = ""
aliases = ""
global_allow = ""
global_block = ""
lmtp_listen = { "$socket" }
lmtp_status = "$work/run/lmtp-status"
END
: > "$work/log"
chmod 666 "$work/log"

# ---- deliveries ----

number=0
# deliver RECIPIENT [OPTION...]: a message of its own
deliver()
{
	number=$((number + 1))
	simple_message "n$number" > "$work/message"
	attempt -c "$conf" -f ann@outside.test -r "$1" -a "$1" "${@:2}" < "$work/message"
}

# stores RECIPIENT DIRECTORY: in this Maildir, as the owner of the mailbox
stores()
{
	local file
	deliver "$1"
	is "$status" 0 || comment < "$work/err"
	[ "$status" -eq 0 ] || return
	file=$(grep -rl "body of n$number" "$homes" | head -n 1)
	case $file in "$homes/$2"/new/*) ;; *) echo "stored in \"$file\"" && return 1 ;; esac
	is "$(stat -c %u:%g "$file")" "${3:-$owner}"
}

# refuses STATUS RECIPIENT REGEX [OPTION...]: with one clear line, also in the log; stores nothing
refuses()
{
	: > "$work/log"
	deliver "$2" "${@:4}"
	is "$status" "$1" && tells_why "$1" && has "$work/err" "$3" && has "$work/log" "$3" &&
		not grep -rq "body of n$number" "$homes"
}

# shows USER COUNT: so many messages, by IMAP
shows()
{
	local imap_user=$1
	imap "SELECT INBOX" && has "$work/out" "^\* $2 EXISTS" && return
	tail "$work/dovecot.log"
	return 1
}

tools_find_them()
{
	"$bin/mda-lists" add block spam@outside.test -c "$conf" -d bob@a.test &&
		is "$(stat -c %u:%g "$homes/bob/.mda/block")" "$owner" &&
		"$bin/mda-lists" show block -c "$conf" -d bob@a.test > "$work/shown" &&
		has "$work/shown" spam@outside.test
}

# config_shows ADDRESS REGEX...
config_shows()
{
	local regex
	"$bin/mda-config" -c "$conf" -r "$1" > "$work/shown" 2>&1
	for regex in "${@:2}"; do has "$work/shown" "$regex" || return; done
}

sieve_finds_them()
{
	printf 'fileinto "Work/None";\n' > "$work/rule.sieve"
	chmod 644 "$work/rule.sieve"
	"$bin/mda-sieve" check -c "$conf" -d bob@a.test "$work/rule.sieve" > "$work/shown" 2>&1
	has "$work/shown" 'Work/None|fileinto'
}

reindex_finds_all()
{
	"$bin/mda-reindex" check --all --json -c "$conf" > "$work/shown" 2>&1 || true
	has "$work/shown" 'ann@a\.test' && has "$work/shown" 'bob@a\.test' &&
		has "$work/shown" 'dan@a\.test.*only in a Maildir' && not has "$work/shown" 'cleo@a\.test'
}

from_userdb="# Dovecot's userdb, .*/auth-userdb\$"
unknown='Dovecot has no user .*nobody@a\.test'

# test_source NAME: what every database must lead to
test_source()
{
	ok "$1: ann's mail is in her Maildir" stores ann@a.test ann/Maildir
	ok "$1: mail with a detail, too" stores ann+shop@a.test ann/Maildir
	ok "$1: and in capitals" stores Ann@A.test ann/Maildir
	ok "$1: another name of hers" stores cleo@a.test ann/Maildir
	ok "$1: a client sees all of it" shows ann@a.test 4
	ok "$1: bob's mailbox has another place and layout" stores bob@a.test bob/Mail
	ok "$1: a client sees it" shows bob@a.test 1
	ok "$1: mda config shows what Dovecot says" config_shows bob@a.test \
		"^layout  *= \"fs\" +$from_userdb" "^maildir  *= \"%h/Mail\" +$from_userdb" \
		"^# Dovecot's userdb: home $homes/bob, uid $uid, gid $uid\$"
	ok "$1: or that it knows nobody" config_shows nobody@a.test "^# Dovecot's userdb: $unknown"
	ok "$1: another uid" stores otto@a.test otto/Maildir $other:$other
	ok "$1: a delimiter in a name" stores jan-erik@a.test jan-erik/Maildir
	ok "$1: the same as a detail" stores jan-x@a.test jan/Maildir
	ok "$1: an unknown user" refuses 67 nobody@a.test "$unknown"
	ok "$1: what is not a Maildir" refuses 75 dan@a.test 'stores mail only in a Maildir'
	ok "$1: nothing is made beside it" not test -e "$homes/dan"
	ok "$1: mda-lists -d" tools_find_them
	ok "$1: mda-sieve -d" sieve_finds_them
	ok "$1: mda-reindex --all" reindex_finds_all
}

starts_with()
{
	use "$1" && return
	cat "$work/dovecot.log"
	return 1
}

# test_with DATABASE NAME
test_with()
{
	ok "$2: Dovecot starts" starts_with "$1"
	test_source "$2"
}

# ---- a passwd-file ----

# Users for some of the tests below.
quota='userdb_quota_rule=*:messages=1'
is_dovecot_2_3 || quota='userdb_quota_message_count=1'
{
	for_users passwd_line
	printf 'eve@a.test:{PLAIN}x:%s:%s:::\n' "$uid" "$uid"
	printf 'new@a.test:{PLAIN}x:%s:%s::%s/new::\n' "$uid" "$uid" "$homes"
	printf 'full@a.test:{PLAIN}x:%s:%s::%s/full::%s\n' "$uid" "$uid" "$homes" "$quota"
} > "$work/passwd"
chmod 644 "$work/passwd"
test_with passwd_file passwd-file

# ---- two names of one mailbox ----

# An allow list counts only for mail that was first for its owner. Mail for cleo is for ann.
allow_list_counts()
{
	install -d -o "$uid" -g "$uid" "$homes/ann/.mda"
	echo friend@outside.test > "$homes/ann/.mda/allow"
	number=$((number + 1))
	{
		echo 'X-Spam-Flag: YES'
		simple_message "n$number" | sed 's/^From: .*/From: friend@outside.test/'
	} > "$work/message"
	attempt -c "$conf" -f friend@outside.test -r cleo@a.test -a "$1" < "$work/message"
	is "$status" 0 && grep -rlq "body of n$number" "$homes/ann/Maildir/$2"
}

settings_of_the_mailbox()
{
	{ cat "$conf" && printf 'address "ann@a.test" {\n\tmaildir = "%%h/Own"\n}\n'; } > "$work/own.conf"
	simple_message own > "$work/message"
	attempt -c "$work/own.conf" -f ann@outside.test -r cleo@a.test < "$work/message"
	is "$status" 0 && is "$(message_count "$homes/ann/Own")" 1
}

ok "ann's allow list counts for her other name" allow_list_counts cleo@a.test new
ok "... and not for mail that was first for bob" allow_list_counts bob@a.test .Junk/new
ok "the settings are those of the mailbox's own name" settings_of_the_mailbox

# ---- names of senders ----

while IFS='|' read -r name recipient; do
	ok "a sender's name: $name" refuses 67 "$recipient" 'such a name is not that of a user'
done << 'END'
a path|"../../etc"@a.test
a dot first|.ann@a.test
a slash|"ann/x"@a.test
a tab|"ann	uid=0"@a.test
END

# ---- an account that is not root ----

# without_root UID RECIPIENT
without_root()
{
	number=$((number + 1))
	status=0
	simple_message "n$number" | (cd / && setpriv --reuid="$1" --regid="$1" --clear-groups \
		"$bin/mda" -c "$conf" -f ann@outside.test -r "$2" -a "$2") \
		> "$work/out" 2> "$work/err" || status=$?
}

ann_as_herself()
{
	without_root "$uid" ann@a.test
	is "$status" 0 && grep -rq "body of n$number" "$homes/ann/Maildir/new"
}

otto_as_ann()
{
	without_root "$uid" otto@a.test
	is "$status" 75 && tells_why 75 && has "$work/err" 'could not look up the user'
}

nobody_as_ann()
{
	without_root "$uid" nobody@a.test
	is "$status" 67 && tells_why 67
}

ok "without root: one's own mailbox" ann_as_herself
ok "without root: an unknown user" nobody_as_ann
ok "without root: Dovecot tells nothing of another uid" otto_as_ann

# ---- root ----

# What Dovecot's answer says of the home is no use of it.
as_root()
{
	mkdir -p "$work/traces" && number=$((number + 1)) && simple_message "n$number" > "$work/message" &&
		under_strace -ff -y -qq -o "$work/traces/t" "$bin/mda" -c "$conf" -f ann@outside.test -r ann@a.test \
			< "$work/message" || return
	sed -i '/^recvfrom(/d' "$work"/traces/t.*
	awk -v HOME="$homes" -f tests/e2e/rights.awk "$work"/traces/t.* > "$work/used"
	not has "$work/used" '^uid 0' && has "$work/used" '^[1-9][0-9]* [1-9][0-9]*$'
}

if strace -o /dev/null true 2> /dev/null; then
	ok "nothing of a user's is used as root" as_root
else
	skip "nothing of a user's is used as root" "strace is missing, or must not trace here"
fi

# ---- LMTP, which says to the MTA who is known ----

# is_told CODE RECIPIENT
is_told()
{
	is "$(talk "LHLO c" "MAIL FROM:<ann@outside.test>" "RCPT TO:<$2>" QUIT | tail -n 2 | head -n 1 |
		cut -c 1-9)" "$1"
}

takes_it()
{
	number=$((number + 1))
	simple_message "n$number" > "$work/message"
	is "$(lmtp_send "$work/message" ann@outside.test cleo@a.test)" "250 2.0.0 delivered" &&
		grep -rq "body of n$number" "$homes/ann/Maildir/new"
}

on_exit stop_lmtp
ok "LMTP: the server starts" start_lmtp
ok "LMTP: a user" is_told "250 2.1.5" ann@a.test
ok "LMTP: their mail" takes_it
ok "LMTP: an unknown user" is_told "550 5.1.1" nobody@a.test
ok "LMTP: what is not a Maildir" is_told "451 4.3.0" dan@a.test

# ---- homes that are not allowed ----

outside()
{
	refuses 75 ann@a.test 'gives the home .*, which users_homes forbids' -o users_homes=/var/nowhere
}

# a user can make a link in their own home; it leads nowhere
link_in_home()
{
	local r=0
	rm -rf "$homes/jan" "$work/elsewhere"
	install -d -o "$uid" -g "$uid" "$homes/jan" "$work/elsewhere"
	ln -s "$work/elsewhere" "$homes/jan/Maildir" && chown -h "$owner" "$homes/jan/Maildir"
	refuses 75 jan@a.test 'Maildir' || r=1
	rm -rf "$homes/jan"
	[ $r = 0 ] && is "$(find "$work/elsewhere" -type f | wc -l)" 0
}

no_home()
{
	refuses 75 eve@a.test 'gives no home for eve@a\.test'
}

missing_home()
{
	refuses 75 new@a.test 'the home .*/new does not exist' -o create_home=no &&
		stores new@a.test new/Maildir
}

ok "a home outside of users_homes" outside
ok "a user's link" link_in_home
ok "no home" no_home
ok "a missing home waits with create_home = no, and is made without" missing_home

# ---- quota ----

quota_holds()
{
	stores full@a.test full/Maildir && refuses 75 full@a.test '4\.2\.2|quota'
}

ok "the quota is Dovecot's" quota_holds

# ---- Dovecot fails ----

auth_process()
{
	local p
	for p in $(pgrep -x auth); do
		tr '\0' ' ' < "/proc/$p/cmdline" | grep -q '^dovecot/auth' &&
			[ "$(readlink "/proc/$p/cwd")" = "$(realpath "$work/run")" ] && echo "$p"
	done
}

auth_hangs()
{
	local process r=0
	process=$(auth_process)
	[ -n "$process" ] || return
	# shellcheck disable=SC2086 # these are numbers
	kill -STOP $process
	refuses 75 ann@a.test 'auth-userdb: the answer takes too long' -o users_timeout=1 || r=1
	# shellcheck disable=SC2086
	kill -CONT $process
	[ $r = 0 ] && stores ann@a.test ann/Maildir
}

dead_process()
{
	# shellcheck disable=SC2046 # these are numbers
	kill -KILL $(auth_process)
	# Dovecot starts another one for the next connection.
	wait_for "$patience" stores ann@a.test ann/Maildir
}

ok "Dovecot's auth process hangs, and goes on" auth_hangs
ok "Dovecot's auth process is killed" dead_process
ok "a socket for logins" \
	refuses 75 ann@a.test 'a socket for logins' -o users_socket="$work/run/auth-client"
ok "Dovecot stops" stop_dovecot
ok "no Dovecot" refuses 75 ann@a.test 'auth-userdb: cannot connect: '
ok "no Dovecot: LMTP" is_told "451 4.3.0" ann@a.test
ok "no Dovecot: LMTP, an unknown user" is_told "451 4.3.0" nobody@a.test
ok "no Dovecot: a detail could be a name" refuses 75 jan-x@a.test 'auth-userdb: cannot connect: '
ok "no socket at all" \
	refuses 75 ann@a.test 'cannot connect: No such file' -o users_socket="$work/none"

# ---- SQLite ----

# needs_module NAME WHAT PROGRAM...
needs_module()
{
	local missing='' program
	find "$modules" -name "*$1*" 2> /dev/null | grep -q . || missing=" Dovecot's module $1"
	for program in "${@:3}"; do command -v "$program" > /dev/null || missing="$missing $program"; done
	[ -z "$missing" ] && return
	skip "$2" "needs$missing"
	return 1
}

sqlite_is_gone()
{
	local r=0
	mv "$work/sqlite" "$work/sqlite.away"
	doveadm -c "$work/dovecot.conf" reload &&
		wait_for "$patience" refuses 75 ann@a.test 'could not look up' || r=1
	mv "$work/sqlite.away" "$work/sqlite"
	[ $r = 0 ] && wait_for "$patience" stores ann@a.test ann/Maildir
}

if needs_module driver_sqlite "users in SQLite" python3; then
	mkdir "$work/sqlite" && sql_rows > "$work/rows.sql"
	python3 -c 'import sqlite3, sys
sqlite3.connect(sys.argv[1]).executescript(open(sys.argv[2]).read())' \
		"$work/sqlite/users" "$work/rows.sql"
	chmod -R a+rwX "$work/sqlite"
	test_with sqlite SQLite
	ok "SQLite: without the file mail waits, and then comes" sqlite_is_gone
	stop_dovecot > "$work/said"
fi

# ---- PostgreSQL ----

postgres_is_down()
{
	stop_postgres && refuses 75 ann@a.test 'could not look up|takes too long' &&
		run_postgres && wait_for "$patience" stores ann@a.test ann/Maildir
}

if needs_module driver_pgsql "users in PostgreSQL" "${postgres_bin:-no-postgresql}/initdb"; then
	start_postgres > "$work/said" 2>&1 && sql_rows | postgres_sql
	test_with pgsql PostgreSQL
	ok "PostgreSQL: while it is down mail waits, and then comes" postgres_is_down
	stop_dovecot > "$work/said"
fi

# ---- LDAP ----

ldap_is_down()
{
	stop_slapd && refuses 75 ann@a.test 'could not look up|takes too long' &&
		run_slapd && wait_for "$patience" stores ann@a.test ann/Maildir
}

if needs_module authdb_ldap "users in LDAP" slapd slapadd; then
	for_users ldap_entry > "$work/entries" && start_slapd < "$work/entries" > "$work/said" 2>&1
	test_with ldap LDAP
	ok "LDAP: while it is down mail waits, and then comes" ldap_is_down
fi

done_testing
