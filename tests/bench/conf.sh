#!/bin/bash
# The cost of a large configuration for a delivery: one address section in mda.conf, and SECTIONS of
# them. COUNT= for less.
set -eu
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$(readlink -f "$0")")/lib.sh"
# shellcheck source-path=SCRIPTDIR
. tests/bench/sites.sh
COUNT=${COUNT:-200}
SECTIONS=${SECTIONS:-20000}

sections_site one 1
sections_site many "$SECTIONS"
{
	mda_plan one "one address section"
	mda_plan many "$SECTIONS address sections"
} > "$work/plan"
echo "a delivery beside address sections, $COUNT turns"
turns "$COUNT" 2000 "one address section"
