#!/bin/bash
# mda-convert beside the real procmail, maildrop and fdm: each message is filed into the same folders by
# the original rules and by the converted ones. And what it says of what it cannot convert.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

set_up_vhosts
conf=$work/etc/mda.conf
printf 'antispam = none\nlabel = no\nstamp_key = ""\n' >> "$conf"
seed=${SEED:-1}
files=${FILES:-10} each=20
[ -z "${THIN:-}" ] || files=3

# beside PROGRAM COUNT EACH [FILE]
beside()
{
	python3 tests/e2e/convert_oracle.py "$1" "$work" "$bin" "$conf" "$seed" "$2" "$3" "${@:4}" > "$work/oracle" 2>&1 && comment < "$work/oracle" >&3 && return
	echo "SEED=$seed"
	cat "$work/oracle"
	return 1
}

exec 3>&1
programs='procmail maildrop'
# Debian 13 has no fdm.
grep -qs '^VERSION_ID="13"' /etc/os-release || programs="$programs fdm"
for program in $programs; do
	if ! command -v "$program" > /dev/null; then
		skip "beside the real $program" "needs $program"
		continue
	fi
	ok "$program: rules of every kind, 150 messages" beside "$program" 1 150 "tests/e2e/convert-$program"
	ok "$program: rules made by chance" beside "$program" "$files" "$each"
done

# ---- what it cannot convert ----

# converts STATUS PROGRAM TEXT: with that exit status; $work/out and $work/err are what it prints
converts()
{
	local status=0
	printf '%b' "$3" > "$work/rules"
	"$bin/mda-convert" "$2" "$work/rules" > "$work/out" 2> "$work/err" || status=$?
	is "$status" "$1" && "$bin/mda-sieve" check "$work/out"
}
ok "all is converted: 0, and nothing is said" eval 'converts 0 procmail ":0\n* ^From:.*x\n.X/\n" && is "$(cat "$work/err")" ""'
ok "something is not: 1, and why, where" eval 'converts 1 procmail "\n:0\n* ^From:.*x\n* ? test -f y\n.X/\n" && has "$work/err" "rules:2: not converted: it asks a program" && has "$work/out" "^# NOT CONVERTED: line 2: it asks a program"'
ok "... nothing of it files mail" eval 'not has "$work/out" fileinto && has "$work/out" "^#   \.X/"'
ok "no such file: 75" eval 'status=0; "$bin/mda-convert" procmail "$work/none" > "$work/out" 2>&1 || status=$?; is "$status" 75'
ok "from standard input, as mda convert" eval 'printf ":0\n* ^From:.*x\n.X/\n" | "$bin/mda" convert procmail - > "$work/out" && has "$work/out" "fileinto"'
ok "a megabyte of braces" eval 'converts 1 procmail "$(printf ":0\\\\n{\\\\n%.0s" {1..10000})" && not has "$work/out" fileinto'
ok "... of maildrop" eval 'converts 1 maildrop "$(printf "if (/^From:.*x/)\\\\n{\\\\n%.0s" {1..10000})" && not has "$work/out" fileinto'
ok "... of fdm" eval 'converts 1 fdm "$(printf "match \\"^From:.*x\\" in headers {\\n%.0s" {1..10000})" && not has "$work/out" fileinto'
ok "no password of an account is in the script" eval 'converts 1 fdm "account \"a\" imaps server \"b\" user \"c\" pass \"geheim\"\naction \"x\" maildir \"%h/Maildir/.X\"\nmatch all action \"x\"\n" && not has "$work/out" geheim && has "$work/out" "fileinto :create \"X\""'

# ---- the guide ----

# guide SECTION: runs the commands of this section of mda-migrate(7), as the owner of that home
guide()
{
	mkdir -p "$work/home" && cp tests/e2e/convert-procmail "$work/home/.procmailrc" && cp tests/e2e/convert-maildrop "$work/home/.mailfilter" && cp tests/e2e/convert-fdm "$work/home/.fdm.conf" &&
		rm -rf "$work/home/.mda" &&
		awk -v section=".Sh $1" '/^\.Sh / { here = $0 == section } here && /^\.Bd -literal/ { on = 1; next } /^\.Ed/ { on = 0 } on' mda/mda-migrate.7 > "$work/commands" &&
		has "$work/commands" "mda convert" && HOME=$work/home PATH=$bin:$PATH sh -e "$work/commands" && has "$work/home/.mda/rules.sieve" fileinto
}
ok "the commands of mda-migrate(7), from procmail" guide "FROM PROCMAIL"
ok "... from maildrop" guide "FROM MAILDROP"
ok "... from fdm" guide "FROM FDM"
done_testing
