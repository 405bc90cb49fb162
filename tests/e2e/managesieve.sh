#!/bin/bash
# Rules that users upload with ManageSieve: a real client (sieve-connect) talks to Dovecot's
# server, and mda runs the active script and the scripts that it includes.
# shellcheck source-path=SCRIPTDIR disable=SC2154
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib-dovecot.sh"
needs_dovecot "ManageSieve" /usr/lib/dovecot/managesieve sieve-connect

set_up_vhosts
conf=$work/etc/mda.conf
home=$work/vhosts/a.test/ann
port=$(free_port)
mkdir -p "$home" "$work/scripts"
chown "$owner" "$home"
chmod 755 "$work"

settings()
{
	local listen=listen
	! is_dovecot_2_3 || listen=address
	cat <<- END
		service managesieve-login {
		  inet_listener sieve {
		    $listen = 127.0.0.1
		    port = $port
		  }
		}
	END
	if is_dovecot_2_3; then
		printf 'protocols = imap sieve\nplugin {\n  sieve = file:~/sieve;active=~/.dovecot.sieve\n}\n'
	else
		printf 'protocols {\n  sieve = yes\n}\nsieve_script personal {\n  path = ~/sieve\n  active_path = ~/.dovecot.sieve\n}\n'
	fi
}

# client ARGUMENT...: what it says is in $work/out
client()
{
	sieve-connect --nosrv --server 127.0.0.1 --port "$port" --user ann@a.test --passwordfd 0 --clearchan "$@" \
		<<< secret > "$work/out" 2>&1 && return
	cat "$work/out"
	return 1
}

# upload NAME TEXT
upload()
{
	printf '%s\n' "$2" > "$work/scripts/new" && client --localsieve "$work/scripts/new" --remotesieve "$1" --upload
}

activate()
{
	client --remotesieve "$1" --activate
}

# deliver WORD: a message to her
deliver()
{
	simple_message "$1" > "$work/message"
	attempt -c "$conf" -f x@b.test -d ann@a.test < "$work/message"
	is "$status" 0 && [ ! -e "$home/.dovecot.sieve.errors" ] && return
	cat "$work/err" "$home/.dovecot.sieve.errors"
	return 1
}

# is_in WORD FOLDER [SCRIPT LINE]: the message is there, and the log says that this line of this script has put it there
is_in()
{
	grep -qla "^Subject: test $1\$" "$home/Maildir/$2"/new/* || { find "$home/Maildir" -type f; return 1; }
	[ $# -eq 2 ] || grep -aF "msgid=<$1@" "$work/log" | tail -n 1 | grep -qF "$3:$4" || { tail -n 1 "$work/log"; return 1; }
}

files_into()
{
	printf 'require "fileinto"; fileinto "%s";' "$1"
}

settings | start_dovecot
ok "a script is uploaded" upload main "$(files_into One)"
ok "it is not active yet: mail stays in the INBOX" eval 'deliver first && is_in first ""'
ok "it is activated" activate main
ok "mail goes where it says" eval 'deliver second && is_in second .One "$home/sieve/main.sieve" 1'
ok "a name with blanks" upload 'Ferien zu Hause' "$(files_into Two)"
ok "... changes nothing until it is active" eval 'deliver third && is_in third .One'
ok "... is then the one that counts" eval 'activate "Ferien zu Hause" && deliver fourth && is_in fourth .Two'
ok "a name with umlauts, for a folder with an umlaut" upload 'Für Öfen' "$(files_into Öfen)"
ok "... works as well" eval 'activate "Für Öfen" && deliver fifth && is_in fifth .\&ANY-fen'
ok "the active one is uploaded anew" eval 'upload "Für Öfen" "$(files_into Three)" && deliver sixth && is_in sixth .Three'
ok "none is active: the INBOX" eval 'client --deactivate && deliver seventh && is_in seventh ""'

ok "a script that is to be included" upload 'ein Teil' $'require "fileinto";\n\nif header :contains "subject" "eighth" { fileinto "Part"; stop; }'
ok "... and one that includes it and another" eval 'upload whole "require \"include\"; include \"ein Teil\"; include \"Ferien zu Hause\";" && activate whole'
ok "the first one decides, and the log has its name and line" eval 'deliver eighth && is_in eighth .Part "$home/sieve/ein Teil.sieve" 3'
ok "the second one does for other mail" eval 'deliver ninth && is_in ninth .Two "$home/sieve/Ferien zu Hause.sieve" 1'

# ---- what Dovecot's Sieve does not know ----

ours='if sender_label "Unknown" { fileinto "Outside"; }'
ok "Dovecot refuses a script that requires vnd.mda.sender" not upload ours "require [\"vnd.mda.sender\", \"fileinto\"]; $ours"
ok "... and says why" has "$work/out" 'vnd.mda.sender'
ok "it takes one that asks by ihave, without require" upload ours "require [\"ihave\", \"fileinto\"];
if ihave \"vnd.mda.sender\" {
	$ours
}"
ok "... which mda obeys" eval 'activate ours && deliver tenth && is_in tenth .Outside "$home/sieve/ours.sieve" 3'
ok "a script with an error is refused, and the active one stays" eval 'not upload ours "frobnicate;" && deliver eleventh && is_in eleventh .Outside'

# ---- what may surprise the person ----

config_check()
{
	"$bin/mda" config check -c "$conf" -d ann@a.test > "$work/out" 2>&1
}

rm "$home/sieve/ours.sieve"
simple_message twelfth > "$work/message"
attempt -c "$conf" -f x@b.test -d ann@a.test < "$work/message"
ok "the active script is gone: the INBOX" eval 'is "$status" 0 && is_in twelfth ""'
ok "... the log says so" has "$work/log" 'event=note.*sieve/ours.sieve: it does not exist, but .*\.dovecot\.sieve leads to it'
ok "... and so does the file beside it" has "$home/.dovecot.sieve.errors" 'sieve/ours.sieve: it does not exist'
ok "... and mda config check, of which it is no error" eval 'config_check && has "$work/out" "\.dovecot\.sieve: warning: leads to .*/ours.sieve, which does not exist$"'
ok "another one is activated: the file goes" eval 'activate main && deliver thirteenth && is_in thirteenth .One'
mkdir "$home/.mda" && files_into Own > "$home/.mda/rules.sieve" && chown -R "$owner" "$home/.mda"
: > "$work/log"
ok "rules.sieve takes the place of the active one" eval 'deliver fourteenth && is_in fourteenth .Own'
ok "... the log says so" has "$work/log" 'event=note.*script .*/\.dovecot\.sieve is not run, as there is .*/\.mda/rules\.sieve'
ok "... and mda config check" eval 'config_check && has "$work/out" "\.dovecot\.sieve: warning: is not run, as there is .*rules.sieve$"'
done_testing
