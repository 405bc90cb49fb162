# Shared by the scripts here: a real spamd and a real rspamd, started for the test on loopback,
# without the network. Source it after lib.sh. They listen on $spamd_port, $rspamd_port and
# $controller_port.
# shellcheck shell=bash disable=SC2154

spamd_port=$(free_port)
rspamd_port=$(free_port)
controller_port=$(free_port)
redis_port=$(free_port)

has_servers()
{
	command -v spamd rspamd redis-server > /dev/null && [ -e /etc/spamassassin/v320.pre ]
}

listens()
{
	(exec 3<> "/dev/tcp/127.0.0.1/$1") 2> /dev/null
}

# in_session NAME COMMAND...: runs the command in the background, in a session of its own, as the
# owner of the mailboxes, because spamd refuses to run as root
in_session()
{
	local name=$1 as=()
	shift
	! is_root || as=(setpriv --reuid="${owner%:*}" --regid="${owner#*:}" --clear-groups)
	(cd / && HOME=$work/$name exec setsid "${as[@]}" "$@") > "$work/$name/out" 2>&1 < /dev/null &
	echo $! > "$work/$name/session"
	disown
}

# signal_session NAME SIGNAL: sends the signal to all processes of that session
signal_session()
{
	pkill "-$2" -s "$(cat "$work/$1/session")"
}

start_spamd()
{
	local dir=$work/sa
	mkdir -p "$dir/etc" && cp /etc/spamassassin/*.pre "$dir/etc/" || return
	cat > "$dir/etc/local.cf" <<-END
		required_score 5
		use_bayes 1
		bayes_path $dir/bayes
		bayes_auto_learn 0
		skip_rbl_checks 1
		clear_report_template
	END
	chown -R "$owner" "$dir"
	in_session sa spamd --local --nouser-config --allow-tell --listen "127.0.0.1:$spamd_port" --listen "$dir/sock" \
		--socketmode=0666 --siteconfigpath="$dir/etc" --syslog="$dir/log" --max-children=2
	wait_for "$patience" listens "$spamd_port"
}

stop_spamd()
{
	signal_session sa KILL
}

# What rspamd learns is kept by a Redis server of its own, in memory.
start_rspamd()
{
	local dir=$work/rs
	mkdir -p "$dir" "$work/redis" && chown "$owner" "$work/redis" || return
	in_session redis redis-server --bind 127.0.0.1 --port "$redis_port" --save '' --appendonly no --dir "$work/redis"
	wait_for "$patience" listens "$redis_port" || return
	mkdir -p "$dir" && printf 'com\ntest\nexample\n' > "$dir/tld"
	cat > "$dir/rspamd.conf" <<-END
		options {
		  pidfile = "$dir/pid"; tempdir = "$dir"; hs_cache_dir = "$dir/"; cache_file = "$dir/cache"; stats_file = "$dir/stats";
		  history_file = "$dir/history"; rrd = ""; filters = ""; url_tld = "$dir/tld"; disable_hyperscan = true;
		  gtube_patterns = "all";
		  dns { nameserver = ["127.0.0.1:1"]; timeout = 0.1s; retransmits = 1; }
		}
		logging { type = "file"; filename = "$dir/log"; level = "info"; }
		actions { reject = 15; add_header = 6; }
		worker "normal" { bind_socket = ["127.0.0.1:$rspamd_port", "$dir/sock mode=0666"]; count = 1; }
		worker "controller" { bind_socket = ["127.0.0.1:$controller_port"]; count = 1; password = "secret"; secure_ip = []; }
		classifier "bayes" {
		  tokenizer { name = "osb"; }
		  backend = "redis"; servers = "127.0.0.1:$redis_port"; min_learns = 1; min_tokens = 1;
		  statfile { symbol = "BAYES_HAM"; spam = false; }
		  statfile { symbol = "BAYES_SPAM"; spam = true; }
		}
	END
	chown -R "$owner" "$dir"
	in_session rs rspamd -i -f -c "$dir/rspamd.conf"
	wait_for "$patience" listens "$rspamd_port"
}

stop_rspamd()
{
	signal_session rs KILL
	signal_session redis KILL
}
