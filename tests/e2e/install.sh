#!/bin/bash
# `make install` into a directory of the test; the installed programs run from there.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

set_up_vhosts
dest=$work/dest
chmod 755 "$work"

install_into()
{
	env -u SAN make -s -o all install BUILD="${BUILD:-build}" DESTDIR="$1" PREFIX="$2"
}

mode()
{
	is "$(stat -c %a "$dest$1")" "$2"
}

ok "make install works" install_into "$dest" /usr/local
for file in bin/mda bin/mda-reindex; do
	ok "$file is there" mode "/usr/local/$file" 755
done
ok "the module is there" mode /usr/local/lib/mda/mda_mime.so 644
ok "mda.conf is there" mode /etc/mda.conf 644
for page in mda/*.[1578] mda/lmtp/*.8 mda/tools/*/*.[1578] filters/sieve/*.7; do
	ok "the manual page $(basename "$page") is there" mode "/usr/local/share/man/man${page##*.}/${page##*/}" 644
done
ok "examples are there" [ -e "$dest/usr/local/share/doc/mda/examples/postfix/main.cf" ]
ok "nothing else is in bin" is "$(cd "$dest/usr/local/bin" && echo *)" "$(cd "$build" && echo mda mda-*)"
ok "nothing is written outside the prefix, /etc and /var/lib/mda" is "$(cd "$dest" && echo ./* ./usr/* ./var/* ./var/lib/*)" "./etc ./usr ./var ./usr/local ./var/lib ./var/lib/mda"
ok "the directory of the stamp key is there" mode /var/lib/mda 755

bin=$dest/usr/local/bin
attempt --version < /dev/null
ok "the installed mda runs" is "$status" 0
printf 'From: a@b.test\nSubject: =?iso-8859-15?q?Gr=FC=DFe?=\n\nbody\n' > "$work/in"
mkdir -p "$work/vhosts/a.test/ann/.mda"
printf 'require "fileinto";\nif header :contains "subject" "Grüße" { fileinto "Found"; }\n' \
	> "$work/vhosts/a.test/ann/.mda/rules.sieve"
chown -R "$owner" "$work/vhosts"
attempt -c "$work/etc/mda.conf" -f a@b.test -r ann@a.test < "$work/in"
ok "it delivers" is "$status" 0
ok "it finds its modules: an encoded word is read" is "$(message_count "$work/vhosts/a.test/ann/Maildir/.Found")" 1
mv "$dest/usr/local/lib/mda/mda_mime.so" "$dest/usr/local/lib/mda/mda_mime.away"
echo 'if header :contains "subject" "plain" { fileinto "Found"; }' >> "$work/vhosts/a.test/ann/.mda/rules.sieve"
attempt -c "$work/etc/mda.conf" -f a@b.test -r ann@a.test < <(sed 's/body/another/' "$work/in")
ok "the module is missing: the message is kept, in the INBOX" eval 'is "$status" 0 && is "$(find "$work/vhosts/a.test/ann/Maildir/new" -type f | wc -l)" 1'
ok "and the log names it" has "$work/log" 'script .*mda_mime.so: .*; the message is kept'
attempt -c "$work/etc/mda.conf" -f a@b.test -r ann@a.test < <(printf 'From: a@b.test\nSubject: plain\n\nbody\n')
ok "rules of a message that does not need it run all the same" is "$(message_count "$work/vhosts/a.test/ann/Maildir/.Found")" 2
mv "$dest/usr/local/lib/mda/mda_mime.away" "$dest/usr/local/lib/mda/mda_mime.so"
attempt reindex show "$work/vhosts/a.test/ann/Maildir" < /dev/null
ok "it finds its tools" is "$status" 0
attempt config check -c "$dest/etc/mda.conf" < /dev/null
ok "the installed mda.conf is right" is "$status" 0

chmod 700 "$dest/var/lib/mda"
echo '# changed by the admin' >> "$dest/etc/mda.conf"
ok "make install again works" install_into "$dest" /usr/local
ok "the directory of the stamp key stays as it is" mode /var/lib/mda 700
ok "mda.conf is not overwritten" has "$dest/etc/mda.conf" 'changed by the admin'

# ---- make uninstall ----

uninstall_from()
{
	make -s uninstall BUILD="${BUILD:-build}" DESTDIR="$1" PREFIX=/usr/local
}

# As a machine is before, with files of others.
skeleton()
{
	mkdir -p "$1"/usr/local/{bin,lib,share/{doc/other,man/man{1,5,7,8},bash-completion/completions}} "$1/etc" "$1/var/lib"
	touch "$1/usr/local/bin/mda-of-mine" "$1/usr/local/share/man/man8/other.8" "$1/usr/local/share/bash-completion/completions/other"
}

everything()
{
	(cd "$1" && find . -printf '%p %y %m\n' | sort)
}

leaves_what_was_there()
{
	skeleton "$work/before" && skeleton "$work/after" && install_into "$work/after" /usr/local && uninstall_from "$work/after" &&
		diff <(everything "$work/before") <(everything "$work/after")
}
ok "make uninstall leaves what was there before" leaves_what_was_there
ok "it can be run again" uninstall_from "$work/after"

leaves_what_was_changed()
{
	install_into "$work/after" /usr/local && echo '# mine' >> "$work/after/etc/mda.conf" && touch "$work/after/usr/local/share/doc/mda/mine" \
		"$work/after/usr/local/lib/mda/mine" "$work/after/var/lib/mda/stamp.key" && uninstall_from "$work/after" &&
		is "$(diff <(everything "$work/before") <(everything "$work/after") | sed -n 's/^[<>] \([^ ]*\) f .*/\1/p')" "./etc/mda.conf
./usr/local/lib/mda/mine
./usr/local/share/doc/mda/mine
./var/lib/mda/stamp.key"
}
ok "what was changed or added stays" leaves_what_was_changed
ok "another prefix works" install_into "$work/other" /opt/mda
ok "its configuration lies below it" [ -e "$work/other/opt/mda/etc/mda.conf" ]
done_testing
