#!/bin/bash
# Aliases in a server's table (socketmap), which Postfix reads as well: whose mailbox an address is,
# whose allow list counts, and what happens when the server fails.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib-lmtp.sh"

set_up_vhosts
conf=$work/etc/mda.conf table=socketmap:unix:$work/table:virtual
home=$work/vhosts/a.test
cat >> "$conf" << END
aliases = "$table"
aliases_timeout = 60
create_home = no
user_allow = "%h/.mda/allow"
END
for user in ann bob jan-erik jan; do
	mkdir -p "$home/$user/.mda" && chown -R "$owner" "$home/$user"
done

# ---- the server ----

# It logs each key, and has what is in the file "entries": KEY VALUE. A value may be TEMP or SLEEP.
cat > "$work/server.py" << 'END'
import os, socket, sys, time
work = sys.argv[1]
s = socket.socket(socket.AF_UNIX)
s.bind(work + '/table')
os.chmod(work + '/table', 0o777)
s.listen(50)
while True:
    c, _ = s.accept()
    f = c.makefile('rb')
    while True:
        length = b''
        while not length.endswith(b':'):
            byte = f.read(1)
            if not byte:
                break
            length += byte
        if not length.endswith(b':'):
            break
        request = f.read(int(length[:-1]) + 1)[:-1].decode()
        name, key = request.split(' ', 1)
        with open(work + '/asked', 'a') as log:
            print(name, key, file=log)
        entries = dict(l.rstrip('\n').split(' ', 1) for l in open(work + '/entries'))
        value = entries.get(key)
        if value == 'SLEEP':
            time.sleep(1000)
        text = 'NOTFOUND ' if value is None else 'TEMP broken' if value == 'TEMP' else 'OK ' + value
        c.sendall(b'%d:%s,' % (len(text.encode()), text.encode()))
    c.close()
END

cat > "$work/entries" << 'END'
info@a.test ann@a.test
team@a.test ann@a.test, bob@a.test
@syn.test @a.test
sales@a.test info@a.test
broken@a.test TEMP
slow@a.test SLEEP
END

server=
start_server()
{
	rm -f "$work/table"
	python3 "$work/server.py" "$work" > "$work/server.out" 2>&1 &
	server=$!
	wait_for "$patience" test -S "$work/table"
}

stop_server()
{
	[ -n "$server" ] || return 0
	kill "$server" && wait "$server"
	server=
	rm -f "$work/table"
}
on_exit stop_server

# ---- deliveries ----

number=0
# deliver RECIPIENT ORIGINAL [OPTION...] < message
deliver()
{
	: > "$work/asked"
	: > "$work/log"
	attempt -c "$conf" -f friend@outside.test -r "$1" -a "$2" "${@:3}"
}

# stores RECIPIENT USER
stores()
{
	number=$((number + 1))
	simple_message "n$number" > "$work/message"
	deliver "$1" "$1" < "$work/message"
	is "$status" 0 && grep -rq "body of n$number" "$home/$2/Maildir/new" && return
	cat "$work/err" "$work/log"
	return 1
}

# waits RECIPIENT REGEX [OPTION...]: the mail is deferred, and nothing is stored
waits()
{
	number=$((number + 1))
	simple_message "n$number" > "$work/message"
	deliver "$1" "$1" "${@:3}" < "$work/message"
	is "$status" 75 && tells_why 75 && has "$work/err" "$2" && has "$work/log" "$2" &&
		not grep -rq "body of n$number" "$home"
}

# spam_for ORIGINAL DIRECTORY: what a filter calls spam, from a friend of ann's
spam_for()
{
	number=$((number + 1))
	{
		echo 'X-Spam-Flag: YES'
		simple_message "n$number" | sed 's/^From: .*/From: friend@outside.test/'
	} > "$work/message"
	deliver ann@a.test "$1" < "$work/message"
	is "$status" 0 && grep -rq "body of n$number" "$home/ann/Maildir/$2"
}

postfix_agrees()
{
	mkdir -p "$work/postfix" && echo "compatibility_level = 3.6" > "$work/postfix/main.cf"
	cp -r /etc/postfix/dynamicmaps.cf* "$work/postfix/" 2> "$work/said"
	is "$(postmap -c "$work/postfix" -q info@a.test "$table")" ann@a.test &&
		is "$(postmap -c "$work/postfix" -q @syn.test "$table")" @a.test &&
		not postmap -c "$work/postfix" -q nobody@a.test "$table"
}

ok "a server" start_server
ok "no alias" stores ann@a.test ann
ok "it is asked for the address and its domain, each once" \
	is "$(cat "$work/asked")" "virtual ann@a.test"$'\n'"virtual @a.test"
ok "an alias" stores info@a.test ann
ok "with a detail" stores info+shop@a.test ann
ok "in capitals" stores INFO@A.test ann
ok "an alias of an alias" stores sales@a.test ann
ok "a synonym domain" stores bob@syn.test bob
ok "an alias in it" stores info@syn.test ann
deliver team@a.test team@a.test < "$work/message"
ok "several targets are not an alias" is "$status" 67
if command -v postmap > /dev/null; then
	ok "Postfix reads the same" postfix_agrees
else
	skip "Postfix reads the same" "needs Postfix"
fi

echo friend@outside.test > "$home/ann/.mda/allow"
ok "the allow list counts for mail that was first for ann" spam_for ann@a.test new
ok "and for an alias of hers, of which the child asks its parent" spam_for info@a.test new
ok "not for another" spam_for bob@a.test .Junk/new
ok "not when the table fails then, and the mail is delivered" spam_for broken@a.test .Junk/new
ok "the log says so" has "$work/log" 'aliases: .*virtual: broken@a.test: the table cannot be asked: TEMP broken'

ok "a failure" waits broken@a.test 'the table cannot be asked: TEMP broken'
ok "a server that hangs" waits slow@a.test 'table: the answer takes too long' -o aliases_timeout=1
stop_server
ok "no server" waits ann@a.test 'table: cannot connect: No such file'
ok "no table" waits ann@a.test 'is not socketmap:inet:host:port:name' -o aliases=socketmap:x
ok "a server again" start_server
ok "and its mail" stores info@a.test ann
# ---- settings of addresses ----

cat >> "$work/entries" << 'END'
jan@a.test junk_folder = Bin
bob@a.test junk_folder = Bin, user_allow = ""
wrong@a.test junk_fold = Bin
line@a.test junk_folder = Bin
down@a.test TEMP
END
for user in wrong line down; do
	mkdir -p "$home/$user" && chown -R "$owner" "$home/$user"
done
settings=address_settings=socketmap:unix:$work/table:settings

# spam_of RECIPIENT ORIGINAL DIRECTORY OPTION...: what a filter calls spam
spam_of()
{
	number=$((number + 1))
	{
		echo 'X-Spam-Flag: YES'
		simple_message "n$number" | sed 's/^From: .*/From: friend@outside.test/'
	} > "$work/message"
	deliver "$1" "$2" "${@:4}" < "$work/message"
	is "$status" 0 && grep -rq "body of n$number" "$home/${1%@*}/Maildir/$3" && return
	cat "$work/err" "$work/log"
	return 1
}

# shows ADDRESS LINE OPTION...: a line of mda config -r
shows()
{
	"$bin/mda-config" -c "$conf" -r "$1" "${@:3}" > "$work/shown" 2>&1
	has "$work/shown" "$2"
}

# from_file KIND: the same settings in a file
from_file()
{
	grep '^jan@' "$work/entries" > "$work/etc/settings"
	spam_of jan@a.test jan@a.test .Bin/new -o "address_settings=$1:$work/etc/settings"
}

no_such_kind()
{
	deliver jan@a.test jan@a.test -o address_settings=hash:/none < "$work/message"
	is "$status" 75 && has "$work/err" "a table is text:"
}

by_lmtp()
{
	local first second
	grep -q '^lmtp_listen' "$conf" || printf 'lmtp_listen = { "%s" }\nlmtp_status = "%s"\n%s\n' \
		"$socket" "$work/run/status" "address_settings = \"text:$work/etc/settings\"" >> "$conf"
	mkdir -p "$work/run"
	echo 'jan@a.test quota = 1' > "$work/etc/settings"
	start_lmtp -c "$conf" || return
	simple_message n900 > "$work/message"
	first=$(lmtp_send "$work/message" friend@outside.test jan@a.test)
	echo 'jan@a.test quota = none' > "$work/etc/settings"
	second=$(lmtp_send "$work/message" friend@outside.test jan@a.test)
	stop_lmtp
	has <(echo "$first") "^552 5\.2\.3" && has <(echo "$second") "^250 "
}

ok "no settings: Junk" spam_of jan@a.test jan@a.test .Junk/new
ok "settings" spam_of jan@a.test jan@a.test .Bin/new -o "$settings"
ok "the settings are asked for once" is "$(grep -c settings "$work/asked")" 1
ok "of the mailbox, after aliases" spam_of bob@syn.test bob@syn.test .Bin/new -o "$settings"
ok "wrong settings: mail waits" waits wrong@a.test \
	'table:settings: wrong@a.test:1:1: unknown key .*junk_fold.*; did you mean .*junk_folder' -o "$settings"
ok "no answer: mail waits" waits down@a.test 'the table cannot be asked: TEMP broken' -o "$settings"
ok "no table: mail waits" waits jan@a.test 'does not exist' -o address_settings=text:/none
ok "no such kind: mail waits" no_such_kind
ok "another's settings cannot be asked: a note" \
	spam_of jan@a.test down@a.test .Bin/new -o "$settings"
ok "the log says so" has "$work/log" 'address_settings: .*settings: down@a.test: the table cannot be asked'
ok "another's settings are wrong: a note" \
	spam_of jan@a.test wrong@a.test .Bin/new -o "$settings"
ok "the log says that" has "$work/log" 'address_settings: .*settings: wrong@a.test:1:1: unknown key'
ok "mda config shows what the table has, and where it comes from" shows jan@a.test \
	'^junk_folder  *= "Bin" +# socketmap:unix:.*/table:settings: jan@a\.test$' -o "$settings"
ok "settings in a text file" from_file text
if command -v postmap > /dev/null && postmap -c "$work/postfix" "lmdb:$work/etc/settings" 2> "$work/said"; then
	chmod 644 "$work/etc/settings.lmdb"
	rm "$work/etc/settings"
	ok "settings that postmap has compiled" \
		spam_of jan@a.test jan@a.test .Bin/new -o "address_settings=lmdb:$work/etc/settings"
	printf '%s\n' 'info@a.test jan@a.test' 'sales@a.test info@a.test' '@syn.test @a.test' > "$work/etc/virtual"
	ok "aliases that postmap has compiled" postmap -c "$work/postfix" "lmdb:$work/etc/virtual"
	chmod 644 "$work/etc/virtual.lmdb"
	ok "an alias of an alias" is "$("$bin/mda-config" -c "$conf" -r sales@a.test \
		-o "aliases=lmdb:$work/etc/virtual" -o "$settings" | grep -c 'Bin.*settings: jan@a.test$')" 1
else
	skip "settings that postmap has compiled" "needs Postfix with lmdb"
fi
ok "LMTP: what the table has counts for the next message" by_lmtp

ok "mda-lists -d finds the mailbox by it" "$bin/mda-lists" show allow -c "$conf" -d info@a.test
ok "mda config check" "$bin/mda-config" check -c "$conf"
ok "mda config check reports what is not a table" \
	is "$("$bin/mda-config" check -c "$conf" -o aliases=socketmap:x | head -n 1)" \
	"socketmap:x:0:0: this is not socketmap:inet:host:port:name or socketmap:unix:/path:name"

done_testing
