#!/bin/bash
# Names of folders in every namespace, layout and encoding: dovecot-lda and mda put the message
# into the same directory, byte for byte, and Dovecot lists the folders under the names that the
# log and mda-reindex use.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib-dovecot.sh"
needs_dovecot "names of folders"

# In memory if there is room, because each of some thousand deliveries waits for the disk several
# times.
homes=$(mktemp -d /dev/shm/mda-names.XXXXXX 2> /dev/null) || homes=$work
chmod 711 "$homes"
on_exit remove_homes

remove_homes()
{
	[ "$homes" = "$work" ] || rm -rf "$homes"
}

set_up_vhosts

many()
{
	printf "$1%.0s" $(seq "$2")
}

# A "+" is replaced by each separator.
names=(INBOX inbox InBoX + A 'A+B' 'A+B+C' 'A+' '+A' 'A++B' + '++' 'INBOX+' 'INBOX+A' 'inbox+A' 'INBOX+A+B' 'INBOX+INBOX' 'INBOX+inbox'
	'INBOX+INBOX+A' 'INBOX++A' 'INBOX+A+' 'INBOX+~A' 'Mail' 'Mail+' 'Mail+A' 'mail+A' 'Mail+INBOX' 'Mail+INBOX+A' 'Mail+inbox' 'INBOXA'
	'A+INBOX' 'A+inbox' A/B A.B A/ A. /A .A A//B A..B A/. A/.. ../A . .. A/../B '~' '~A' '~/A' 'A+~B' 'INBOX+.A' 'INBOX+a.b' 'INBOX+a/b'
	'Ä' 'INBOX+Ä+ö' 'Ä+Ö' 'INBOX+😀' $'e\xcc\x81' 'INBOX+台北' 'A&B' 'INBOX+Eink&AOQ-ufe' 'Eink&AOQ-ufe' '&' 'INBOX+&-' 'INBOX+&AOQ'
	new 'INBOX+cur' 'A+tmp' 'INBOX+A+new' 'A.new' 'Trash ' ' A' 'INBOX+ A ' 'A*' 'A%' 'INBOX+A:2,S' 'A\B' 'A"B' "A'B" 'A^B'
	$'A\x01B' $'INBOX+A\tB' $'A\nB' $'A\x7fB' $'INBOX+A\xc2\x80B'
	"$(many x 254)" "$(many x 255)" "INBOX+$(many x 254)" "INBOX+$(many x 255)" "A+$(many x 252)" "A+$(many x 253)" "INBOX+A+$(many x 256)"
	"$(many Ä 80)" "INBOX+$(many Ä 95)" "$(many Ä 127)" "$(many 台 85)" "$(many 台 90)" "INBOX+$(many A+ 40)A" "$(many A+ 20)A")

# ---- the two programs ----

# The directory below the Maildir that has the one new message, which is then removed; "none" if
# there is none.
landed()
{
	local file
	while IFS= read -r -d '' file; do
		rm "$file"
		file=${file#"$home/Maildir"}
		printf '%s' "in ${file%/new/*}"
		return
	done < <(find "$home/Maildir" -path '*/new/*' -type f -print0)
	printf none
}

by_dovecot()
{
	home=$here/dovecot/a.test/ann
	simple_message | as_owner $lda -c "$here/dovecot.conf" -f x@b.test -m "$1" > /dev/null 2>&1
	landed
}

# Into a mailbox without folders, because -m accepts a folder whose name differs only in case.
by_option()
{
	home=$here/mda/a.test/ann
	rm -rf "${home:?}"/Maildir "$home"/.Maildir.mda
	simple_message | as_owner "$bin/mda" -c "$here/mda.conf" -o virtual_home="$here/mda/%d/%n" -o log=none -f x@b.test -d ann@a.test \
		-m "$1" > /dev/null 2>&1
	landed
}

# Into the mailbox that Dovecot has made, by a rule that tests whether the folder exists.
by_rule()
{
	home=$here/dovecot/a.test/ann
	local quoted=${1//\\/\\\\}
	quoted=${quoted//\"/\\\"}
	printf 'require ["fileinto", "mailbox"]; if mailboxexists "%s" { fileinto "%s"; } else { discard; }\n' "$quoted" "$quoted" \
		> "$here/rules.sieve"
	simple_message "$number" | as_owner "$bin/mda" -c "$here/mda.conf" -o scripts_user="$here/rules.sieve" -f x@b.test -d ann@a.test \
		> /dev/null 2>&1
	landed
}

# ---- the comparison ----

means_inbox()
{
	[ "${1,,}" = inbox ] && return
	[ -n "$prefix" ] || return
	[ "$1" = "$prefix" ] || [ "$1" = "${prefix%?}" ] || [ "$1" = "${prefix}INBOX" ]
}

# What a rule does: where dovecot-lda has the INBOX for want of a folder there is none; a control character is an error, and
# the message is kept.
expected_of_rule()
{
	if [ "$2" != "in " ] || means_inbox "$1" || [[ $1 = *[$'\001'-$'\037']* ]]; then
		printf '%s' "$2"
	else
		printf none
	fi
}

compare()
{
	local number=0 name theirs ours rule seen=' '
	for name in "${names[@]//+/$separator}"; do
		[[ -z $without || $name != *"$without"* ]] || continue
		case $seen in *" ${name@Q} "*) continue ;; esac
		seen="$seen${name@Q} "
		number=$((number + 1))
		# When little is wanted, each namespace tries every other name, and its neighbour the others.
		[ -z "${THIN:-}" ] || [ $(((number + spaces) % 2)) -eq 0 ] || continue
		theirs=$(by_dovecot "$name")
		ours=$(by_option "$name")
		rule=$(by_rule "$name")
		[ "$ours" = "$theirs" ] || printf '%.100q: dovecot-lda %.300q, mda -m %.300q\n' "$name" "$theirs" "$ours"
		[ "$rule" = "$(expected_of_rule "$name" "$theirs")" ] ||
			printf '%.100q: dovecot-lda %.300q, a rule %.300q\n' "$name" "$theirs" "$rule"
	done > "$here/differences"
	echo "$number" > "$here/number"
}

# The folders that the log and mda-reindex name, and those that Dovecot lists. Dovecot may list
# more: levels that only lead to others.
named()
{
	python3 - "$here" << 'END'
import json, re, sys
def lines(name): return open(sys.argv[1] + '/' + name, 'rb').read().split(b'\n')
def plain(text):
    return re.sub(rb'\\x(..)', lambda m: bytes([int(m.group(1), 16)]), text)
logged = set()
for line in lines('log'):
    m = re.search(rb' folder=("[^"]*"|[^ ]*) uid=', line)
    if m: logged.add(plain(m.group(1).strip(b'"')))
shown = {f['folder'].encode() for f in json.loads(b'\n'.join(lines('shown.json')))}
listed = {l for l in lines('listed') if l}
print(len(shown), 'folders')
for what, names in (('logged, not shown', logged - shown), ('shown, not logged', shown - logged), ('shown, not listed', shown - listed)):
    for name in sorted(names): print(what, name[:200])
sys.exit(0 if logged and logged == shown and shown <= listed else 1)
END
}

lists_the_same()
{
	home=$here/dovecot/a.test/ann
	as_owner doveadm -c "$here/dovecot.conf" mailbox list "${no_userdb[@]}" > "$here/listed"
	as_owner "$bin/mda-reindex" show --json -c "$here/mda.conf" -d ann@a.test > "$here/shown.json"
	named
}

# namespace PREFIX SEPARATOR LAYOUT UTF8 KEYS WITHOUT: the names that have no WITHOUT
namespace()
{
	prefix=$1 separator=$2 without=$6
	here=$homes/$((++spaces))
	mkdir -p "$here"/{mda,dovecot}/a.test/ann
	chown -R "$owner" "$here"/{mda,dovecot}
	: > "$here/log"
	chmod 666 "$here/log"
	dovecot_dir=$here home=$here/dovecot/a.test/ann
	{
		echo "lda_mailbox_autocreate = yes"
		dovecot_namespace "$1" "$2"
	} | configure_dovecot "$home/Maildir" "$3" "$4"
	base_conf | sed "s|^virtual_home.*|virtual_home = \"$here/dovecot/%d/%n\"|; s|^log = .*|log = \"$here/log\"|" > "$here/mda.conf"
	printf 'imap_server = dovecot\n%b\n' "$5" >> "$here/mda.conf"
	compare
}

no_difference()
{
	[ "$(cat "$here/number")" -ge 40 ] && [ ! -s "$here/differences" ] && return
	cat "$here/number" "$here/differences"
	return 1
}

# Prefix, separator, layout, UTF-8, our keys, and what no name may have. Without a key, both
# separators count.
rows=(
	'|/|||#|.'
	'|.|||#|/'
	'|/|maildir++||folder_separator = "/"'
	'|.|maildir++||folder_separator = "."'
	'INBOX.|.|||folder_prefix = "INBOX."'
	'INBOX/|/|||folder_prefix = "INBOX/"'
	'Mail/|/|||folder_prefix = "Mail/"'
	'INBOX^|^|||folder_prefix = "INBOX^"'
	'|/||UTF-8|folder_separator = "/"\nfolder_utf8 = yes'
	'|/|fs||layout = fs'
	'|.|fs||layout = fs\nfolder_separator = "."'
	'INBOX/|/|fs||layout = fs\nfolder_prefix = "INBOX/"'
	'INBOX.|.|fs||layout = fs\nfolder_prefix = "INBOX."'
	'|/|fs|UTF-8|layout = fs\nfolder_utf8 = yes'
)

spaces=0
for row in "${rows[@]}"; do
	IFS='|' read -r p s l u k w <<< "$row"
	namespace "$p" "$s" "$l" "$u" "$k" "$w" &
	spaces=$((spaces + 1))
	[ $((spaces % 3)) -ne 0 ] || wait
done
wait

spaces=0
for row in "${rows[@]}"; do
	here=$homes/$((++spaces))
	IFS='|' read -r p s l u k w <<< "$row"
	title="prefix \"$p\", separator \"$s\"${l:+, $l}${u:+, $u}${w:+, no key, no $w}"
	ok "$title: $(cat "$here/number") names as dovecot-lda has them" no_difference
	# Without a key, names are shown with a slash.
	[ "$w" = / ] || ok "$title: Dovecot lists what the log and mda-reindex name" lists_the_same
done
done_testing
