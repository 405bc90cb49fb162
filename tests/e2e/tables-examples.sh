#!/bin/bash
# examples/tables: each kind of table gives the same aliases and the same settings, by the files as
# they are; only where the servers are is another place.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib-databases.sh"

set_up_vhosts
conf=$work/etc/mda.conf home=$work/vhosts/example.com
tables=$work/tables
mkdir -p "$home/ann" "$home/bob" && chown -R "$owner" "$work/vhosts/example.com"
cp -r examples/tables "$tables"
mkdir "$work/postfix" && echo "compatibility_level = 3.6" > "$work/postfix/main.cf"
cp -r /etc/postfix/dynamicmaps.cf* "$work/postfix/" 2> "$work/said"
printf 'aliases_timeout = %s\naddress_settings_timeout = %s\ncreate_home = no\n' "$patience" "$patience" >> "$conf"

# lines_of KIND: the lines of examples/tables/mda.conf for it, which are there once for each key
lines_of()
{
	sed -n -E "s/^#?((aliases|address_settings) = \"$1:)/\1/p" "$tables/mda.conf" |
		sed "s|/etc/mda/tables|$tables|; s|/run/mda-tables|$work/socketmap|"
}

# shows ADDRESS REGEX: what is in force for it
shows()
{
	"$bin/mda-config" -c "$work/etc/kind.conf" -r "$1" > "$work/shown" 2>&1
	has "$work/shown" "$2"
}

# stores ADDRESS USER: mail for it is in that mailbox
number=0
stores()
{
	number=$((number + 1))
	simple_message "n$number" > "$work/message"
	attempt -c "$work/etc/kind.conf" -f friend@outside.test -r "$1" -a "$1" < "$work/message"
	is "$status" 0 && grep -rq "body of n$number" "$home/$2/Maildir/new" && return
	cat "$work/err" "$work/log"
	return 1
}

# test_kind KIND
test_kind()
{
	lines_of "$1" > "$work/lines"
	cat "$conf" "$work/lines" > "$work/etc/kind.conf"
	ok "$1: mda.conf has a line for each key" is "$(sed 's/ .*//' "$work/lines" | tr '\n' ' ')" "aliases address_settings "
	ok "$1: settings of ann" eval 'shows ann@example.com "^quota  *= \"2G\"" && has "$work/shown" "^label  *= \"no\""'
	ok "$1: settings of bob" eval 'shows bob@example.com "^spam_action  *= \"mark\"" && not has "$work/shown" "^quota  *= \"2G\""'
	ok "$1: settings of nobody" eval 'shows eve@example.com "^maildir" && not has "$work/shown" "$1:.*eve@"'
	ok "$1: mail for ann" stores ann@example.com ann
	ok "$1: an alias of hers" stores info@example.com ann
	[ "$1" = ldap ] || ok "$1: a domain that is a synonym" stores bob@example.net bob
}

ok "mda.conf works as it is" eval '{ base_conf; sed "s|/etc/mda/tables|$tables|" "$tables/mda.conf"; } > "$work/etc/whole.conf" && "$bin/mda-config" -c "$work/etc/whole.conf" check'
test_kind text

if needs lmdb postmap && postmap -c "$work/postfix" "lmdb:$tables/aliases" 2> "$work/said" &&
	postmap -c "$work/postfix" "lmdb:$tables/settings"; then
	test_kind lmdb
else
	[ ! -s "$work/said" ] || skip "lmdb" "needs Postfix with lmdb"
fi

socketmap=
stop_socketmap()
{
	[ -z "$socketmap" ] || kill "$socketmap"
}
on_exit stop_socketmap
"$tables/socketmap.py" "$work/socketmap" "aliases=$tables/aliases" "settings=$tables/settings" 2> "$work/server" &
socketmap=$!
wait_for "$patience" test -S "$work/socketmap" || comment < "$work/server"
test_kind socketmap

if needs pgsql "${postgres_bin:-no-postgresql}/initdb" psql; then
	start_postgres > "$work/said" 2>&1
	echo 'CREATE DATABASE mail;' | postgres_sql
	as_postgres psql -q -v ON_ERROR_STOP=1 -h "$postgres_dir" mail < "$tables/pgsql.sql"
	sed -i "s|unix:/run/postgresql|unix:$postgres_dir|" "$tables"/pgsql-*.cf
	test_kind pgsql
fi

if needs mysql mariadbd mariadb mariadb-install-db; then
	start_mariadb > "$work/said" 2>&1
	{
		echo 'CREATE DATABASE mail; USE mail;'
		cat "$tables/mysql.sql"
	} | mariadb_sql
	sed -i "s|unix:/run/mysqld/mysqld.sock|unix:$mariadb_socket|" "$tables"/mysql-*.cf
	test_kind mysql
fi

if needs ldap slapd slapadd; then
	sed -i "s|^server_host = .*|server_host = $ldap_uri|; s|dc=example,dc=com|$ldap_base|" "$tables"/ldap-*.cf
	sed "s|dc=example,dc=com|$ldap_base|" "$tables/ldap.ldif" | start_slapd > "$work/said" 2>&1
	test_kind ldap
fi
done_testing
