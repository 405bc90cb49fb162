# Shared by the scripts here: a real Dovecot (2.3 or 2.4), started for the test, and IMAP sessions
# with it. Its only user is $imap_user, with the home $home. Source it after lib.sh.
# shellcheck shell=bash disable=SC2154

imap_port=$(free_port)
imap_user=ann@a.test
lda=/usr/lib/dovecot/dovecot-lda
# The directory of Dovecot's settings, log and sockets.
dovecot_dir=$work
on_exit stop_dovecot

# has_dovecot WHAT [PROGRAM...]: WHAT needs Dovecot, root and these programs; without them it is
# skipped
has_dovecot()
{
	local program missing=
	for program in $lda /usr/lib/dovecot/imap doveadm "${@:2}"; do command -v "$program" > /dev/null || missing="$missing $program"; done
	is_root && [ -z "$missing" ] && return
	skip "$1" "needs root and Dovecot${missing:+:$missing}"
	return 1
}

# needs_dovecot WHAT [PROGRAM...]: the same, but without them the test ends
needs_dovecot()
{
	has_dovecot "$@" && return
	done_testing
	exit
}

# as_owner COMMAND...: runs it as the owner of the mailboxes, with a clean environment
as_owner()
{
	(cd / && setpriv --reuid="${owner%:*}" --regid="${owner#*:}" --clear-groups env -i PATH="$PATH" HOME="$home" USER=ann \
		ASAN_OPTIONS="$ASAN_OPTIONS" UBSAN_OPTIONS="$UBSAN_OPTIONS" "$@")
}

# Settings have had other names and forms since 2.4.
is_dovecot_2_3()
{
	case $(dovecot --version) in 2.3*) ;; *) false ;; esac
}

# Settings that have the same names in both versions.
dovecot_common()
{
	cat <<-END
		base_dir = $dovecot_dir/run
		log_path = $dovecot_dir/dovecot.log
		ssl = no
		first_valid_uid = 1
		first_valid_gid = 1
		postmaster_address = postmaster@a.test
		stats_writer_socket_path =
	END
	# A sanitizer reserves more address space than Dovecot allows a program that it runs.
	[ -z "${SAN:-}" ] || echo "default_vsz_limit = $(is_dovecot_2_3 && echo 0 || echo unlimited)"
}

dovecot_listener()
{
	cat <<-END
		listen = 127.0.0.1
		service imap-login {
		  inet_listener imap {
		    $1 = 127.0.0.1
		    port = $imap_port
		  }
		  inet_listener imaps {
		    port = 0
		  }
		}
	END
}

dovecot_settings_2_3()
{
	dovecot_common && dovecot_listener address && cat <<-END
		protocols = imap
		disable_plaintext_auth = no
		mail_location = maildir:${1:-~/Maildir}:LAYOUT=${2:-maildir++}${3:+:UTF-8}
		passdb {
		  driver = static
		  args = password=secret
		}
		userdb {
		  driver = static
		  args = uid=${owner%:*} gid=${owner#*:} home=$home
		}
	END
}

dovecot_settings_2_4()
{
	echo "dovecot_config_version = $(dovecot --version | sed 's/[^0-9.].*//')"
	echo "dovecot_storage_version = $(dovecot --version | sed 's/[^0-9.].*//')"
	dovecot_common && dovecot_listener listen && cat <<-END
		protocols {
		  imap = yes
		}
		auth_allow_cleartext = yes
		mail_driver = maildir
		mail_path = ${1:-~/Maildir}
		mailbox_list_layout = ${2:-maildir++}
		mailbox_list_utf8 = $([ -n "${3:-}" ] && echo yes || echo no)
		passdb static {
		  password = secret
		}
		userdb static {
		  fields {
		    uid = ${owner%:*}
		    gid = ${owner#*:}
		    home = $home
		  }
		}
	END
}

# dovecot_settings [MAILDIR [LAYOUT [UTF8]]]: the default is maildir++ with names in modified UTF-7
dovecot_settings()
{
	if is_dovecot_2_3; then dovecot_settings_2_3 "$@"; else dovecot_settings_2_4 "$@"; fi
}

# dovecot_namespace PREFIX SEPARATOR
dovecot_namespace()
{
	printf 'namespace inbox {\n  inbox = yes\n  prefix = %s\n  separator = %s\n}\n' "$@"
}

# dovecot_plugins NAME...
dovecot_plugins()
{
	if is_dovecot_2_3; then
		echo "mail_plugins = \$mail_plugins $*"
	else
		printf 'mail_plugins {\n' && printf '  %s = yes\n' "$@" && echo '}'
	fi
}

# dovecot_lda_runs_sieve [SCRIPT]: the user's ~/.dovecot.sieve unless a script is named
dovecot_lda_runs_sieve()
{
	if is_dovecot_2_3; then
		printf 'protocol lda {\n  mail_plugins = sieve\n}\n'
		printf 'plugin {\n  sieve = %s\n}\n' "${1:-file:~/sieve;active=~/.dovecot.sieve}"
	else
		printf 'protocol lda {\n  mail_plugins {\n    sieve = yes\n  }\n}\n'
		printf 'sieve_script personal {\n  path = %s\n}\n' "${1:-~/.dovecot.sieve}"
	fi
}

# dovecot_at MAILDIR: prints the value for an option -o
dovecot_at()
{
	if is_dovecot_2_3; then echo "mail_location=maildir:$1"; else echo "mail_path=$1"; fi
}

# For doveadm: Dovecot 2.4 must be told not to look up a user.
no_userdb=()
is_dovecot_2_3 || no_userdb=(--no-userdb-lookup)

# configure_dovecot [MAILDIR [LAYOUT [UTF8]]]: writes the settings, and after them what is on
# standard input. Programs of Dovecot that the owner of a mailbox starts may write to its log.
configure_dovecot()
{
	mkdir -p "$dovecot_dir/run" && : >> "$dovecot_dir/dovecot.log" && chmod 666 "$dovecot_dir/dovecot.log" &&
		{ dovecot_settings "$@" && cat; } > "$dovecot_dir/dovecot.conf"
}

# start_dovecot [MAILDIR [LAYOUT [UTF8]]]: the same, and starts Dovecot, which ends with the test
start_dovecot()
{
	configure_dovecot "$@" && run_dovecot
}

run_dovecot()
{
	dovecot -c "$dovecot_dir/dovecot.conf" && wait_for "$patience" listens_imap
}

listens_imap()
{
	(exec 3<> "/dev/tcp/127.0.0.1/$imap_port") 2> /dev/null
}

stop_dovecot()
{
	doveadm -c "$dovecot_dir/dovecot.conf" stop && wait_for "$patience" not test -e "$dovecot_dir/run/master.pid"
}

# imap COMMAND...: sends the commands one after the other in one session; the server's output is in
# $work/out
imap()
{
	local number=0 command line
	exec {imap}<> "/dev/tcp/127.0.0.1/$imap_port" && read -r line <&"$imap" || return
	for command in "LOGIN $imap_user secret" "$@" LOGOUT; do
		number=$((number + 1))
		printf 'a%d %s\r\n' "$number" "$command" >&"$imap"
		while IFS= read -r -t 60 line <&"$imap"; do
			echo "$line"
			case $line in "a$number OK"*) break ;; "a$number "*) exec {imap}>&- && return 1 ;; esac
		done
	done > "$work/out"
	exec {imap}>&-
}

# append FOLDER < message: stores the message as an IMAP client does
append()
{
	local text
	text=$(sed 's/$/\r/'; printf x)
	text=${text%x}
	imap "APPEND \"$1\" {${#text}+}"$'\r\n'"$text"
}

# ---- imapsieve ----

has_imapsieve()
{
	ls /usr/lib/dovecot/modules/*imap_sieve* > /dev/null 2>&1
}

# start_with_acts: with the settings of examples/dovecot by which folders and keywords act at once,
# and the configuration $conf
start_with_acts()
{
	local script settings=examples/dovecot/90-mda-act.conf
	is_dovecot_2_3 || settings=examples/dovecot/90-mda-act-2.4.conf
	stop_dovecot
	mkdir -p "$work"/imapsieve/{sieve,learn} && ln -s "$bin/mda-learn" "$work/imapsieve/learn/" || return
	for script in act act-flags; do
		sed "s|, \"-d\"|, \"-c\", \"$conf\", \"-d\"|" examples/dovecot/$script.sieve > "$work/imapsieve/sieve/$script.sieve"
	done
	chmod -R a+rwX "$work/imapsieve"
	sed "s|/etc/dovecot|$work/imapsieve|g" $settings | start_dovecot
}
