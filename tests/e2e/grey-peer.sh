#!/bin/bash
# mda-greyd beside a real postgrey, both with a clock that the test sets: the table of events of
# tests/unit/grey_events, and events by chance, have the same answers at the same times.
# shellcheck source-path=SCRIPTDIR disable=SC2034
. "$(dirname "$0")/lib.sh"
. tests/e2e/lib-grey.sh

beside=$PWD/build/beside
if [ ! -x "$beside/postgrey/usr/sbin/postgrey" ] || [ ! -d "$beside/libio-multiplex-perl" ]; then
	skip "beside postgrey" "needs the packages postgrey and libio-multiplex-perl, which tests/deps unpacks"
	done_testing
	exit
fi
if [ -n "${SAN:-}" ]; then
	skip "beside postgrey" "a sanitizer wants to be loaded before the clock"
	done_testing
	exit
fi

set_up_grey
echo 'grey_contacts = no' >> "$conf"
peer_port=$(free_port)
mkdir "$work/peer"
: > "$work/peer/none"

# The time of both: seconds since 1970 in a file, as 11 digits.
echo 01767571200 > "$work/clock"
chmod 644 "$work/clock"
cat > "$work/clock.c" << 'END'
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
time_t time(time_t *to)
{
	char text[12] = "";
	int fd = open(CLOCK, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || pread(fd, text, 11, 0) != 11)
		abort();
	close(fd);
	time_t now = atoll(text);
	if (to)
		*to = now;
	return now;
}
END
ok "the clock" "${CC:-cc}" -shared -fPIC "-DCLOCK=\"$work/clock\"" -o "$work/clock.so" "$work/clock.c"

# faked COMMAND...: with this clock
faked()
{
	TZ=UTC LD_PRELOAD=$work/clock.so "$@"
}

start_peer()
{
	local -a includes
	mapfile -t includes < <(find "$beside/postgrey" "$beside/libio-multiplex-perl" -type d \( -path '*/share/perl5' -o -path '*/perl5/5.[0-9]*' \) \
		-not -path '*/perl5/5.*/*' -printf '-I%p\n')
	faked perl -T "${includes[@]}" "$beside/postgrey/usr/sbin/postgrey" --inet="127.0.0.1:$peer_port" --dbdir="$work/peer" \
		--user="$(id -un)" --group="$(id -gn)" --hostname=mx.l.test --whitelist-clients="$work/peer/none" \
		--whitelist-recipients="$work/peer/none" > "$work/peer.out" 2>&1 &
	peer_pid=$!
	wait_for "$patience" peer_answers || { cat "$work/peer.out"; return 1; }
}
peer_answers()
{
	(exec 3<> "/dev/tcp/127.0.0.1/$peer_port") 2> /dev/null
}
stop_peer()
{
	kill "$peer_pid"
}
on_exit stop_peer
on_exit stop_grey
start_ours()
{
	faked "$bin/mda-greyd" -c "$conf" > "$work/grey.out" 2>&1 &
	grey_pid=$!
	wait_for "$patience" grey_answers || { cat "$work/grey.out"; return 1; }
}
ok "postgrey starts" start_peer
ok "mda-greyd starts" start_ours

events()
{
	timeout 300 python3 tests/e2e/grey_peer.py "$work/clock" "$peer_port" "$grey_port" "$@"
}
ok "the table of events" events table tests/unit/grey_events
cat "$work/said"
for seed in 1 2; do
	ok "530 events by chance, seed $seed" events chance $seed 530
	comment < "$work/said"
done
done_testing
