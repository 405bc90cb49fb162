#!/bin/bash
# The cost of hostile input in instructions and memory: twice as much input costs at most about
# twice as much. Each case of parts_cost.c runs at n and at 2n bytes under callgrind; the cost of
# starting is subtracted. PARTS_COST_N sets n.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

program=$build/tests/e2e/parts_cost
n=${PARTS_COST_N:-10000}
export LD_LIBRARY_PATH=$build/modules

# Prints the instructions of a case at that number of bytes.
instructions()
{
	valgrind --tool=callgrind --callgrind-out-file=/dev/null "$program" "$1" "$2" 2>&1 |
		sed -n 's/^==[0-9]*== Collected : \([0-9]*\)$/\1/p'
}

# The limit is 2.3 because a list that doubles its room copies its items, and sorting is a little
# more than linear.
is_linear()
{
	local none one two n=$2
	none=$(instructions "$1" 0) && one=$(instructions "$1" "$n") && two=$(instructions "$1" $((2 * n))) || return
	[ -n "$none" ] && [ -n "$one" ] && [ -n "$two" ] || return
	echo "# $1: $((one - none)) instructions for $n bytes, $((two - none)) for twice as many"
	[ $((10 * (two - none))) -le $((23 * (one - none) + 5000000)) ]
}

# For 1 MB of input, each case may take 128 bytes of memory a byte.
is_modest()
{
	local kb
	kb=$("$program" "$1" 1000000 | sed -n 's/.* memory \([0-9]*\) KB$/\1/p') || return
	echo "# $1: $kb KB for 1 MB"
	[ -n "$kb" ] && [ "$kb" -le 128000 ]
}

for name in $("$program"); do
	case $name in
	*-deep) size=$((8 * n)) ;; # GMime looks at no more than 1,024 levels, which n is not beyond
	*) size=$n ;;
	esac
	if ! command -v valgrind > /dev/null; then
		skip "$name: linear" 'valgrind is not installed'
	elif [ -n "${SAN:-}" ]; then
		skip "$name: linear" 'instructions of a sanitized program say nothing'
	else
		ok "$name: linear" is_linear "$name" "$size"
		ok "$name: memory" is_modest "$name"
	fi
done
done_testing
