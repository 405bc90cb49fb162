#!/bin/bash
# mda-lmtpd beside Dovecot's LMTP server, with the same 20 rules (compiled, for Dovecot) and each
# message synced, and beside the floor with as many writers: messages of 10 KB into MAILBOXES
# mailboxes by 1, 4, 16 and 64 connections. CONNECTIONS=, BATCH= and ROUNDS= for less.
set -eu
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$(readlink -f "$0")")/lib.sh"
# shellcheck source-path=SCRIPTDIR
. tests/bench/sites.sh
CONNECTIONS=${CONNECTIONS:-1 4 16 64}
MAILBOXES=${MAILBOXES:-1000}
BATCH=${BATCH:-600}
ROUNDS=${ROUNDS:-3}

stop()
{
	[ -z "${server:-}" ] || kill "$server"
	[ ! -e "$work/run/master.pid" ] || doveadm -c "$work/dovecot.conf" stop
	wait
	rm -rf "$work"
}
trap stop EXIT

# wait_for_socket PATH
wait_for_socket()
{
	local i
	for ((i = 0; i < 100; i++)); do
		[ ! -S "$1" ] || return 0
		sleep 0.1
	done
	cat "$work/dovecot.log" "$work/server.out" >&2
	exit 1
}

sieve_rules > "$work/rules.sieve"
mda_site lmtp "scripts_before = { \"$work/rules.sieve\" }" "lmtp_listen = { \"$work/lmtp.sock\" }" \
	"lmtp_status = \"$work/status\"" "lmtp_workers = $(nproc)"
(cd "$work/lmtp/example.com" && seq 0 $((MAILBOXES - 1)) | xargs mkdir)
"$BUILD/mda-lmtpd" -c "$work/lmtp/mda.conf" > "$work/server.out" 2>&1 &
server=$!
wait_for_socket "$work/lmtp.sock"
printf 'mda-lmtpd, 20 rules\t%s\t%s\n' "$work/lmtp/example.com" "$work/lmtp.sock" > "$work/plan"

# Dovecot as an account without rights, each of its services as that account.
dovecot_lmtp_conf()
{
	local me=65534
	me=$(id -un)
	cat <<-END
		base_dir = $work/run
		state_dir = $work/run
		log_path = $work/dovecot.log
		ssl = no
		protocols = lmtp
		default_login_user = $me
		default_internal_user = $me
		default_internal_group = $(id -gn)
		first_valid_uid = 1
		first_valid_gid = 1
		hostname = bench.example.com
		postmaster_address = postmaster@example.com
		mail_location = maildir:~/Maildir
		mail_fsync = always
		lda_mailbox_autocreate = yes
		passdb {
		  driver = static
		  args = nopassword=y
		}
		userdb {
		  driver = static
		  args = uid=$(id -u) gid=$(id -g) home=$work/dovecot/%n
		}
		service anvil {
		  chroot =
		}
		service stats {
		  chroot =
		}
		service lmtp {
		  chroot =
		  user = $me
		  process_limit = 100
		  client_limit = 1
		  unix_listener $work/dovecot.sock {
		    mode = 0600
		  }
		}
		protocol lmtp {
		  mail_plugins = sieve
		}
		plugin {
		  sieve_before = $work/dovecot.sieve
		}
	END
}

if [ -x /usr/lib/dovecot/lmtp ] && dovecot --version | grep -q '^2\.3'; then
	mkdir "$work/dovecot"
	(cd "$work/dovecot" && seq 0 $((MAILBOXES - 1)) | xargs mkdir)
	dovecot_lmtp_conf > "$work/dovecot.conf"
	cp "$work/rules.sieve" "$work/dovecot.sieve"
	sievec -c "$work/dovecot.conf" "$work/dovecot.sieve"
	dovecot -c "$work/dovecot.conf" > "$work/server.out" 2>&1 || { cat "$work/server.out" "$work/dovecot.log" >&2; exit 1; }
	wait_for_socket "$work/dovecot.sock"
	printf 'Dovecot LMTP, 20 rules compiled\t%s\t%s\n' "$work/dovecot" "$work/dovecot.sock" >> "$work/plan"
else
	echo "Dovecot's LMTP server (2.3) is not installed, so it is left out" >&2
fi

# floor_plan_of_many: anew for each number of writers
floor_plan_of_many()
{
	rm -rf "$work/floor"
	mkdir "$work/floor"
	(cd "$work/floor" && seq 0 $((MAILBOXES - 1)) |
		awk '{ print $1 "/tmp"; print $1 "/new"; print $1 "/cur" }' | xargs mkdir -p)
	plan floor "$work/floor" "$BUILD/tests/bench/floor" "$work/floor/{}" "$work/floor/{}/database"
}

for n in $CONNECTIONS; do
	echo "$n connections into $MAILBOXES mailboxes, $ROUNDS rounds of $BATCH messages of 10000 bytes, $(nproc) processors," \
		"on $(stat -f -c %T "$work")"
	floor_plan_of_many > "$work/floor.plan"
	quietly "$BUILD/tests/bench/writers" "$n" "$MAILBOXES" "$BATCH" "$ROUNDS" 10000 floor < "$work/floor.plan"
	quietly "$BUILD/tests/bench/lmtp" "$n" "$MAILBOXES" "$BATCH" "$ROUNDS" 10000 < "$work/plan"
	echo
done
# What each delivery takes in its processes (itself, its judge, and the question before it) and in the backs: page faults, and
# processor time. With one account for all, and no kills, that is two processes a delivery.
costs()
{
	local worker tick stat
	tick=$(getconf CLK_TCK)
	for worker in $(pgrep -P "$server"); do
		stat=$(sed 's/.*) //' "/proc/$worker/stat")
		cut -d ' ' -f 8,9,12-15 <<< "$stat"
	done > "$work/costs"
	awk -v tick="$tick" '
		NR == FNR { own += $1; faults += $2; own_ticks += $3 + $4; ticks += $5 + $6; next }
		/^mda_lmtp_delivery_seconds_count/ {
			printf "page faults a delivery: %.0f in its processes, %.0f in the worker\n", faults / $2, own / $2
			us = 1000000 / tick / $2
			printf "processor time a delivery: %.0f us in its processes, %.0f us in the worker\n", ticks * us, own_ticks * us
		}' "$work/costs" -
}

"$BUILD/mda-lmtpd" -c "$work/lmtp/mda.conf" --status | costs
"$BUILD/mda-lmtpd" -c "$work/lmtp/mda.conf" --status | grep -E '^mda_lmtp_(deliveries_total|stage|delivery_seconds_(sum|count))'
uids_given "$work/lmtp/mda.conf" --all
