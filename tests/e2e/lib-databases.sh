# For the scripts beside it: a PostgreSQL and an OpenLDAP server of the test's own, each in a
# directory of its own, without a port or on loopback, which end with the test. Source it after
# lib.sh.
# shellcheck shell=bash disable=SC2154

# ---- PostgreSQL ----

postgres_dir=$work/postgres
postgres_bin=$(find /usr/lib/postgresql -name initdb -printf '%h\n' 2> /dev/null |
	sort -V | tail -n 1)

# as_postgres COMMAND...: the server does not run as root
as_postgres()
{
	(cd "$postgres_dir" && setpriv --reuid=postgres --regid=postgres --clear-groups \
		env -i PATH="$postgres_bin:$PATH" LC_ALL=C "$@")
}

# run_postgres: without a port; its socket is in $postgres_dir
run_postgres()
{
	as_postgres pg_ctl -D data -l log -w -t "$patience" \
		-o "-k $postgres_dir -c listen_addresses=''" start
}

stop_postgres()
{
	as_postgres pg_ctl -D data -w -t "$patience" -m immediate stop
}

# start_postgres: a new server, without passwords
start_postgres()
{
	on_exit stop_postgres
	install -d -o postgres -g postgres -m 711 "$postgres_dir" &&
		as_postgres initdb -D data -A trust --no-sync > "$work/initdb" 2>&1 && run_postgres
}

# postgres_sql < SQL
postgres_sql()
{
	as_postgres psql -q -v ON_ERROR_STOP=1 -h "$postgres_dir" postgres
}

# ---- OpenLDAP ----

ldap_dir=$work/ldap
ldap_port=$(free_port)
ldap_uri=ldap://127.0.0.1:$ldap_port
ldap_base=dc=a,dc=test

listens_ldap()
{
	(exec 3<> "/dev/tcp/127.0.0.1/$ldap_port") 2> /dev/null
}

run_slapd()
{
	slapd -f "$ldap_dir/slapd.conf" -h "$ldap_uri" && wait_for "$patience" listens_ldap
}

stop_slapd()
{
	[ ! -s "$ldap_dir/pid" ] || kill "$(cat "$ldap_dir/pid")"
	wait_for "$patience" not listens_ldap
}

# start_slapd < LDIF: a new server with these entries below $ldap_base
start_slapd()
{
	on_exit stop_slapd
	mkdir -p "$ldap_dir/data" && cat > "$ldap_dir/slapd.conf" << END &&
modulepath /usr/lib/ldap
moduleload back_mdb
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/nis.schema
include /etc/ldap/schema/inetorgperson.schema
pidfile $ldap_dir/pid
database mdb
suffix "$ldap_base"
directory $ldap_dir/data
END
		{ printf 'dn: %s\nobjectClass: domain\ndc: a\n\n' "$ldap_base" && cat; } > "$ldap_dir/ldif" &&
		slapadd -f "$ldap_dir/slapd.conf" -l "$ldap_dir/ldif" && run_slapd
}

# ---- MariaDB ----

mariadb_dir=$work/mariadb
mariadb_socket=$mariadb_dir/socket

# mariadb_sql < SQL, as its root
mariadb_sql()
{
	mariadb --no-defaults --default-character-set=utf8mb4 --user=root --socket="$mariadb_socket" --batch
}

answers_mariadb()
{
	echo 'SELECT 1;' | mariadb_sql
}

mariadb_process=
# run_mariadb: without a port; its socket is $mariadb_socket
run_mariadb()
{
	setpriv --reuid=nobody --regid=nogroup --clear-groups mariadbd --no-defaults \
		--datadir="$mariadb_dir/data" --socket="$mariadb_socket" --skip-networking \
		--pid-file="$mariadb_dir/pid" --innodb-flush-log-at-trx-commit=0 \
		--tmpdir="$mariadb_dir/tmp" > "$mariadb_dir/log" 2>&1 < /dev/null &
	mariadb_process=$!
	wait_for "$patience" answers_mariadb
}

stop_mariadb()
{
	[ -n "$mariadb_process" ] || return 0
	kill -KILL "$mariadb_process"
	wait "$mariadb_process"
	mariadb_process=
	rm -f "$mariadb_socket"
}

# start_mariadb: a new server, whose root needs no password
start_mariadb()
{
	on_exit stop_mariadb
	install -d -o nobody -g nogroup -m 755 "$mariadb_dir" "$mariadb_dir/tmp" &&
		setpriv --reuid=nobody --regid=nogroup --clear-groups mariadb-install-db --no-defaults \
			--datadir="$mariadb_dir/data" --auth-root-authentication-method=normal \
			--skip-test-db > "$mariadb_dir/install" 2>&1 && run_mariadb
}
