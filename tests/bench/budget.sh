#!/bin/bash
# Counts what one delivery takes, by mda and the child that judges: instructions, system calls, page
# faults and private memory. Prints it in the form of the file tests/bench/budget. With --check it
# compares the result with that file, and fails if a delivery takes over 3 % more instructions or
# system calls. Counts do not need a quiet machine.
set -eu
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$(readlink -f "$0")")/lib.sh"
# shellcheck source-path=SCRIPTDIR
. tests/bench/sites.sh
budget=tests/bench/budget
bench=$BUILD/tests/bench

# The C library chooses functions by the processor; this makes it choose the same ones everywhere.
export GLIBC_TUNABLES=glibc.cpu.hwcaps=-AVX2,-AVX512F,-AVX512VL,-AVX512BW,-ERMS,-FSRM

# The loader reads the whole environment.
bare=(env -i "PATH=$PATH" "GLIBC_TUNABLES=$GLIBC_TUNABLES")

number=0

# message SIZE: writes a message that is like no other to $work/message
message()
{
	number=$((number + 1))
	{
		printf 'Received: from client.outside.test by mx.example.com id %s%04d;\n\tMon, 2 Nov 2026 10:00:00 +0000\n' ABCDEF "$number"
		printf 'From: Alice <alice@outside.test>\nTo: Bob <bob@example.com>\nSubject: Minutes of the meeting\n'
		printf 'Message-ID: <%04d@outside.test>\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n\n' "$number"
		yes 'A line of some sixty characters, such as there are in mail.' | head -c "$1"
	} > "$work/message"
}

# counted NAME SIZE: prints "instructions calls faults KB" of a delivery into that mailbox; an error
# if nothing was stored
counted()
{
	local instructions rest before mda=("$BUILD/mda" -c "$work/$1/mda.conf" -f alice@outside.test -r bob@example.com)
	before=$(messages "$1")
	message "$2"
	# The child's counters start with what its parent has counted so far.
	instructions=$("${bare[@]}" "LD_PRELOAD=$PWD/$bench/patient.so" valgrind --tool=callgrind --callgrind-out-file=/dev/null \
		--zero-before=confined_child "${mda[@]}" \
		< "$work/message" 2>&1 | awk '/Collected :/ { n += $4 } END { print n + 0 }')
	message "$2"
	[ "$instructions" -gt 0 ] || all_done "$1: instructions counted" 0 "some"
	rest=$("${bare[@]}" "$bench/cost" "${mda[@]}" < "$work/message" | awk '{ printf " %d", $2 }')
	all_done "$1: stored" "$(messages "$1")" $((before + 2))
	[ "$1" != allowed ] || all_done "$1: uses counted" "$(grep -c ' 1+ alice@outside.test$' "$work/$1"/example.com/bob/.*mda/uses.log)" "$(messages "$1")"
	echo "$instructions$rest"
}

messages()
{
	find "$work/$1" -type f \( -path '*/new/*' -o -path '*/cur/*' \) | wc -l
}

sites()
{
	mda_sites
	lists_site lists 10000 > /dev/null
	allowed_site allowed
	sections_site sections 20000
	large_site large 10000 500
}

# The first deliveries make folders and databases, and see the sender for the first time. Only later
# ones are counted.
figures()
{
	local name size
	while read -r name size; do
		counted "$name" "$size" > /dev/null
		echo "$name $size $(counted "$name" "$size")"
	done <<-'END'
		none 10000
		rules 10000
		body 10000
		mime 10000
		dovecot 10000
		lists 10000
		allowed 10000
		sections 10000
		large 10000
		none 1000000
	END
}

# executed NAME SIZE: prints a comment with what this processor executes for such a delivery
executed()
{
	local before steps
	before=$(messages "$1")
	message "$2"
	steps=$("${bare[@]}" "$bench/steps" "$BUILD/mda" -c "$work/$1/mda.conf" -f alice@outside.test -r bob@example.com < "$work/message")
	all_done "$1: stored" "$(messages "$1")" $((before + 1))
	echo "# $1 $2: $steps instructions on a processor$(grep -qw sha_ni /proc/cpuinfo && echo ' with those for SHA-256')"
}

# What is more than 3 % above the budget is reported as a failure.
compare()
{
	awk '
	function over(what, now, then) {
		if (now <= then * 1.03) return
		printf "%s, %d bytes: %d %s, and the budget has %d (+%.1f %%)\n", $1, $2, now, what, then, (now / then - 1) * 100
		bad = 1
	}
	/^#/ { next }
	NR == FNR { instructions[$1, $2] = $3; calls[$1, $2] = $4; next }
	!(($1, $2) in calls) { print $1, $2, "is not in the budget"; bad = 1; next }
	{ over("instructions", $3, instructions[$1, $2]); over("system calls", $4, calls[$1, $2]) }
	END { exit bad }' "$budget" "$work/figures"
}

sites
{
	echo "# One delivery, of mda and the child that judges, as make bench-budget counts it in Debian 12 on amd64."
	echo "# mailbox, bytes of the message, instructions, system calls, page faults, private KB at most"
	figures
} > "$work/figures"
[ "${1:-}" = --check ] || { executed none 10000; executed rules 10000; } >> "$work/figures"
cat "$work/figures"
[ "${1:-}" != --check ] || compare
