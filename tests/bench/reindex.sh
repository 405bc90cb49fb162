#!/bin/bash
# mda-reindex on a folder with a million messages, and find on the same files, in turns: wall times
# (median of ROUNDS), their ratios, and the peak of memory. MESSAGES= for a smaller folder.
set -eu
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$(readlink -f "$0")")/lib.sh"
messages=${MESSAGES:-1000000}
rounds=${ROUNDS:-3}
box=$work/Maildir

# Makes files of 24 bytes, as fast as the file system can.
python3 - "$box" "$messages" << 'END'
import os, sys
box, count = sys.argv[1], int(sys.argv[2])
for part in "new", "cur", "tmp":
    os.makedirs(f"{box}/{part}")
directory = os.open(f"{box}/cur", os.O_RDONLY)
for i in range(count):
    fd = os.open(f"{1700000000 + i}.M{i % 1000000:06d}P1Q1.bench,S=24,W=27:2,S", os.O_WRONLY | os.O_CREAT, 0o600, dir_fd=directory)
    os.write(fd, b"Subject: %07d\n\nx\n" % i)
    os.close(fd)
END

# measure NAME COMMAND...: appends "seconds kilobytes" to the file NAME
measure()
{
	local name=$1
	shift
	python3 - "$work/$name" "$@" << 'END'
import os, resource, subprocess, sys, time
start = time.monotonic()
status = subprocess.run(sys.argv[2:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode
took = time.monotonic() - start
memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
if status:
    sys.exit("%s ended with %d" % (" ".join(sys.argv[2:]), status))
with open(sys.argv[1], "a") as f:
    f.write("%.3f %d\n" % (took, memory))
END
}

# The database is lost, and there is no other file of UIDs: everything is made from nothing.
repair_from_nothing()
{
	rm -rf "$work/.Maildir.mda" "$box/mda-uids"
	measure repair "$BUILD/mda-reindex" repair "$box"
}

# The first look at the files reads them from the disk, whichever program comes first.
find "$box" -type f -printf x > "$work/found"
for _ in $(seq "$rounds"); do
	measure find find "$box" -type f -printf x
	repair_from_nothing
	measure check "$BUILD/mda-reindex" check "$box"
done

middle()
{
	sort -n "$work/$1" | awk '{ v[NR] = $1; if ($2 > m) m = $2 } END { print v[int((NR + 1) / 2)], int(m / 1024) }'
}

all_done "messages with a UID" "$("$BUILD/mda-reindex" export "$box" | grep -c '\.bench')" "$messages"

read -r find_time _ < <(middle find)
read -r check_time check_memory < <(middle check)
read -r repair_time repair_memory < <(middle repair)
awk -v n="$messages" -v f="$find_time" -v c="$check_time" -v cm="$check_memory" -v r="$repair_time" -v rm="$repair_memory" 'BEGIN {
	printf "%d messages in one folder\n", n
	printf "  %-34s %6.2f s\n", "find DIR -type f -printf x", f
	printf "  %-34s %6.2f s  %4.1f x find (goal: 3)  %3d MB (goal: 300)\n", "mda-reindex check", c, c / f, cm
	printf "  %-34s %6.2f s  %4.1f x find (goal: 8)  %3d MB (goal: 300)\n", "mda-reindex repair, from nothing", r, r / f, rm
}'
