#!/bin/bash
# quota_warnings: programs that run once when a mailbox fills or has room again, beside the real
# dovecot-lda; and after a kill at each step.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib-dovecot.sh"

set_up_vhosts
conf=$work/etc/mda.conf
home=$work/vhosts/a.test/ann
box=$home/Maildir
told=$work/told
programs=$work/programs
mkdir -p "$programs" "$told" && chmod 755 "$programs" && chmod 777 "$told"
cat > "$programs/warn" << END
#!/bin/sh
sleep \${SLOW:-0}
echo "\$* \$QUOTA_CROSSED \$QUOTA_PERCENT \$USER \$RECIPIENT \$(id -u) \$HOME \$((QUOTA_BYTES <= QUOTA_BYTES_LIMIT || QUOTA_BYTES_LIMIT == 0))" > "$told/\${USER:-ann@a.test}-\$\$"
END
printf '#!/bin/sh\necho oops >&2\nexit 3\n' > "$programs/fail"
printf '#!/bin/sh\ntouch "%s/begun"\nsleep 600\n' "$told" > "$programs/hang"
chmod 755 "$programs"/*
cat >> "$conf" << END
quota = 100000
programs_seconds = $patience
quota_warnings = { "80% $programs/warn up80 %u", "95% $programs/warn up95 %n", "100% $programs/warn up100", "-100% $programs/warn down100" }
END

# set_to VALUE: another configuration, $other
set_to()
{
	other=$work/etc/other.conf
	grep -v '^quota_warnings' "$conf" > "$other"
	echo "quota_warnings = { \"$1\" }" >> "$other"
}

# message BYTES: the file of the Maildir has about so many
message()
{
	number=$((${number:-0} + 1))
	echo "Received: from b.test by a.test with SMTP id $number; Sat, 28 Nov 2026 10:00:00 +0000"
	simple_message "$number"
	head -c "$1" /dev/zero | tr '\0' 'x' | fold -w 70
}

# fill STATUS BYTES [OPTION...]
fill()
{
	local expected=$1
	message "$2" > "$work/message"
	shift 2
	attempt -c "${other:-$conf}" -d ann@a.test -f bob@b.test "$@" < "$work/message"
	other=
	is "$status" "$expected" || { cat "$work/out" "$work/err"; return 1; }
}

runs()
{
	cat "$told"/ann@* 2> /dev/null | cut -d' ' -f1 | sort | tr '\n' ' '
}

# told WORD...: exactly these programs have run since the last time. What runs too often needs a
# moment to be seen: the next row would count it.
told()
{
	local expected
	expected=$(printf '%s\n' "$@" | sort | grep . | tr '\n' ' ')
	[ -z "$expected" ] || wait_for "$patience" eval '[ "$(runs)" = "$expected" ]' || { runs; return 1; }
	[ -n "$expected" ] || sleep 0.3
	is "$(runs)" "$expected" && rm -f "$told"/ann@*
}

anew()
{
	rm -rf "$home" "$told"/ann@* && mkdir -p "$home" && chown "$owner" "$home"
}

anew
ok "half full: nothing" eval 'fill 0 50000 && told'
ok "81 %: the program of 80 %" eval 'fill 0 30000 && told up80'
ok "... once" eval 'fill 0 2000 && told'
ok "... and the log says so" has "$work/log" 'at 80% of its quota: warn was started'
ok "96 %: that of 95 %" eval 'fill 0 11000 && told up95'
ok "no room: that of 100 %, and the MTA tries again" eval 'fill 75 30000 && told up100'
ok "... once, whatever comes" eval 'fill 75 30000 && fill 75 20000 && fill 0 300 && told'
rm "$(messages "$box" | xargs ls -S | head -n 1)" "$box/maildirsize"
ok "there is room again: that of below 100 %" eval 'fill 0 300 && told down100'
ok "... once" eval 'fill 0 300 && told'
ok "... and 80 % is reached anew" eval 'fill 0 40000 && told up80'
anew
ok "80 and 95 % at once: only the higher" eval 'fill 0 96500 && told up95'
anew
ok "messages count, too" eval 'for i in 1 2 3; do fill 0 10 -o quota_messages=5 || break; done; told && fill 0 10 -o quota_messages=5 && told up80 && fill 0 10 -o quota_messages=5 && told up100'
anew
only="messages=50% $programs/warn many"
ok "... alone" eval 'set_to "$only" && fill 0 90000 -o quota_messages=4 && told && set_to "$only" && fill 0 1 -o quota_messages=4 && told many'
anew
ok "Trash does not count" eval 'fill 0 90000 -m Trash && told'
ok "what the program gets" eval 'fill 0 82000 && wait_for $patience eval "[ -n \"\$(runs)\" ]" && is "$(cat "$told"/ann@*)" "up80 ann@a.test above 80 ann@a.test ann@a.test ${owner%:*} $home 1"'

# ---- the example ----

mkdir -p "$work/example" && chmod 755 "$work/example"
sed "s|\${MDA:-mda}|$bin/mda -c $conf|" examples/quota/quota-warning > "$work/example/quota-warning"
chmod 755 "$work/example/quota-warning"
warned()
{
	messages "$box" | xargs grep -la "^Subject: $1"
}
anew
if [ -n "${SAN:-}" ]; then
	skip "the example leaves a message in a full mailbox" "a sanitized mda cannot start with the limit of a program's memory"
else
	ok "the example leaves a message in a full mailbox" eval 'set_to "100% $work/example/quota-warning 100 %u" && fill 0 90000 && set_to "100% $work/example/quota-warning 100 %u" && fill 75 20000 &&
		wait_for $patience warned "Your mailbox is 100% full" && has "$(warned Your)" "^It holds 9[0-9]* bytes in 1 messages"'
fi

# ---- it does no harm ----

anew
ok "a program that hangs delays nothing" eval 'set_to "80% $programs/hang" && fill 0 82000 && wait_for $patience test -e "$told/begun"'
anew
ok "a program that fails: a note" eval 'set_to "80% $programs/fail" && fill 0 82000 && wait_for $patience has "$work/log" "fail.*ended with status 3: oops"'
anew
ok "no such program: a note" eval 'set_to "80% $programs/none" && fill 0 82000 && wait_for $patience has "$work/log" "there is no program .*none"'
chmod 777 "$programs/fail"
anew
ok "others can write to it: it is not run" eval 'set_to "80% $programs/fail" && fill 0 82000 && wait_for $patience has "$work/log" "fail is not used: others than its owner"'
for wrong in "80 $programs/warn" "0% $programs/warn" "80% warn" "80%" "80% $programs/warn %z" "disk=80% $programs/warn"; do
	ok "not a warning: $wrong" eval 'set_to "$wrong" && fill 75 1 && has "$work/err" quota_warnings'
done

# ---- at the same time, and killed ----

at_once()
{
	local i
	anew && fill 0 70000 || return
	for i in 1 2 3 4 5 6; do
		message 3000 > "$work/at-once.$i"
		"$bin/mda" -c "$conf" -d ann@a.test -f bob@b.test < "$work/at-once.$i" > "$work/at-once.out.$i" 2>&1 &
	done
	wait
	is "$(message_count "$box")" 7 && told up80
}
ok "six deliveries at once: one program" at_once

# runs_of USER: how often the program of 80 % has run for this user
runs_of()
{
	cat "$told/$1@a.test-"* 2> /dev/null | grep -c '^up80 '
}

# Each time for another user, so that no program of the last time counts. If the process is killed
# between the start of the program and the note of it, the retry starts it again.
killed()
{
	local call n kills=0 tries=0 step=1 user
	local users=()
	[ -z "${THIN:-}" ] || step=4
	anew && fill 0 70000 && rm -rf "$work/scene" && cp -a "$home" "$work/scene" || return
	for call in openat pwrite64 renameat renameat2 fdatasync fsync unlinkat clone wait4 close; do
		for ((n = 1; n < 200; n += step)); do
			user=u$((tries++))
			cp -a "$work/scene" "$work/vhosts/a.test/$user"
			message 12000 > "$work/message"
			under_strace -qq -o /dev/null -e trace="$call" -e inject="$call:signal=KILL:when=$n" \
				"$bin/mda" -c "$conf" -d "$user@a.test" -f bob@b.test < "$work/message" > "$work/out" 2>&1 && break
			kills=$((kills + 1))
			users+=("$user")
			case $call in openat | close | pwrite64) n=$((n + 6)) ;; esac
			attempt -c "$conf" -d "$user@a.test" -f bob@b.test < "$work/message"
			is "$status" 0 && is "$(message_count "$work/vhosts/a.test/$user")" 2 || { echo "after $call $n"; return 1; }
		done
	done 2> /dev/null
	for user in "${users[@]}"; do
		wait_for "$patience" eval "[ \$(runs_of $user) -gt 0 ]" || { echo "no program for $user"; return 1; }
	done
	sleep 0.5
	for user in "${users[@]}"; do runs_of "$user"; done | sort | uniq -c > "$work/often"
	[ "$kills" -gt 20 ] && not has "$work/often" ' [0-9]?[03-9]$' && [ "$(awk '$2 == 2 { print $1 }' "$work/often" | grep . || echo 0)" -le 4 ] ||
		{ cat "$work/often"; return 1; }
}
if command -v strace > /dev/null; then
	ok "killed at each step: the retry stores the message once and the program runs" killed
else
	skip "killed at each step" "needs strace"
fi

# ---- as dovecot-lda does it ----

beside_dovecot()
{
	is_dovecot_2_3 || return 0
	{
		dovecot_settings
		echo 'mail_plugins = quota'
		printf 'plugin {\n  quota = maildir:User\n  quota_rule = *:bytes=100000\n  quota_grace = 0\n'
		echo "  quota_warning = storage=95%% warn up95"
		echo "  quota_warning2 = storage=80%% warn up80"
		echo '}'
		printf 'service warn {\n  executable = script %s\n  unix_listener warn {\n    mode = 0666\n  }\n}\n' "$programs/warn"
	} > "$work/dovecot.conf"
	dovecot -c "$work/dovecot.conf" || return
	on_exit stop_dovecot
}

# each_size PROGRAM...: what runs for each of these sizes in turn
each_size()
{
	local size
	anew
	for size in 50000 29000 2500 2000 10000 3000; do
		message "$size" > "$work/message"
		"$@" < "$work/message" > "$work/out" 2>&1 || { cat "$work/out"; return 1; }
		sleep 0.5
		printf '%s: %s\n' "$size" "$(runs)"
		rm -f "$told"/ann@*
	done
}
if has_dovecot "the same beside dovecot-lda" && is_dovecot_2_3; then
	mkdir -p "$work/run" && : > "$work/dovecot.log" && chmod 666 "$work/dovecot.log"
	ok "a Dovecot with quota_warning" beside_dovecot
	each_size as_owner "$lda" -c "$work/dovecot.conf" -d ann@a.test -f bob@b.test > "$work/by-lda"
	each_size "$bin/mda" -c "$conf" -d ann@a.test -f bob@b.test > "$work/by-mda"
	ok "the same deliveries run the same programs" eval 'is "$(cat "$work/by-mda")" "$(cat "$work/by-lda")" && has "$work/by-lda" up80 && has "$work/by-lda" up95'
fi
done_testing
