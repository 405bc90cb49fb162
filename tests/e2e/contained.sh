#!/bin/bash
# A test leaves no process and no directory behind, however it ends: its servers go with it, whatever session they are in and
# however often they forked. The test that is ended here has a slapd, which makes a daemon of itself, and a daemon with a child.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

if ! is_root || [ ! -x /usr/sbin/slapd ]; then
	skip "what a killed test leaves behind" "it needs root and slapd"
	done_testing
	exit 0
fi

# tests/run finds unit tests in $BUILD; this one is a script, under the name of one that there is.
mkdir -p "$work/build/tests/unit"
victim=$work/build/tests/unit/test_idn
cat > "$victim" << SCRIPT
#!/bin/bash
BUILD=$build
. tests/e2e/lib.sh
. tests/e2e/lib-databases.sh
echo "\$work" > "$work/place"
[ -z "\${STUBBORN:-}" ] || trap '' TERM
start_slapd < /dev/null
setsid bash -c 'setsid bash -c "sleep 987 & echo \\\$! \\\$\\\$ > $work/sleepers; exec sleep 988" &' &
wait_for 60 test -s "$work/sleepers"
cat "\$ldap_dir/pid" "$work/sleepers" > "$work/servers"
echo \$\$ > "$work/victim"
[ -n "\${ENDS:-}" ] || sleep 1000
kill -9 \$\$
SCRIPT
chmod +x "$victim"

# lives PID...: one of them does
lives()
{
	local pid state
	for pid in "$@"; do
		state=$(grep '^State:' "/proc/$pid/status" 2> /dev/null) # it may end meanwhile
		[ -z "$state" ] || [[ $state == *Z* ]] || return 0
	done
	return 1
}

alive()
{
	# shellcheck disable=SC2046 # several
	lives $(cat "$work/servers" "$work/victim")
}

# started COMMAND...: runs it in the background until its servers are there; sets $started
started()
{
	rm -f "$work/servers" "$work/sleepers" "$work/victim"
	env -u TEST_CONTAINED "$@" > "$work/started" 2>&1 < /dev/null &
	started=$!
	wait_for "$patience" test -s "$work/victim" && [ "$(wc -w < "$work/servers")" -eq 3 ] && [ -d "$(cat "$work/place")/bin" ] && return
	cat "$work/started"
	return 1
}

# A test that is told to end removes its directory itself, before its servers are killed.
nothing_is_left()
{
	[ ! -e "$(cat "$work/place")" ] && not alive
}

# ended COMMAND...: after it nothing of the test is left
ended()
{
	alive && "$@" && wait_for "$patience" nothing_is_left && { wait "$started" || true; }
}

kill_victim()
{
	kill -9 "$(cat "$work/victim")"
}

cp -R "$build/tests/contain" "$work/build/tests/"
while IFS='|' read -r name settings how command; do
	# shellcheck disable=SC2086 # there may be several, or none
	ok "$name: its servers are there" started env BUILD="$work/build" $settings $command
	ok "$name: nothing is left" ended eval "$how"
done << END
the script is killed||kill_victim|tests/run unit/idn
tests/run is told to end, and the script will not|STUBBORN=yes|kill -TERM \$started|tests/run unit/idn
tests/run is killed||kill -9 \$started|tests/run unit/idn
alone, the script is killed||kill_victim|$victim
alone, what the caller sees is killed||kill -9 \$started|$victim
END

# ---- the guard itself ----

contain()
{
	local status=0
	"$build/tests/contain" "$@" > "$work/contained" 2>&1 || status=$?
	echo $status
}

# shellcheck disable=SC2016 # the inner shell's
{
	ok "its status is the test's" is "$(contain 0 sh -c 'exit 7')" 7
	ok "... also for a signal" is "$(contain 0 sh -c 'kill -9 $$')" 137
	ok "... and when its time is over" is "$(contain 3 sh -c "sleep 1000 & echo \$! > $work/begun; exec sleep 1000")" 124
	ok "... what has begun by then does not go on" not lives "$(cat "$work/begun")"
	ok "no such command" is "$(contain 0 "$work/nothing")" 127
	ok "a wrong number" is "$(contain 1x true)" 125
	ok "a test may be sent SIGINT" is "$(trap '' INT; contain 0 sh -c 'kill -INT $$; exit 3')" 130
	ok "what a test has left does not change its status" is "$(contain 0 sh -c 'setsid sleep 1000 & exit 0')" 0
	ok "... but is named" has "$work/contained" '^# left behind, and killed: s(leep|etsid|h) '
	mkdir "$work/above"
	use_place='rmdir "$TEST_PLACE" && mkdir -p "$TEST_PLACE/a/b" && chmod 0 "$TEST_PLACE/a" && echo "$TEST_PLACE"'
	ok "a test is given an empty directory" is "$(TMPDIR=$work/above contain 0 sh -c "$use_place")" 0
	ok "... where TMPDIR says" has "$work/contained" "^$work/above/mda-e2e[.]......$"
	ok "... which goes with what is in it" not test -e "$(cat "$work/contained")"
	ok "... also when the test has removed it" is "$(TMPDIR=$work/above contain 0 sh -c 'rmdir "$TEST_PLACE"'; ls -A "$work/above")" 0
}
done_testing
