# For the scripts beside it: mda-greyd with the configuration $conf. Source it after lib.sh.
# shellcheck shell=bash disable=SC2154
grey_pid=

# grey_conf: the keys of the server, with its files below $work
grey_conf()
{
	cat << END
grey_listen = { "127.0.0.1:$grey_port", "$work/run/grey" }
grey_socket_mode = "0666"
grey_status = "$work/run/grey-status"
grey_dir = "$work/lib/grey"
grey_allow_clients = "$work/etc/grey-clients"
grey_allow_recipients = "$work/etc/grey-recipients"
END
}

# set_up_grey: virtual users, and a configuration with these keys
set_up_grey()
{
	set_up_vhosts
	mkdir -p "$work/run" "$work/lib/grey" && chmod 755 "$work/lib"
	chown "$owner" "$work/run" "$work/lib/grey"
	conf=$work/etc/mda.conf grey_port=$(free_port)
	{ base_conf && grey_conf; } > "$conf"
}

grey_answers()
{
	(exec 3<> "/dev/tcp/127.0.0.1/$grey_port") 2> /dev/null
}

# start_grey [OPTION...]
start_grey()
{
	"$bin/mda-greyd" -c "$conf" "$@" > "$work/grey.out" 2>&1 &
	grey_pid=$!
	wait_for "$patience" grey_answers
}

stop_grey()
{
	[ -n "$grey_pid" ] || return 0
	kill "$grey_pid" && wait "$grey_pid"
	local status=$?
	grey_pid=
	return $status
}

# ask CLIENT SENDER RECIPIENT [NAME=VALUE...]: prints what the server answers
ask()
{
	local line
	exec {policy}<> "/dev/tcp/127.0.0.1/$grey_port" || return
	{
		printf 'request=smtpd_access_policy\nprotocol_state=RCPT\nprotocol_name=ESMTP\nclient_name=unknown\n'
		printf 'client_address=%s\nsender=%s\nrecipient=%s\n' "$1" "$2" "$3"
		[ $# -lt 4 ] || printf '%s\n' "${@:4}"
		echo
	} >&"$policy"
	IFS= read -r -t 60 line <&"$policy"
	exec {policy}>&-
	echo "${line:-nothing}"
}

# counted REASON: how often the running server has decided so
counted()
{
	"$bin/mda-greyd" -c "$conf" --status | sed -n "s/^mda_grey_decisions_total{reason=\"$1\"} //p"
}
