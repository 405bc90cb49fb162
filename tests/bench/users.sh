#!/bin/bash
# What a delivery pays for asking Dovecot for its user: beside a virtual user, whom nobody is asked
# for, Dovecot with two users and with USERS of them, in a passwd-file and in SQLite. The same for
# tables: aliases in a text, in what postmap makes of it, and of a server, and the settings of
# addresses. COUNT= for less.
set -eu
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$(readlink -f "$0")")/lib.sh"
# shellcheck source-path=SCRIPTDIR
. tests/bench/sites.sh
COUNT=${COUNT:-200}
USERS=${USERS:-200000}

for program in dovecot doveadm; do
	command -v "$program" > /dev/null || {
		echo "users of Dovecot: $program is not installed, so they are left out" >&2
		exit 0
	}
done
is_2_3=false
case $(dovecot --version) in 2.3*) is_2_3=true ;; esac
started=() servers=() settings=()
stop_all()
{
	local name
	for name in "${servers[@]}"; do kill "$name" || true; done
	for name in "${started[@]}"; do doveadm -c "$work/$name.conf" stop || true; done
	rm -rf "$work"
}
trap stop_all EXIT

# names COUNT: of users; bob is the last one
names()
{
	seq -f 'user%.0f@example.com' 2 "$1" && echo bob@example.com
}

passwd_file()
{
	names "$2" | awk -v id="$(id -u):$(id -g)" -v home="$work/$1/example.com/bob" \
		'{ print $0 ":x:" id "::" home "::" }' > "$work/$1.users"
	if $is_2_3; then
		printf 'userdb {\n  driver = passwd-file\n  args = %s\n}\n' "$work/$1.users"
	else
		printf 'userdb passwd-file {\n  passwd_file_path = %s\n}\n' "$work/$1.users"
	fi
}

sqlite()
{
	local query
	names "$2" | python3 -c '
import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
db.execute("CREATE TABLE users (name TEXT PRIMARY KEY, home TEXT)")
rows = ((line.strip(), sys.argv[2]) for line in sys.stdin)
db.executemany("INSERT INTO users VALUES (?, ?)", rows)
db.commit()' "$work/$1.users" "$work/$1/example.com/bob"
	query="SELECT $(id -u) AS uid, $(id -g) AS gid, home FROM users WHERE name ="
	if $is_2_3; then
		printf 'driver = sqlite\nconnect = %s\nuser_query = %s\n' \
			"$work/$1.users" "$query '%u'" > "$work/$1.sql"
		printf 'userdb {\n  driver = sql\n  args = %s\n}\n' "$work/$1.sql"
	else
		printf 'sql_driver = sqlite\nsqlite_path = %s\nuserdb sql {\n  query = %s\n}\n' \
			"$work/$1.users" "$query '%{user}'"
	fi
}

# Dovecot does not need root to look users up.
dovecot_conf()
{
	local me
	me=$(id -un)
	if $is_2_3; then
		printf 'protocols =\npassdb {\n  driver = static\n  args = password=x\n}\n'
	else
		printf 'dovecot_config_version = 2.4.1\ndovecot_storage_version = 2.4.1\n'
		printf 'protocols {\n  imap = no\n}\n'
		printf 'passdb static {\n  password = x\n}\n'
	fi
	cat <<- END
		base_dir = $work/$1.run
		log_path = $work/$1.log
		ssl = no
		listen = 127.0.0.1
		default_internal_user = $me
		default_login_user = $me
		default_internal_group = $(id -gn)
		stats_writer_socket_path =
		first_valid_uid = 1
		service anvil {
		  chroot =
		}
	END
	"$2" "$1" "$3"
}

# dovecot_site NAME DATABASE USERS: a mailbox whose user that Dovecot knows
dovecot_site()
{
	mda_site "$1" "users = dovecot" "users_socket = \"$work/$1.run/auth-userdb\""
	mkdir -p "$work/$1.run"
	dovecot_conf "$@" > "$work/$1.conf"
	dovecot -c "$work/$1.conf"
	started+=("$1")
	for ((i = 0; i < 300; i++)); do
		[ ! -S "$work/$1.run/auth-userdb" ] || return 0
		sleep 0.1
	done
	cat "$work/$1.log" >&2
	exit 1
}

mda_site virtual
mda_plan virtual "a virtual user" > "$work/plan"
dovecot_site few passwd_file 2
mda_plan few "Dovecot, a passwd-file, 2 users" >> "$work/plan"
dovecot_site many passwd_file "$USERS"
mda_plan many "Dovecot, a passwd-file, $USERS users" >> "$work/plan"
if find /usr/lib/dovecot -name '*driver_sqlite*' | grep -q .; then
	dovecot_site sql sqlite "$USERS"
	mda_plan sql "Dovecot, SQLite, $USERS users" >> "$work/plan"
else
	echo "users in SQLite: Dovecot's driver is not installed, so they are left out" >&2
fi

# ---- tables ----

# table_text COUNT VALUE: as postmap reads it; the address of the site is the last one
table_text()
{
	names "$1" | awk -v value="$2" '{ print $0 " " value }'
}

# A server with one table, which it keeps in memory as a real one does.
start_socketmap()
{
	python3 -c '
import socket, sys
table = dict(line.rstrip("\n").split(" ", 1) for line in open(sys.argv[2]))
s = socket.socket(socket.AF_UNIX)
s.bind(sys.argv[1])
s.listen(50)
while True:
    c, _ = s.accept()
    f = c.makefile("rb")
    while True:
        length = b""
        while not length.endswith(b":"):
            byte = f.read(1)
            if not byte:
                break
            length += byte
        if not length:
            break
        key = f.read(int(length[:-1]) + 1)[:-1].decode().split(" ", 1)[1]
        text = "OK " + table[key] if key in table else "NOTFOUND "
        c.sendall(b"%d:%s," % (len(text), text.encode()))
    c.close()' "$work/table.socket" "$1" &
	servers+=($!)
	for ((i = 0; i < 300; i++)); do
		[ ! -S "$work/table.socket" ] || return 0
		sleep 0.1
	done
	exit 1
}

# table_site NAME KEY TABLE
table_site()
{
	mda_site "$1" "$2 = \"$3\""
	mda_plan "$1" "$2 = ${3%%:*}:, ${4:-$USERS} rows" >> "$work/plan"
	[ "$2" != address_settings ] || settings+=("$1")
}

table_text "$USERS" "label = no" > "$work/table"
table_text 2 "label = no" > "$work/short"
table_site text2 address_settings "text:$work/short" 2
table_site text address_settings "text:$work/table"
start_socketmap "$work/table"
table_site socketmap address_settings "socketmap:unix:$work/table.socket:settings"
mkdir -p "$work/postfix" && echo "compatibility_level = 3.6" > "$work/postfix/main.cf"
cp -r /etc/postfix/dynamicmaps.cf* "$work/postfix/" 2> /dev/null || true
if postmap -c "$work/postfix" "lmdb:$work/table" 2> /dev/null; then
	table_site lmdb address_settings "lmdb:$work/table"
	names "$USERS" | awk '{ print $0 " bob@example.com" }' > "$work/rows"
	postmap -c "$work/postfix" "lmdb:$work/rows"
	table_site aliases aliases "lmdb:$work/rows"
else
	echo "tables of LMDB: Postfix with lmdb is not installed, so they are left out" >&2
fi
echo "a delivery and the lookup of its user, $COUNT turns"
turns "$COUNT" 2000 "a virtual user"

# labelled NAME: how many of the site's messages have the label that "label = no" turns off
labelled()
{
	grep -rlsa '^X-Mda-Label:' "$work/$1/example.com/bob/Maildir" | wc -l
}

stored()
{
	find "$work/$1/example.com/bob/Maildir/new" -type f | wc -l
}

# A table that is not asked would cost nothing: without it the messages would have a label.
all_done "a virtual user: messages with a label" "$(labelled virtual)" "$(stored virtual)"
for name in "${settings[@]}"; do
	all_done "$name: messages with a label" "$(labelled "$name")" 0
done
