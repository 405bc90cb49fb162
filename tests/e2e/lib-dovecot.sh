# For the scripts beside it: a real Dovecot of the test's own, whose one user is ann@a.test with the home $home, and an IMAP
# session with it. Source it behind lib.sh.
# shellcheck shell=bash disable=SC2154

imap_port=$(free_port)

dovecot_settings()
{
	cat <<-END
		base_dir = $work/run
		log_path = $work/dovecot.log
		protocols = imap
		ssl = no
		disable_plaintext_auth = no
		listen = 127.0.0.1
		mail_location = maildir:~/Maildir
		first_valid_uid = 1
		first_valid_gid = 1
		passdb {
		  driver = static
		  args = password=secret
		}
		userdb {
		  driver = static
		  args = uid=${owner%:*} gid=${owner#*:} home=$home
		}
		service imap-login {
		  inet_listener imap {
		    address = 127.0.0.1
		    port = $imap_port
		  }
		  inet_listener imaps {
		    port = 0
		  }
		}
	END
	# A sanitizer reserves more address space than Dovecot allows a program that it runs.
	[ -z "${SAN:-}" ] || echo "default_vsz_limit = 0"
}

# start_dovecot: with what is on standard input behind the settings
start_dovecot()
{
	mkdir -p "$work/run" && { dovecot_settings && cat; } > "$work/dovecot.conf" &&
		dovecot -c "$work/dovecot.conf" && wait_for "$patience" listens_imap
}

listens_imap()
{
	(exec 3<> "/dev/tcp/127.0.0.1/$imap_port") 2> /dev/null
}

stop_dovecot()
{
	doveadm -c "$work/dovecot.conf" stop
}

# imap COMMAND...: one after the other in one session; what the server says is in $work/out
imap()
{
	local number=0 command line
	exec {imap}<> "/dev/tcp/127.0.0.1/$imap_port" && read -r line <&"$imap" || return
	for command in 'LOGIN ann@a.test secret' "$@" LOGOUT; do
		number=$((number + 1))
		printf 'a%d %s\r\n' "$number" "$command" >&"$imap"
		while IFS= read -r -t 60 line <&"$imap"; do
			echo "$line"
			case $line in "a$number OK"*) break ;; "a$number "*) return 1 ;; esac
		done
	done > "$work/out"
	exec {imap}>&-
}
