# Shared by the scripts here: a Postfix started for the test, in $etc, $queue and on $port, and SMTP
# with it. Source it after lib.sh.
# shellcheck shell=bash disable=SC2154

# Debian's services, but none of them in a chroot.
services()
{
	cat << END
127.0.0.1:$port inet n - n - - smtpd
pickup    unix  n - n 3600 1 pickup
cleanup   unix  n - n - 0 cleanup
qmgr      unix  n - n 300 1 qmgr
rewrite   unix  - - n - - trivial-rewrite
bounce    unix  - - n - 0 bounce
defer     unix  - - n - 0 bounce
trace     unix  - - n - 0 bounce
verify    unix  - - n - 1 verify
flush     unix  n - n 1000? 0 flush
proxymap  unix  - - n - - proxymap
proxywrite unix - - n - 1 proxymap
smtp      unix  - - n - - smtp
showq     unix  n - n - - showq
error     unix  - - n - - error
retry     unix  - - n - - error
discard   unix  - - n - - discard
local     unix  - n n - - local
virtual   unix  - n n - - virtual
anvil     unix  - - n - 1 anvil
postlog   unix-dgram n - n - 1 postlogd
END
}

# A deferred message is tried again only when the test asks for it.
settings()
{
	cat << END
compatibility_level = 3.6
queue_directory = $queue
data_directory = $work/data
mail_owner = postfix
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
myhostname = mx.l.test
myorigin = l.test
mydestination = l.test
alias_maps = hash:$etc/aliases
default_transport = error:there is no outside
smtpd_relay_restrictions = permit_mynetworks, reject
maillog_file = $work/maillog
maillog_file_prefixes = $work
message_size_limit = 0
mailbox_size_limit = 0
queue_run_delay = 3600s
minimal_backoff_time = 3600s
maximal_backoff_time = 7200s
END
}

start_postfix()
{
	postfix -c "$etc" start > "$work/start.log" 2>&1 && wait_for "$patience" answers && return
	cat "$work/start.log" "$work/maillog"
	return 1
}

answers()
{
	(exec 3<> "/dev/tcp/127.0.0.1/$port" && read -r line <&3 && [ "${line%% *}" = 220 ]) 2> /dev/null
}

stop_postfix()
{
	postfix -c "$etc" stop
}

# ---- one of several servers ----

# server NAME: sets etc, queue and port to those of this server
server()
{
	etc=$work/$1/etc queue=$work/$1/queue port=$(cat "$work/$1/port")
}

# configure_server NAME: writes what all servers have in common
configure_server()
{
	mkdir -p "$work/$1/etc" "$work/$1/queue" "$work/$1/data"
	chown postfix "$work/$1/data"
	free_port > "$work/$1/port"
	server "$1"
	services > "$etc/master.cf"
	settings | sed -e "s|^data_directory.*|data_directory = $work/$1/data|" -e "s|^maillog_file = .*|maillog_file = $work/$1/maillog|" \
		-e '/^default_transport/d' > "$etc/main.cf"
	: > "$etc/aliases"
	postalias -c "$etc" "hash:$etc/aliases"
}

# ---- SMTP ----

# reply CODE: reads one reply with all its lines
reply()
{
	local line
	while IFS= read -r -t 60 line <&"$smtp"; do
		[ "${line:3:1}" != - ] && break
	done
	[ "${line:0:1}" = "$1" ] && return
	echo "SMTP: $line"
	return 1
}

say()
{
	printf '%s\r\n' "$1" >&"$smtp"
}

# smtp_send FILE SENDER RECIPIENT...
smtp_send()
{
	local file=$1 sender=$2 recipient
	shift 2
	exec {smtp}<> "/dev/tcp/127.0.0.1/$port" || return
	reply 2 && say "EHLO client.test" && reply 2 && say "MAIL FROM:<$sender> BODY=8BITMIME" && reply 2 || return
	for recipient in "$@"; do
		say "RCPT TO:<$recipient>" && reply 2 || return
	done
	say DATA && reply 3 && sed 's/^\./../; s/$/\r/' "$file" >&"$smtp" && say . && reply 2 && say QUIT
	exec {smtp}>&-
}

queued()
{
	find "$queue"/{maildrop,incoming,active,deferred,hold} -type f
}

queue_is_empty()
{
	[ -z "$(queued)" ]
}

# Is the message deferred, and is nothing on its way?
is_deferred()
{
	[ -n "$(find "$queue/deferred" -type f)" ] && [ -z "$(find "$queue"/{incoming,active} -type f)" ]
}

# send WORD SENDER RECIPIENT...: sends $work/WORD.eml and waits until Postfix has dealt with it,
# including bounces
send()
{
	local word=$1
	shift
	smtp_send "$work/$word.eml" "$@" && wait_for "$patience" queue_is_empty
}
