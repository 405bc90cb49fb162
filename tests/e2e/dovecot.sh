#!/bin/bash
# A real Dovecot, started by the test, serves the mailbox that mda delivers into. After every
# step, IMAP clients see the UIDs of the UID database. STEPS= and SEED= choose how many steps and
# which.

# The test runs in a PID namespace of its own. Otherwise the number of a killed delivery may soon be
# another process's, and Dovecot would wait for that process to release the lock.
if [ -z "${MDA_OWN_PIDS:-}" ] && unshare --pid --fork --mount-proc true 2> /dev/null; then
	MDA_OWN_PIDS=1 exec unshare --pid --fork --kill-child --mount-proc "$0" "$@"
fi

# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib-dovecot.sh"

needs_dovecot "Dovecot"
steps=${STEPS:-1000}
[ -z "${THIN:-}" ] || steps=${STEPS:-300}
[ -z "${SAN:-}" ] || steps=${STEPS:-150}
seed=${SEED:-$((RANDOM * 32768 + RANDOM))}
home=$work/vhosts/a.test/bob
imap_user=bob@a.test
maildir=$home/Maildir
imap_steps=$bin/imap_steps

# Everything is done as the owner of the mailbox.
as_bob()
{
	setpriv --reuid "${owner%:*}" --regid "${owner#*:}" --clear-groups env HOME="$home" "$@"
}

mda_arguments=("$bin/mda" -c "$work/etc/mda.conf" -d bob@a.test -f a@outside.test)

run_steps()
{
	as_bob "$imap_steps" run "$imap_port" bob "$maildir" "$1" "$2" "${mda_arguments[@]}" > "$work/steps" 2>&1
	local status=$?
	comment < "$work/steps" >&3
	[ "$status" -eq 0 ] && return
	tail -n 5 "$work/log" "$work/dovecot.log"
	echo "to repeat: SEED=$seed STEPS=$steps tests/e2e/dovecot.sh"
	return 1
}

list()
{
	"$imap_steps" list "$imap_port" bob "$maildir"
}

deliver()
{
	simple_message "serial-$1" | sed 's/^Subject: test /Subject: /' | as_bob "${mda_arguments[@]}" -m "$2"
}

# A field of the test's own says which flags a message is to have.
script()
{
	local flag
	echo 'require "imap4flags";'
	for flag in '\\Answered' '\\Draft' '\\Flagged' '\\Seen' "\$External" "\$Label1" word; do
		echo "if header :contains \"X-Flags\" \" $flag\" { addflag \"$flag\"; }"
	done
}

set_up()
{
	set_up_vhosts
	cp "$build/tests/e2e/imap_steps" "$bin/"
	script > "$work/etc/flags.sieve"
	printf 'imap_server = dovecot\nscripts_after = "%s"\n' "$work/etc/flags.sieve" >> "$work/etc/mda.conf"
	sed -i 's/^virtual_user = .*/virtual_user = ""/' "$work/etc/mda.conf"
	mkdir -p "$home"
	: > "$work/given" && chown "$owner" "$work/given" && export GIVEN=$work/given
	chown "$owner" "$home"
	chmod 755 "$work"
	start_dovecot < /dev/null
}

# Is this complaint about a message that a client copied within its folder? (imap_steps.c says
# more.)
is_dovecots_own()
{
	local duplicate='/dovecot-uidlist: Duplicate file entry at line [0-9]+: (.*) \(uid ([0-9]+) -> ([0-9]+)\)'
	[[ $1 =~ $duplicate ]] && [ "${BASH_REMATCH[2]}" -lt "${BASH_REMATCH[3]}" ] &&
		grep -qxF -- "${BASH_REMATCH[1]}" "$home/copied"
}

# Complaints in Dovecot's log about the files that we share with it. That the machine is slow does
# not matter.
no_complaints()
{
	local line status=0
	while read -r line; do
		is_dovecots_own "$line" && continue
		echo "$line"
		status=1
	done < <(grep -aE 'Warning|Error|Panic|Fatal|Corrupted|uidlist' "$work/dovecot.log" |
		grep -avE 'Warning: .* (took|was locked for) [0-9]+ seconds')
	return $status
}

# What an accident destroys while the server is down.
lose_server_files()
{
	find "$maildir" -name 'dovecot*' ! -name dovecot-keywords -type f -delete
}

lose_database()
{
	rm -r "$home/.Maildir.mda"
}

lose_all()
{
	lose_server_files && lose_database
}

lose_all_and_the_backup()
{
	lose_all && find "$maildir" -name mda-uids -delete
}

reindex()
{
	as_bob "$bin/mda-reindex" "$@" "$maildir" > "$work/reindex" 2>&1
}

# Three deliveries restore three folders.
next_delivery()
{
	serial=$((${serial:-0} + 3))
	deliver "$serial" INBOX && deliver "$((serial + 1))" Work && deliver "$((serial + 2))" Lists/C
}

# Drops the messages of next_delivery(), whose serial numbers are below all others.
without_fresh()
{
	grep -vE ' [0-9]{1,3}$' "$1"
}

# Drops the folders that had no message: a folder without a known UID may start again.
of_messages()
{
	without_fresh "$1" | awk 'NR == FNR { if (/^[A-Z]/) f = $1; else has[f] = 1; next }
		/^[A-Z]/ { shown = has[$1] } shown' <(without_fresh "$work/before") -
}

# Folders that are made in quick succession get UIDVALIDITYs that run ahead of the clock. When
# everything is lost, nobody knows those of folders that are gone or had no message, and so no text
# copy. Then the clock counts.
clock_is_ahead()
{
	local largest
	largest=$(awk '/^[A-Z]/ && $2 > n { n = $2 } END { print n + 0 }' "$work/before")
	while [ "$(date +%s)" -le "$largest" ]; do sleep 0.2; done
}

# accident LOSS CURE: clients see the same UIDVALIDITY and UIDs after the cure
accident()
{
	list > "$work/before" && stop_dovecot && "$1" && clock_is_ahead && "${@:2}" && run_dovecot && list > "$work/after" || return
	diff <(of_messages "$work/before") <(of_messages "$work/after") || return
	reindex check --imap-server=dovecot || { cat "$work/reindex"; return 1; }
}

# The number of folders with messages in the list.
with_messages()
{
	awk '/^[A-Z]/ { f = $1; next } !seen[f]++ { n++ } END { print n + 0 }' "$1"
}

# Nobody knows the UIDs any more: there is a new and larger UIDVALIDITY, and the log says so.
everything_lost()
{
	list > "$work/before" && stop_dovecot && lose_all_and_the_backup && clock_is_ahead && next_delivery && run_dovecot &&
		list > "$work/after" || return
	local folder validity
	while read -r folder validity; do
		[ "$validity" -gt "$(awk -v f="$folder" '$1 == f { print $2 }' "$work/before")" ] || { echo "$folder: $validity"; return 1; }
	done < <(grep '^[A-Z]' "$work/after")
	diff <(without_fresh "$work/before" | awk '/^[A-Z]/ { f = $1; next } { print f, $2 }' | sort) \
		<(without_fresh "$work/after" | awk '/^[A-Z]/ { f = $1; next } { print f, $2 }' | sort) &&
		is "$(grep -c 'no UIDs were known for its .* IMAP clients will fetch them again' "$work/log")" "$(with_messages "$work/before")"
}

# Two minutes after the server died with its lock, or at once if its process is gone.
dead_lock()
{
	sh -c 'echo $$' > "$work/pid"
	printf '%s:%s' "$(cat "$work/pid")" "$(hostname)" > "$maildir/dovecot-uidlist.lock"
	chown "$owner" "$maildir/dovecot-uidlist.lock"
	deliver 999 INBOX && [ ! -e "$maildir/dovecot-uidlist.lock" ]
}

# Through all accidents of the test, clients saw one message under each UID and UIDVALIDITY, by its
# Message-ID.
seen_by_clients()
{
	local most=$((steps / 2))
	awk '{ key = $1 " " $2 " " $3 } key in id && id[key] != $4 { print key ": " id[key] " and " $4; bad = 1 } { id[key] = $4 }
		END { exit bad }' "$work/given" || return
	[ "$(wc -l < "$work/given")" -ge "$most" ] && return
	echo "only $(wc -l < "$work/given") were seen"
	return 1
}

exec 3>&1
ok "Dovecot starts" set_up
ok "$steps random steps: IMAP and the UID database agree after each" run_steps "$steps" "$seed"
ok "Dovecot does not complain" no_complaints
ok "Dovecot's files are lost: mda-reindex brings them back" accident lose_server_files reindex repair --imap-server=dovecot
ok "50 more steps" run_steps 50 $((seed + 1))
ok "Dovecot's files are lost: the next delivery brings them back" accident lose_server_files next_delivery
ok "the UID database is lost: mda-reindex takes Dovecot's" accident lose_database reindex repair --imap-server=dovecot
ok "the UID database is lost: the next delivery takes Dovecot's" accident lose_database next_delivery
ok "50 more steps" run_steps 50 $((seed + 2))
ok "both are lost: mda-reindex takes the backup" accident lose_all reindex repair --imap-server=dovecot
ok "both are lost: the next delivery takes the backup" accident lose_all next_delivery
ok "50 more steps" run_steps 50 $((seed + 3))
ok "the backup is lost as well: a larger UIDVALIDITY, and it is said" everything_lost
ok "50 more steps" run_steps 50 $((seed + 4))
ok "a lock whose owner is gone does not stop a delivery" dead_lock
ok "no UID ever meant two messages to a client" seen_by_clients
done_testing
