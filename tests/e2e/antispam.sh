#!/bin/bash
# Deliveries that ask a real spamd and a real rspamd: the result reaches the folder, the header,
# the rules and the log. A server is not asked if its answer would change nothing. A server that
# stops in the middle does no harm.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib-antispam.sh"

if ! has_servers; then
	skip "spamd and rspamd" "needs the packages spamassassin, spamd and rspamd"
	done_testing
	exit
fi

set_up_vhosts
conf=$work/etc/mda.conf
home=$work/vhosts/a.test/ann
mkdir -p "$home/.mda"
cat > "$home/.mda/rules.sieve" << 'END'
require ["spamtestplus", "relational", "comparator-i;ascii-numeric", "fileinto"];
if spamtest :percent :value "gt" :comparator "i;ascii-numeric" "99" { fileinto "Rather"; }
END
chown -hR "$owner" "$home"
log=$work/log

# configure KEY=VALUE...: the configuration for the next deliveries
configure()
{
	base_conf > "$conf"
	[ $# -eq 0 ] || printf '%s\n' "$@" >> "$conf"
	rm -rf "$home/Maildir"
	: > "$log"
}

# mail TEXT [FIELD]...: a message with this text
mail()
{
	local text=$1
	shift
	{
		printf 'From: Bob <bob@b.test>\nTo: ann@a.test\nSubject: A meeting tomorrow\nDate: %s\n' "$(date -R)"
		printf 'Message-ID: <%s@b.test>\nReceived: from b.test (b.test [192.0.2.1]) by a.test; %s\n' "$RANDOM$RANDOM" "$(date -R)"
		[ $# -eq 0 ] || printf '%s\n' "$@"
		printf '\nHello Ann,\nwe meet at nine.\n%s\n' "$text"
	} > "$work/mail"
}

gtube='XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X'

deliver()
{
	attempt -c "$conf" -f bob@b.test -r ann@a.test < "$work/mail"
}

# arrived FOLDER [REGEX]: the one message is there, with a field like that
arrived()
{
	local file
	file=$(messages "$home")
	is "$status" 0 && is "$(wc -l <<< "$file")" 1 || return
	case $1 in
	INBOX) not grep -q '/\.' <<< "${file#"$home"}" || return ;;
	*) grep -q "/Maildir/\\.$1/" <<< "$file" || { echo "it is $file"; return 1; } ;;
	esac
	[ $# -eq 1 ] || has "$file" "$2"
}

# An /etc with silent name servers, which a file elsewhere names.
silence_names()
{
	unshare --mount true && command -v perl || return
	cp -a /etc "$work/machine" && mkdir -m 755 "$work/elsewhere" || return
	printf 'nameserver 127.0.0.99\nnameserver 127.0.0.99\nnameserver 127.0.0.99\n' > "$work/elsewhere/resolv.conf"
	ln -sfT "$work/elsewhere/resolv.conf" "$work/machine/resolv.conf"
	printf 'hosts: files nonexistent dns\n' > "$work/machine/nsswitch.conf"
	printf '127.0.0.1 filter.test\n' >> "$work/machine/hosts"
	perl -MSocket -e 'socket(S, PF_INET, SOCK_DGRAM, 0) && bind(S, pack_sockaddr_in(53, inet_aton("127.0.0.99"))) && sleep' &
	on_exit "kill $!"
	disown
}
silence_names > "$work/said" 2>&1

deliver_with_etc()
{
	status=0
	unshare --mount bash -c 'mount --bind "$1" /etc && shift && exec "$@"' bash "$work/machine" "$bin/mda" -c "$conf" -f bob@b.test -r ann@a.test \
		< "$work/mail" > "$work/out" 2> "$work/err" || status=$?
}

for server in spamd rspamd; do
	ok "$server starts" "start_$server"
	on_exit "stop_$server"
	port=${server}_port dir=sa limit=5
	[ $server = spamd ] || dir=rs limit=15
	for where in "127.0.0.1:${!port}" "$work/$dir/sock"; do
		kind=TCP
		[ "${where:0:1}" != / ] || kind=Unix
		configure "antispam = $server" "antispam_servers = { \"$where\" }"
		mail "$gtube"
		deliver
		ok "$server, $kind: GTUBE goes to Junk" arrived Junk "^X-Mda-Spam: yes; score=[0-9.]+; limit=$limit; by=$server $where; symbols=.*GTUBE"
		ok "$server, $kind: the log has all of it" has "$log" "spam=yes .*spam_by=\"$server $where\" spam_score=[0-9.]+ spam_limit=$limit spam_symbols=.*GTUBE"
		configure "antispam = $server" "antispam_servers = { \"$where\" }"
		mail "See you."
		deliver
		ok "$server, $kind: a good message goes to the INBOX" arrived INBOX "^X-Mda-Spam: no; score=-?[0-9.]+; limit=$limit; by=$server"
	done
	where=localhost:${!port}
	configure "antispam = $server" "antispam_servers = { \"$where\" }"
	mail "$gtube"
	deliver
	ok "$server by a host name" arrived Junk "^X-Mda-Spam: yes; .*by=$server $where"
	# The confined process that asks can read what the C library's resolver needs, wherever
	# /etc/resolv.conf leads.
	if [ -d "$work/machine" ]; then
		configure "antispam = $server" "antispam_servers = { \"filter.test:${!port}\" }"
		deliver_with_etc
		ok "$server, a name of /etc/hosts" arrived Junk "^X-Mda-Spam: yes; .*by=$server filter.test"
		configure "antispam = $server" "antispam_servers = { \"silent.test:1\", \"127.0.0.1:${!port}\" }"
		deliver_with_etc
		ok "$server, no name server answers: there is time for the next" arrived Junk "^X-Mda-Spam: yes; .*by=$server 127.0.0.1"
	else
		skip "$server, no name server answers" "there is no mount namespace to be had, or no perl"
	fi
	servers="antispam_servers = { \"$where\" }"

	mail "$gtube" "X-Mda-Spam: no; score=-100"
	configure "antispam = $server" "$servers" "spam_action = mark"
	deliver
	ok "$server: mark, the rules go on" arrived Rather '^X-Mda-Spam: yes'
	ok "$server: a sender's own X-Mda-Spam is gone" not grep -q 'score=-100' "$(messages "$home")"
	configure "antispam = $server" "$servers" "spam_action = discard"
	deliver
	ok "$server: discard" is "$status $(message_count "$home")" "0 0"
	configure "antispam = $server" "$servers" "spam_action = reject"
	deliver
	ok "$server: reject" is "$status $(message_count "$home")" "77 0"
	configure "antispam = $server" "$servers" 'address "ann@a.test" { spam_limit = 5000 }'
	deliver
	ok "$server: the address has a limit of its own" arrived INBOX '^X-Mda-Spam: no; score=[0-9.]+; limit=5000;'
	configure "antispam = none" "$servers" "address \"ann@a.test\" { antispam = $server }"
	deliver
	ok "$server: asked for one address" arrived Junk
	configure "antispam = $server" "$servers" 'address "ann@a.test" { antispam = none }'
	deliver
	ok "$server: not asked for one address" arrived INBOX
	ok "$server: and the log says so" has "$log" 'spam=unknown spam_why="anti-spam is off"'

	# No server is asked about a sender who is allowed or blocked: it could not even be found.
	configure "antispam = $server" 'antispam_servers = { "/nowhere" }' "antispam_failure = retry"
	echo 'bob@b.test' > "$work/etc/allow"
	deliver
	ok "$server: not asked about an allowed sender" arrived INBOX
	rm "$work/etc/allow"
	echo 'bob@b.test' > "$work/etc/block"
	configure "antispam = $server" 'antispam_servers = { "/nowhere" }' "antispam_failure = retry"
	deliver
	ok "$server: nor about a blocked one" arrived Junk '^X-Mda-Spam: yes; by=list$'
	rm "$work/etc/block"
	configure "antispam = $server" 'antispam_servers = { "/nowhere" }' "antispam_failure = retry"
	deliver
	ok "$server: but about all others: try again" is "$status $(message_count "$home")" "75 0"
	configure "antispam = $server" "antispam_servers = { \"/nowhere\", \"127.0.0.1:1\", \"$where\" }"
	deliver
	ok "$server: two are not there, the third one answers" arrived Junk
	configure "antispam = $server" "$servers" "antispam_max_size = 100"
	deliver
	ok "$server: not asked about what is too large" arrived INBOX

	# An alias leads into a domain with another filter: the filter of the original recipient is
	# asked, at its own server.
	other=spamd
	[ $server = rspamd ] || other=rspamd
	configure "domain \"o.test\" { antispam = $server $servers }" \
		"domain \"a.test\" { antispam = $other antispam_servers = { \"/nowhere\" } }"
	attempt -c "$conf" -f bob@b.test -r ann@a.test -a x@o.test < "$work/mail"
	ok "$server: the original recipient's server is asked" arrived Junk "by=$server $where"

	# The server hangs, and then goes away.
	signal_session $dir STOP
	configure "antispam = $server" "$servers" "antispam_timeout = 1"
	deliver
	ok "$server: it does not answer: accepted, and marked" arrived INBOX '^X-Mda-Spam: unknown'
	ok "$server: and the log says so" has "$log" 'event=note .*anti-spam: .*takes too long'
	configure "antispam = $server" "$servers" "antispam_timeout = 1" "antispam_failure = retry"
	deliver
	ok "$server: it does not answer: try again" is "$status $(message_count "$home")" "75 0"
	signal_session $dir CONT
	configure "antispam = $server" "$servers"
	deliver
	ok "$server: it answers again" arrived Junk
	configure "antispam = $server" "$servers" "antispam_timeout = 30"
	signal_session $dir STOP
	deliver &
	sleep 0.5
	signal_session $dir KILL
	wait
	ok "$server: it is killed in the middle: the message is not lost" is "$(message_count "$home")" 1
	ok "$server: and in the INBOX" has "$(messages "$home")" '^X-Mda-Spam: unknown'
done
done_testing
