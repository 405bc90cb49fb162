#!/bin/bash
# The manual page of each tool has exactly the commands and options that --help has.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

# of TOOL: the names of its commands and long options
commands_in_help()
{
	"$bin/$1" --help | awk '/^$/ { part++ } part == 1 && /^  [a-z]/ { print $1 }' | sort -u
}

options_in_help()
{
	"$bin/$1" --help | grep -oE -- '^  (-[A-Za-z],)? *--[a-z-]+' | grep -oE -- '--[a-z-]+$' | sed 's/^--//' | sort -u
}

page_of()
{
	ls mda/"$1".[158] mda/{lmtp,grey}/"$1".[158] mda/tools/*/"$1".[158] 2> /dev/null
}

# Of the part that describes commands.
commands_in_page()
{
	sed -n '/^\.Sh DESCRIPTION/,/^\.Sh [^D]/p' "$(page_of "$1")" | sed -n '1,/^\.Ss What/p' |
		awk '/^\.It Cm / { print $3 }' | sort -u
}

options_in_page()
{
	grep -E '^\.It Fl' "$(page_of "$1")" | grep -oE 'Fl Fl [a-z-]+' | sed 's/^Fl Fl //' | sort -u
}

same()
{
	[ -n "$1" ] && diff <(printf '%s\n' "$1") <(printf '%s\n' "$2")
}

kinds_are_told()
{
	local kind
	for kind in $(sed -n 's/^	\[[A-Z_]*\] = {"\([a-z-]*\)".*/\1/p' mda/tools/reindex/reindex_findings.c); do
		grep -qxF ".It Cm $kind" mda/tools/reindex/mda-reindex.8 || { echo "mda-reindex.8 does not tell of $kind"; return 1; }
	done
	is "$(sed -n 's/^	\[[A-Z_]*\] = {"\([a-z-]*\)".*/\1/p' mda/tools/reindex/reindex_findings.c | wc -l)" \
		"$(sed -n '/^\.Ss What check reports/,/^\.Ss The text copy/p' mda/tools/reindex/mda-reindex.8 | grep -c '^\.It Cm ')"
}

# Of all pages: "Ql a No or Ql b" would print quotes within quotes.
quotes_are_single()
{
	! grep -nE '^\..*Ql .*[[:space:]]Ql ' mda/*.[578] mda/{lmtp,grey}/*.8 mda/tools/*/*.[178] filters/sieve/*.7
}

# The file of --conf that a page names is the one that the programs read. mda-sieve has no default.
default_is_told()
{
	local file page
	file=/etc$(sed -n 's/.*conf_default_path\[\] = .*"\(.*\)".*/\1/p' mda/conf/conf.c)
	for page in $(grep -lE '^\.It Fl c , Fl Fl conf' mda/*.8 mda/{lmtp,grey}/*.8 mda/tools/*/*.[18] | grep -v mda-sieve); do
		grep -A 4 -E '^\.It Fl c , Fl Fl conf' "$page" | grep -qE "^\.Pa $file( |$)" || { echo "$page: --conf"; return 1; }
	done
}

for tool in "$bin"/mda-*; do
	tool=${tool##*/}
	case $tool in
	mda-explain | mda-log | mda-doctor | mda-lmtpd | mda-greyd | mda-try | mda-apply | mda-import | mda-purge) ;;
	*) ok "$tool: commands" same "$(commands_in_help "$tool")" "$(commands_in_page "$tool")" ;;
	esac
	ok "$tool: options" same "$(options_in_help "$tool")" "$(options_in_page "$tool")"
done
ok "no quotes within quotes" quotes_are_single
ok "the default of --conf" default_is_told
ok "mda-reindex: every disagreement" kinds_are_told
ok "mda-doctor: every check" same "$("$bin/mda-doctor" --list | awk '{ print $2 }')" \
	"$(sed -n '/^\.Ss What is checked/,/^\.Sh OPTIONS/s/^\.It Cm //p' mda/tools/doctor/mda-doctor.8)"
done_testing
