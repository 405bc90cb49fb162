#!/bin/bash
# Tables of real servers: PostgreSQL, MariaDB and OpenLDAP, by files that Postfix reads as well. For
# each key, mda finds what postmap finds. What fails makes mail wait, with the table, the key and
# the reason.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib-databases.sh"

set_up_vhosts
tables=$work/tables nl=$'\n' conf=$work/etc/mda.conf home=$work/vhosts/a.test
mkdir -p "$home/ann" && chown -R "$owner" "$home"
printf 'aliases_timeout = %s\ncreate_home = no\n' "$patience" >> "$conf"
mkdir "$tables" "$work/postfix" && echo "compatibility_level = 3.6" > "$work/postfix/main.cf"
# Debian's list of the kinds of tables that are packages of their own.
cp -r /etc/postfix/dynamicmaps.cf* "$work/postfix/" 2> "$work/said"

# ---- what the servers have ----

# KEY|VALUE: what is looked up, and what is found; a key that is not there has no value. A second
# value is after a comma.
rows="info@a.test|ann@a.test
team@a.test|ann@a.test,bob@a.test
@syn.test|@a.test
o'brien@a.test|quote@a.test
a\"b@a.test|double@a.test
back\\slash@a.test|backslash@a.test
end\\|lonely@a.test
%@a.test|percent@a.test
_@a.test|underscore@a.test
*@a.test|star@a.test
(x)@a.test|paren@a.test
a&b@a.test|amp@a.test
a;b--@a.test|comment@a.test
a=b,c@a.test|equals@a.test
j\$x@a.test|dollar@a.test
#hash@a.test|hash@a.test
a b@a.test|blank@a.test
\\2a@a.test|escaped@a.test
x@sub.a.test|sub@a.test
long@a.test|$(printf 'v%.0s' {1..2000})@a.test
nobody@a.test|
' OR '1'='1|
' OR 1=1 -- |
\\' OR 1=1 -- |
'; DROP TABLE aliases; --|
*|
*)(uid=*|
)(|
info@a.test)(cn=*|
\\|
%|
%%s|
@|
@a.test|
a@|
i%fo@a.test|
i_fo@a.test|
*nfo@a.test|
INFO|
$(printf 'k%.0s' {1..300})@a.test|"

sql_quoted()
{
	printf '%s\n' "${1//\'/\'\'}"
}

# for_rows COMMAND: with $key and $value, once for each of several values
for_rows()
{
	local key values value
	while IFS='|' read -r key values; do
		while [ -n "$values" ]; do
			value=${values%%,*}
			values=${values#"$value"} values=${values#,}
			"$1"
		done
	done <<< "$rows"
}

sql_row()
{
	printf "INSERT INTO aliases (name, target) VALUES ('%s', '%s');\n" \
		"$(sql_quoted "$key")" "$(sql_quoted "$value")"
}

# MariaDB's strings have backslashes in them.
mysql_row()
{
	sql_row | sed 's/\\/\\\\/g'
}

# pgsql_odd, mysql_odd: what a table must not give
odd_row()
{
	printf "INSERT INTO aliases (name, target) VALUES ('%s', %s);\n" "$1" "$2"
}

entries=0
ldap_entry()
{
	entries=$((entries + 1))
	printf 'dn: uid=u%s,%s\nobjectClass: inetOrgPerson\nuid: u%s\ncn: x\n' \
		$entries "$ldap_base" $entries
	printf 'sn:: %s\nmail:: %s\n\n' \
		"$(printf %s "$key" | base64 -w 0)" "$(printf %s "$value" | base64 -w 0)"
}

odd_entry()
{
	printf 'dn: uid=%s,%s\nobjectClass: inetOrgPerson\nuid: %s\ncn: x\nsn: %s@a.test\n' \
		"$1" "$ldap_base" "$1" "$1"
	printf 'description:: %s\n\n' "$(base64 -w 0)"
}

# ---- asking ----

# ask TABLE SECONDS KEY...: what mda finds
ask()
{
	printf '%s\n' "${@:3}" | "$build/tests/e2e/table_ask" "$1" "$2"
}

# finds TABLE KEY VALUE [SECONDS]; an empty value: nothing
finds()
{
	is "$(ask "$1" "${4:-$patience}" "$2")" "${3:+$2$(printf '\t')$3}"
}

# fails TABLE KEY REGEX [SECONDS]: with the table, the key and the reason
fails()
{
	ask "$1" "${4:-$patience}" "$2" > "$work/found"
	cat "$work/found"
	grep -qF "ERROR: $1: $2: " "$work/found" && has "$work/found" "$3" &&
		is "$(wc -l < "$work/found")" 1
}

# as_expected KIND: what mda finds for all rows, and what Postfix finds
as_expected()
{
	local table=$1:$tables/$1.cf
	cut -d '|' -f 1 <<< "$rows" > "$work/keys"
	grep -v '|$' <<< "$rows" | tr '|' '\t' > "$work/expected"
	"$build/tests/e2e/table_ask" "$table" "$patience" < "$work/keys" > "$work/found"
	diff "$work/expected" "$work/found" || return
	[ -n "$postfix" ] || return 0
	postmap -c "$work/postfix" -q - "$table" < "$work/keys" > "$work/found"
	diff "$work/expected" "$work/found"
}

# variant KIND NAME SED...: another table file, made of KIND's
variant()
{
	sed -E "${@:3}" "$tables/$1.cf" > "$tables/$2.cf"
}

# longer KIND NAME LINE: KIND's table file, and a line more
longer()
{
	{ cat "$tables/$1.cf" && echo "$3"; } > "$tables/$2.cf"
}

# refuses KIND LINE REGEX: a file with this line more
refuses()
{
	longer "$1" more "$2"
	fails "$1:$tables/more.cf" info@a.test "$3"
}

# ---- deliveries ----

number=0
# deliver TABLE RECIPIENT [OPTION...]
deliver()
{
	number=$((number + 1))
	: > "$work/log"
	simple_message "n$number" > "$work/message"
	attempt -c "$conf" -o "aliases=$1" -f friend@outside.test -r "$2" -a "$2" "${@:3}" < "$work/message"
}

# stores TABLE RECIPIENT: in ann's mailbox
stores()
{
	deliver "$1" "$2"
	is "$status" 0 && grep -rq "body of n$number" "$home/ann/Maildir/new" && return
	cat "$work/err" "$work/log"
	return 1
}

# waits TABLE RECIPIENT REGEX: the mail is deferred, and the log says why
waits()
{
	deliver "$1" "$2" -o aliases_timeout=1
	is "$status" 75 && tells_why 75 && has "$work/err" "$3" && has "$work/log" "$3" &&
		not grep -rq "body of n$number" "$home"
}

# shows_settings TABLE
shows_settings()
{
	"$bin/mda-config" -c "$conf" -o "address_settings=$1" -r info@a.test > "$work/shown" 2>&1
	has "$work/shown" "^quota  *= \"2G\" +# $1: info@a.test$" &&
		has "$work/shown" "^label  *= \"no\" +# $1: info@a.test$"
}

# The process that asks has no rights, and the one that delivers does not know the password.
separated()
{
	local process=$1 children child
	children=$(cat "/proc/$process/task/$process/children")
	is "$(wc -w <<< "$children")" 1 || return
	child=${children// /}
	not grep -q '^Uid:.*\b0\b' "/proc/$child/status" && knows "$child" && not knows "$process"
}

# knows PROCESS: is the password in its memory?
knows()
{
	python3 - "$1" << 'END'
import re, sys
found = False
secret = b'ses' + b'ame'
most = 1 << 32  # a sanitizer's notes about the memory are larger
with open('/proc/%s/maps' % sys.argv[1]) as maps, open('/proc/%s/mem' % sys.argv[1], 'rb') as mem:
    for line in maps:
        m = re.match('([0-9a-f]+)-([0-9a-f]+) r', line)
        if not m or '[v' in line:
            continue
        start, end = int(m[1], 16), int(m[2], 16)
        if end - start > most:
            continue
        try:
            mem.seek(start)
            found = found or secret in mem.read(end - start)
        except OSError:
            pass
sys.exit(not found)
END
}

has_child()
{
	[ -n "$(cat "/proc/$1/task/$1/children" 2> "$work/said")" ]
}

# rights TABLE: while a query takes long
rights()
{
	local process r=0
	simple_message slow > "$work/message"
	"$bin/mda" -c "$conf" -o "aliases=$1" -f f@outside.test -r info@a.test < "$work/message" \
		> "$work/out" 2>&1 &
	process=$!
	wait_for "$patience" has_child "$process"
	wait_for "$patience" separated "$process" || r=1
	kill -KILL "$process"
	wait "$process" 2> "$work/said"
	return $r
}

# ---- faults that all kinds have ----

# a server that takes a connection and says nothing
deaf_port=$(free_port)
deaf=
start_deaf()
{
	python3 -c 'import socket, sys, time
s = socket.socket()
s.bind(("127.0.0.1", int(sys.argv[1])))
s.listen(50)
time.sleep(3600)' "$deaf_port" &
	deaf=$!
	wait_for "$patience" listens "$deaf_port"
}
stop_deaf()
{
	[ -z "$deaf" ] || kill "$deaf"
}
listens()
{
	(exec 3<> "/dev/tcp/127.0.0.1/$1") 2> /dev/null
}
on_exit stop_deaf
start_deaf
dead_port=$(free_port)

# test_kind KIND NAME SERVERS QUERY: what each kind must do. SERVERS and QUERY are its settings of
# that purpose.
test_kind()
{
	local kind=$1 name=$2 servers=$3 query=$4 table=$1:$tables/$1.cf url=
	[ "$kind" != ldap ] || url=ldap://
	ok "$name: $(wc -l <<< "$rows") keys, as expected and as Postfix" as_expected "$kind"

	variant "$kind" second "s|^($servers = )(.*)|\1${url}127.0.0.1:$dead_port \2|"
	ok "$name: the first server does not run, the second answers" \
		finds "$kind:$tables/second.cf" info@a.test ann@a.test
	variant "$kind" second "s|^($servers = )(.*)|\1${url}127.0.0.1:$deaf_port \2|"
	ok "$name: the first server hangs, the second answers" \
		finds "$kind:$tables/second.cf" info@a.test ann@a.test 3
	variant "$kind" dead "s|^($servers = ).*|\1${url}127.0.0.1:$dead_port|"
	ok "$name: no server runs" fails "$kind:$tables/dead.cf" info@a.test "127.0.0.1:$dead_port: "
	variant "$kind" deaf "s|^($servers = ).*|\1${url}127.0.0.1:$deaf_port|"
	ok "$name: the server hangs" fails "$kind:$tables/deaf.cf" info@a.test "127.0.0.1:$deaf_port: " 1

	longer "$kind" own 'domain = b.test, A.test'
	ok "$name: domain: one of them" finds "$kind:$tables/own.cf" info@a.test ann@a.test
	ok "$name: domain: another" finds "$kind:$tables/own.cf" x@sub.a.test ""
	ok "$name: domain: no address" finds "$kind:$tables/own.cf" @syn.test ""
	longer "$kind" format 'result_format = <%u:%d:%S:%U:%D:%1:%2:%%>'
	ok "$name: result_format" finds "$kind:$tables/format.cf" info@a.test \
		"<ann:a.test:info@a.test:info:a.test:test:a:%>"
	ok "$name: result_format, several" finds "$kind:$tables/format.cf" team@a.test \
		"<ann:a.test:team@a.test:team:a.test:test:a:%>,<bob:a.test:team@a.test:team:a.test:test:a:%>"
	ok "$name: result_format, as Postfix" same_as_postfix "$kind:$tables/format.cf" team@a.test
	longer "$kind" three 'result_format = %3:%s'
	ok "$name: three labels" finds "$kind:$tables/three.cf" x@sub.a.test sub:sub@a.test
	ok "$name: fewer labels" finds "$kind:$tables/three.cf" info@a.test ""
	longer "$kind" limit 'expansion_limit = 1'
	ok "$name: expansion_limit: one" finds "$kind:$tables/limit.cf" info@a.test ann@a.test
	ok "$name: expansion_limit: two" fails "$kind:$tables/limit.cf" team@a.test 'expansion_limit|[Ss]ize limit'

	ok "$name: an unknown setting" refuses "$kind" "pasword = x" \
		"more.cf:[0-9]+: unknown setting \"pasword\""
	ok "$name: a setting twice" refuses "$kind" "result_format = %s${nl}result_format = %s" \
		'more.cf:[0-9]+: result_format: line [0-9]+ sets it already'
	ok "$name: no setting" refuses "$kind" "nonsense" 'more.cf:[0-9]+: this is not "name = value"'
	ok "$name: a wrong number" refuses "$kind" "expansion_limit = many" \
		'expansion_limit: this is not a number'
	ok "$name: a wrong letter" refuses "$kind" "result_format = %x" 'result_format: after a percent'
	ok "$name: a domain that is a table" refuses "$kind" "domain = hash:/etc/x" 'domain: mda supports only'
	variant "$kind" none "/^$query =/d;/^ /d"
	[ "$kind" = ldap ] || ok "$name: no query" fails "$kind:$tables/none.cf" info@a.test \
		'query: this must be set'
	printf 'user = \0\n' > "$tables/nul.cf"
	ok "$name: NUL in the file" fails "$kind:$tables/nul.cf" info@a.test 'nul.cf:1: '
	ok "$name: no file" fails "$kind:$tables/nothing.cf" info@a.test 'nothing.cf does not exist'

	variant "$kind" odd "s/^(query = SELECT target FROM aliases)/\1/;s/^(result_attribute =).*/\1 description/"
	ok "$name: a value with a line end" fails "$kind:$tables/odd.cf" line@a.test 'control character'
	ok "$name: a value that is too long" fails "$kind:$tables/odd.cf" huge@a.test 'value is too long'
	ok "$name: too many values" fails "$kind:$tables/odd.cf" many@a.test 'value is too long'
	ok "$name: the table is well" finds "$table" info@a.test ann@a.test
	ok "$name: mail to an alias is ann's" stores "$table" info@a.test
	ok "$name: with a detail, too" stores "$table" info+shop@a.test
	ok "$name: and in a synonym domain" stores "$table" ann@syn.test
	longer "$kind" settings 'result_format = quota = 2G, label = no'
	ok "$name: settings of an address" shows_settings "$kind:$tables/settings.cf"
	ok "$name: no mail without the server" waits "$kind:$tables/dead.cf" info@a.test \
		"dead.cf: info@a.test: .*$dead_port"
	ok "$name: no mail for a value that is wrong" waits "$kind:$tables/odd.cf" line@a.test 'control character'
}

same_as_postfix()
{
	[ -n "$postfix" ] || return 0
	is "$(ask "$1" "$patience" "$2")" "$2$(printf '\t')$(postmap -c "$work/postfix" -q "$2" "$1")"
}

# with_postfix KIND: does Postfix have it?
with_postfix()
{
	postfix=
	postconf -c "$work/postfix" -m 2> /dev/null | grep -qx "$1" && postfix=yes
	[ -n "$postfix" ] || skip "$1: as Postfix" "needs Postfix with $1"
}

# ---- PostgreSQL ----

pgsql_sql()
{
	echo "CREATE TABLE aliases (name text, target text);"
	for_rows sql_row
	odd_row line@a.test "E'a@a.test\\nb@a.test'"
	odd_row huge@a.test "repeat('x', 100000)"
	echo "INSERT INTO aliases SELECT 'many@a.test', 'someone@a.test' FROM generate_series(1, 10000);"
	odd_row null@a.test NULL
	odd_row empty@a.test "''"
	echo "CREATE ROLE reader LOGIN PASSWORD 'sesame'; GRANT SELECT ON aliases TO reader;"
}

test_pgsql()
{
	with_postfix pgsql
	cat > "$tables/pgsql.cf" << END
# as in pgsql_table(5)
hosts = unix:$postgres_dir
user = reader
password = sesame
dbname = postgres
query = SELECT target FROM aliases
  WHERE name = '%s'

	  ORDER BY target
END
	test_kind pgsql PostgreSQL hosts query
	ok "PostgreSQL: NULL is no value" finds "pgsql:$tables/pgsql.cf" null@a.test ""
	ok "PostgreSQL: nor is an empty text" finds "pgsql:$tables/pgsql.cf" empty@a.test ""
	variant pgsql utf8 's/^(query = ).*/\1SELECT target FROM aliases/'
	ok "PostgreSQL: UTF-8 in a key" finds "pgsql:$tables/utf8.cf" "jörg@ä.test" "zoë@a.test"
	variant pgsql base 's/^(dbname = ).*/\1nothing/'
	ok "PostgreSQL: no such database" fails "pgsql:$tables/base.cf" info@a.test 'database "nothing" does not exist'
	variant pgsql relation 's/FROM aliases/FROM nothing/'
	ok "PostgreSQL: no such table" fails "pgsql:$tables/relation.cf" info@a.test 'relation "nothing" does not exist'
	variant pgsql slow 's/SELECT target/SELECT pg_sleep(100), target/'
	ok "PostgreSQL: a query that takes too long" fails "pgsql:$tables/slow.cf" info@a.test 'takes too long' 1
	if is_root; then
		ok "PostgreSQL: who asks has no rights; who delivers has no password" rights "pgsql:$tables/slow.cf"
	else
		skip "PostgreSQL: who asks has no rights" "needs root"
	fi
	ok "PostgreSQL: an obsolete setting" refuses pgsql "select_field = x" 'select_field: mda does not support this'
	ok "PostgreSQL: a wrong server" refuses pgsql "encoding = UTF8${nl}hosts = x" 'hosts: line'
	stop_postgres > "$work/said" 2>&1
	ok "PostgreSQL: it stops" fails "pgsql:$tables/pgsql.cf" info@a.test "unix:$postgres_dir: "
	ok "PostgreSQL: from the network" listen_pgsql
	variant pgsql password "s/^(password = ).*/\1wrong/;s|^(hosts = ).*|\1inet:127.0.0.1:$pg_port|"
	ok "PostgreSQL: a wrong password" fails "pgsql:$tables/password.cf" info@a.test 'password authentication failed'
	variant pgsql url "s|^hosts = .*|hosts = postgresql://reader:sesame@127.0.0.1:$pg_port/postgres|;/^(user|password|dbname) /d"
	ok "PostgreSQL: a URL, and a password" finds "pgsql:$tables/url.cf" info@a.test ann@a.test
}

pg_port=$(free_port)
# From the network, a password is needed.
listen_pgsql()
{
	sed -i 's/^\(host .*\) trust$/\1 scram-sha-256/' "$postgres_dir/data/pg_hba.conf"
	as_postgres pg_ctl -D data -l log -w -t "$patience" \
		-o "-k $postgres_dir -c listen_addresses=127.0.0.1 -p $pg_port" start
}

if needs PostgreSQL "${postgres_bin:-no-postgresql}/initdb" psql; then
	start_postgres > "$work/said" 2>&1
	{
		pgsql_sql
		odd_row jörg@ä.test "'zoë@a.test'"
	} | postgres_sql > "$work/said" 2>&1 || cat "$work/said"
	test_pgsql
fi

# ---- MariaDB ----

mysql_sql()
{
	echo "CREATE DATABASE mail CHARACTER SET utf8mb4 COLLATE utf8mb4_bin; USE mail;"
	echo "CREATE TABLE aliases (name text, target mediumtext);"
	for_rows mysql_row
	odd_row line@a.test "concat('a@a.test', char(10), 'b@a.test')"
	odd_row nul@a.test "concat('a@a.test', char(0), 'b@a.test')"
	odd_row huge@a.test "repeat('x', 100000)"
	odd_row null@a.test NULL
	odd_row empty@a.test "''"
	odd_row jörg@ä.test "'zoë@a.test'"
	echo "INSERT INTO aliases SELECT 'many@a.test', 'someone@a.test' FROM seq_1_to_10000;"
	echo "CREATE TABLE raw (target varbinary(100)); INSERT INTO raw VALUES (unhex('61ff62'));"
	echo "CREATE USER reader@localhost IDENTIFIED BY 'sesame';"
	echo "GRANT SELECT, EXECUTE ON mail.* TO reader@localhost;"
	cat << 'END'
DELIMITER //
CREATE PROCEDURE one(key_ text) BEGIN SELECT target FROM aliases WHERE name = key_; END //
CREATE PROCEDURE two(key_ text) BEGIN SELECT 1; SELECT 2; END //
CREATE PROCEDURE none_(key_ text) BEGIN SET @x = 1; END //
DELIMITER ;
END
}

test_mysql()
{
	local table=mysql:$tables/mysql.cf
	with_postfix mysql
	cat > "$tables/mysql.cf" << END
# as in mysql_table(5)
hosts = unix:$mariadb_socket
user = reader
password = sesame
dbname = mail
option_group =
query = SELECT target FROM aliases
  WHERE name = '%s'
	  ORDER BY target
END
	test_kind mysql MariaDB hosts query
	ok "MariaDB: NULL is no value" finds "$table" null@a.test ""
	ok "MariaDB: nor is an empty text" finds "$table" empty@a.test ""
	ok "MariaDB: UTF-8 in a key" finds "$table" "jörg@ä.test" "zoë@a.test"
	ok "MariaDB: NUL in a value" fails "$table" nul@a.test 'control character'
	variant mysql raw "s/^(query = ).*/\1SELECT target FROM raw/;/^[ \t]/d"
	ok "MariaDB: a value that is not UTF-8" fails "mysql:$tables/raw.cf" info@a.test 'not UTF-8'
	variant mysql password 's/^(password = ).*/\1wrong/'
	ok "MariaDB: a wrong password" fails "mysql:$tables/password.cf" info@a.test 'Access denied'
	variant mysql base 's/^(dbname = ).*/\1nothing/'
	ok "MariaDB: no such database" fails "mysql:$tables/base.cf" info@a.test 'Access denied.*nothing'
	variant mysql relation 's/FROM aliases/FROM nothing/'
	ok "MariaDB: no such table" fails "mysql:$tables/relation.cf" info@a.test 'denied|exist'
	variant mysql slow 's/SELECT target/SELECT sleep(100), target/'
	ok "MariaDB: a query that takes too long" fails "mysql:$tables/slow.cf" info@a.test \
		'takes too long|Lost connection|timeout' 1
	for procedure in one two none_; do
		variant mysql $procedure "s/^(query = ).*/\1CALL $procedure('%s')/;/^[ \t]/d"
	done
	ok "MariaDB: a procedure" finds "mysql:$tables/one.cf" info@a.test ann@a.test
	ok "MariaDB: as Postfix" same_as_postfix "mysql:$tables/one.cf" info@a.test
	ok "MariaDB: a procedure with two results" fails "mysql:$tables/two.cf" info@a.test 'several results'
	ok "MariaDB: a procedure without one" fails "mysql:$tables/none_.cf" info@a.test 'no result'
	echo "require_result_set = no" >> "$tables/none_.cf"
	ok "MariaDB: that may be so" finds "mysql:$tables/none_.cf" info@a.test ""
	ok "MariaDB: an obsolete setting" refuses mysql "select_field = x" 'select_field: mda does not support this'
	stop_mariadb > "$work/said" 2>&1
	ok "MariaDB: it stops" fails "$table" info@a.test "unix:$mariadb_socket: "
}

if needs MariaDB mariadbd mariadb mariadb-install-db; then
	start_mariadb > "$work/said" 2>&1 || cat "$work/said"
	mysql_sql | mariadb_sql > "$work/said" 2>&1 || comment < "$work/said"
	test_mysql
fi

# ---- LDAP ----

ldap_entries()
{
	for_rows ldap_entry
	printf 'a@a.test\nb@a.test' | odd_entry line
	printf 'a@a.test\0b@a.test' | odd_entry nul
	head -c 100000 /dev/zero | tr '\0' x | odd_entry huge
	printf 'dn: uid=many,%s\nobjectClass: inetOrgPerson\nuid: many\ncn: x\nsn: many@a.test\n' "$ldap_base"
	seq -f 'description: someone%g@a.test' 10000
	echo
	printf 'dn: uid=reader,%s\nobjectClass: inetOrgPerson\nuid: reader\ncn: x\nsn: x\n' "$ldap_base"
	printf 'userPassword: sesame\n\n'
	printf 'dn: dc=sub,%s\nobjectClass: domain\ndc: sub\n\n' "$ldap_base"
	printf 'dn: uid=deep,dc=sub,%s\nobjectClass: inetOrgPerson\nuid: deep\ncn: x\n' "$ldap_base"
	printf 'sn: deep@sub\nmail: deeper@a.test\n\n'
}

test_ldap()
{
	local table=ldap:$tables/ldap.cf
	with_postfix ldap
	cat > "$tables/ldap.cf" << END
# as in ldap_table(5)
server_host = $ldap_uri
search_base = $ldap_base
query_filter =
  (&(objectClass=inetOrgPerson)(sn=%s))
result_attribute = mail
version = 3
bind = yes
bind_dn = uid=reader,$ldap_base
bind_pw = sesame
END
	test_kind ldap LDAP server_host query_filter
	ok "LDAP: NUL in a value" fails "ldap:$tables/odd.cf" nul@a.test 'control character'
	variant ldap password 's/^(bind_pw = ).*/\1wrong/'
	ok "LDAP: a wrong password" fails "ldap:$tables/password.cf" info@a.test 'Invalid credentials'
	variant ldap nobind 's/^(bind = ).*/\1no/'
	ok "LDAP: no bind" finds "ldap:$tables/nobind.cf" info@a.test ann@a.test
	variant ldap base 's/^(search_base = ).*/\1dc=nothing/'
	ok "LDAP: no such base" fails "ldap:$tables/base.cf" info@a.test 'No such object'
	variant ldap dynamic "s/^(search_base = ).*/\1dc=%d,$ldap_base/"
	ok "LDAP: a base of the key" finds "ldap:$tables/dynamic.cf" deep@sub deeper@a.test
	ok "LDAP: one that is not there" finds "ldap:$tables/dynamic.cf" x@other ""
	ok "LDAP: one that is hostile" finds "ldap:$tables/dynamic.cf" "deep@sub,$ldap_base" ""
	ok "LDAP: one with a plus" finds "ldap:$tables/dynamic.cf" 'deep@sub+uid=x' ""
	longer ldap one 'scope = one'
	ok "LDAP: scope = one" finds "ldap:$tables/one.cf" deep@sub ""
	ok "LDAP: scope = one: what is there" finds "ldap:$tables/one.cf" info@a.test ann@a.test
	variant ldap filter '/^query_filter/,/^ /d'
	echo 'query_filter = (&(sn=%s' >> "$tables/filter.cf"
	ok "LDAP: a wrong filter" fails "ldap:$tables/filter.cf" info@a.test 'filter'
	variant ldap host "s|^(server_host = ).*|\1127.0.0.1|;\$a server_port = $ldap_port"
	ok "LDAP: a host and a port" finds "ldap:$tables/host.cf" info@a.test ann@a.test
	ok "LDAP: a wrong server" refuses ldap "scope = all" 'scope: this is not sub, one or base'
	for setting in special_result_attribute leaf_result_attribute terminal_result_attribute; do
		ok "LDAP: $setting" refuses ldap "$setting = x" "$setting: mda does not support this"
	done
	variant ldap sasl 's/^(bind = ).*/\1sasl/'
	ok "LDAP: SASL" fails "ldap:$tables/sasl.cf" info@a.test 'bind: mda supports yes'
	longer ldap tls 'start_tls = yes'
	ok "LDAP: no STARTTLS where it is wanted" fails "ldap:$tables/tls.cf" info@a.test "$ldap_uri: "
	stop_slapd > "$work/said" 2>&1
	ok "LDAP: it stops" fails "$table" info@a.test "$ldap_uri: Can't contact"
}

if needs LDAP slapd slapadd; then
	ldap_entries > "$work/entries"
	start_slapd < "$work/entries" > "$work/said" 2>&1 || comment < "$work/said"
	test_ldap
fi

done_testing
