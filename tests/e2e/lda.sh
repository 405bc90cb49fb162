#!/bin/bash
# The same command line with a real dovecot-lda and with mda: both put the message into the same
# folder, or neither stores it.
# shellcheck source-path=SCRIPTDIR disable=SC2016
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib-dovecot.sh"

needs_dovecot "lines of dovecot-lda"
set_up_vhosts
conf=$work/etc/mda.conf
base_conf | grep -v create_keep_folder > "$conf"
home=$work/vhosts/a.test/ann
start_dovecot << END
recipient_delimiter = +
service auth {
  unix_listener auth-userdb {
    mode = 0666
  }
}
$(dovecot_lda_runs_sieve)
END
ok "Dovecot runs" listens_imap
chmod 755 "$work/run"

fresh()
{
	rm -rf "$home"
	mkdir -p "$home/Maildir"/{cur,new,tmp} "$home/Maildir/.There"/{cur,new,tmp}
	printf '%s\n' 'require ["envelope", "subaddress", "fileinto", "variables", "mailbox"];' \
		'if envelope :detail :matches "to" "?*" { fileinto :create "D${1}${2}"; }' > "$home/.dovecot.sieve"
	chown -R "$owner" "$home"
}

# lands COMMAND...: the folder of the one message, or "none" and the exit status
lands()
{
	local status=0 stored
	fresh
	simple_message | as_owner "$@" > "$work/out" 2>&1 || status=$?
	stored=$(messages "$home" | sed "s|^$home/Maildir/||; s|/*new/.*||")
	[ -n "$stored" ] && echo "in $stored" && return
	[ "$(messages "$home" | wc -l)" = 1 ] && echo "in INBOX" || echo "none, $status"
}

# both NAME DOVECOT MDA ARGUMENT...: where the two put it
both()
{
	ok "$1: dovecot-lda" is "$(lands $lda -c "$work/dovecot.conf" "${@:4}")" "$2"
	ok "$1: mda" is "$(lands "$bin/mda" -c "$conf" "${@:4}")" "$3"
}

# same NAME EXPECTED ARGUMENT...
same()
{
	both "$1" "$2" "$2" "${@:3}"
}

same "-d alone" "in INBOX" -d ann@a.test
same "-d and -f" "in INBOX" -f x@b.test -d ann@a.test
same "-a is the recipient" "in .Dshop" -f x@b.test -d ann@a.test -a ann+shop@a.test
# Pigeonhole takes the original recipient for the envelope's "to"; here it is the recipient, and the original one is an item of its own.
both "-r and -a, each with a detail" "in .Dshop" "in .Dbooks" -f x@b.test -d ann@a.test -a ann+shop@a.test -r ann+books@a.test
both "-r without a detail, -a with one" "in .Dshop" "in INBOX" -f x@b.test -d ann@a.test -a ann+shop@a.test -r ann@a.test
same "-m of a folder that is there" "in .There" -f x@b.test -d ann@a.test -m There
same "-m of one that is not" "in INBOX" -f x@b.test -d ann@a.test -m casino
same "-m of the INBOX" "in INBOX" -f x@b.test -d ann@a.test -m INBOX
same "-e and -k" "in INBOX" -e -k -f x@b.test -d ann@a.test
done_testing
