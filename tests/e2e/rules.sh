#!/bin/bash
# What rules ask of a delivery, and how they change the message: changes, remembered ids, included
# scripts, lists, folders by special use, and the results of the other stages. One message at a
# time through the real program.
# shellcheck source-path=SCRIPTDIR
# shellcheck disable=SC2016 # ${...} is Sieve's
. "$(dirname "$0")/lib.sh"

set_up_vhosts
conf=$work/etc/mda.conf
home=$work/vhosts/a.test/x
box=$home/Maildir
mkdir -p "$work/etc/sieve" "$work/etc/lists"
cat >> "$conf" << END
scripts_global = { "$work/etc/sieve" }
list_dirs = { "%h/.mda/lists", "$work/etc/lists" }
script_environment = { "site Example Site" }
organization "Example" {
	domains = { "a.test" }
}
END
cat > "$work/sendmail" << END
#!/bin/sh
cat >> "$work/sent"
END
chmod 755 "$work/sendmail"
# Who is nobody sends.
: > "$work/sent"
chown "$owner" "$work/sent"

# fresh: an empty mailbox, without rules
fresh()
{
	rm -rf "$home"
	mkdir -p "$home/.mda/sieve" "$home/.mda/lists"
	: > "$work/sent"
}

# deliver SCRIPT [OPTION...] < message
deliver()
{
	printf '%s\n' "$1" > "$home/.mda/rules.sieve"
	shift
	chown -R "$owner" "$home"
	attempt -c "$conf" -d x@a.test -f ann@outside.test "$@"
	is "$status" 0 || { cat "$work/err"; return 1; }
	[ ! -e "$home/.mda/rules.sieve.errors" ] || { cat "$home/.mda/rules.sieve.errors"; return 1; }
}

# stored [FOLDER]: the messages there
stored()
{
	messages "$box${1:+/.$1}" | { [ -n "${1:-}" ] && cat || grep -v "$box/\\."; }
}

count_in()
{
	stored "$1" | wc -l
}

# one_in FOLDER REGEX...: one message lies there, and it has these lines
one_in()
{
	local folder=$1 regex
	shift
	is "$(count_in "$folder")" 1 || return 1
	for regex in "$@"; do
		has "$(stored "$folder")" "$regex" || return 1
	done
}

# ---- changes of the message ----

fields_change()
{
	fresh
	simple_message | deliver 'require ["editheader", "fileinto", "copy"];
		fileinto :copy "Before"; addheader "X-Top" "Grün"; addheader :last "X-Last" "z"; deleteheader "Subject"; fileinto "After";' &&
		one_in Before '^Subject: test' && one_in After '^X-Top: =\?UTF-8\?B\?' '^X-Last: z$' &&
		not grep -q '^Subject:' "$(stored After)" && not grep -q '^X-Top' "$(stored Before)" && is "$(tail -n 1 "$(stored After)")" "body of plain"
}
ok "editheader: what is stored after it has it, what was stored before has not" fields_change

redirect_changes()
{
	fresh
	simple_message | deliver 'require ["editheader", "copy"]; addheader "X-Via" "me"; redirect :copy "f@b.test"; deleteheader "X-Via";' &&
		has "$work/sent" '^X-Via: me$' && not grep -q X-Via "$(stored '')"
}
ok "editheader: a redirect has what was changed by then" redirect_changes

reports()
{
	fresh
	simple_message | deliver 'require "vnd.dovecot.report"; report "abuse" "unwanted" "abuse@b.test";' && is "$(count_in '')" 1 &&
		has "$work/sent" '^Feedback-Type: abuse$' && has "$work/sent" '^unwanted$' && has "$work/sent" '^body of plain$'
}
ok "report: somebody is told of the message, which is kept" reports

next_script_sees()
{
	fresh
	echo 'require "editheader"; addheader "X-From-Before" "yes";' > "$work/etc/before.sieve"
	simple_message | deliver 'require "fileinto"; if header "X-From-Before" "yes" { fileinto "Seen"; }' -o "scripts_before=$work/etc/before.sieve" &&
		one_in Seen '^X-From-Before: yes$'
}
ok "editheader: the next script sees what this one changed" next_script_sees

failed_script_changes_nothing()
{
	fresh
	printf '%s\n' 'require ["editheader", "ihave"]; addheader "X-Half" "1"; error "stop here";' > "$home/.mda/rules.sieve"
	chown -R "$owner" "$home"
	simple_message > "$work/message"
	attempt -c "$conf" -d x@a.test -f ann@outside.test < "$work/message"
	is "$status" 0 && not grep -q X-Half "$(stored '')" && has "$home/.mda/rules.sieve.errors" 'stop here'
}
ok "editheader: a script that fails changes nothing (RFC 5293 section 7)" failed_script_changes_nothing

protected_stay()
{
	fresh
	{ echo 'DKIM-Signature: v=1'; echo 'Received: by a'; simple_message; } | deliver 'require "editheader"; deleteheader "DKIM-Signature"; deleteheader "Received"; addheader "X-Mda-Label" "none";' &&
		one_in '' '^DKIM-Signature: v=1$' '^Received: by a$' && not grep -q '^X-Mda-Label: none' "$(stored '')"
}
ok "editheader: protected fields stay" protected_stay

# attachment TYPE NAME < content
with_attachment()
{
	printf 'From: Ann <ann@outside.test>\nTo: x@a.test\nSubject: with\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\nsee there\n--b\nContent-Type: %s; name="%s"\nContent-Transfer-Encoding: base64\n\n' "$1" "$2"
	base64
	printf -- '--b--\n'
}

part_is_replaced()
{
	fresh
	head -c 5000 /bin/true | with_attachment application/pdf bill.pdf | deliver 'require ["foreverypart", "replace", "vnd.mda.filetype"];
		foreverypart { if filetype :mismatch { replace "A file that was not what it said was here."; } }' &&
		one_in '' '^A file that was not what it said was here\.$' '^see there$' '^Subject: with$' && not grep -q 'bill.pdf' "$(stored '')"
}
ok "replace: the part goes, the rest of the message stays" part_is_replaced

message_is_enclosed()
{
	fresh
	simple_message | deliver 'require "enclose"; enclose :subject "Careful" "Look twice.";' &&
		one_in '' '^Subject: Careful$' '^Look twice\.$' '^Content-Type: multipart/mixed; boundary=' '^Content-Type: message/rfc822$' '^Subject: test plain$' '^body of plain$'
}
ok "enclose: the message stands within another" message_is_enclosed

# A zip archive with the file invoice.exe in it.
archive='UEsDBBQAAAAAAG6xd11dm7CPAgAAAAIAAAALAAAAaW52b2ljZS5leGVNWlBLAQIUAxQAAAAAAG6xd11dm7CPAgAAAAIAAAALAAAAAAAAAAAAAACAAQAAAABpbnZvaWNlLmV4ZVBLBQYAAAAAAQABADkAAAArAAAAAAA='

zip_is_looked_into()
{
	fresh
	printf '%s' "$archive" | base64 -d | with_attachment application/zip bill.zip | deliver 'require ["vnd.mda.filetype", "fileinto"];
		if filetype :anychild :archived :matches "*.exe" { fileinto "Programs"; }' && is "$(count_in Programs)" 1
}
ok "filetype: names in a zip archive" zip_is_looked_into

# ---- what was seen before ----

duplicate='require ["duplicate", "fileinto"]; if duplicate { fileinto "Again"; }'

seen_once()
{
	fresh
	simple_message one | deliver "$duplicate" && { echo 'Received: by b'; simple_message one; } | deliver "$duplicate" &&
		simple_message two | deliver "$duplicate" && is "$(count_in '')" 2 && is "$(count_in Again)" 1
}
ok "duplicate: the second one is recognised, another message is not" seen_once

retry_is_no_duplicate()
{
	fresh
	{ echo 'Received: by queue id 1'; simple_message one; } > "$work/message"
	deliver "$duplicate" < "$work/message" && deliver "$duplicate" < "$work/message" && is "$(count_in '')" 1 && is "$(count_in Again)" 0
}
ok "duplicate: the retry of one delivery is not its duplicate" retry_is_no_duplicate

remembered_only_when_stored()
{
	fresh
	printf '%s\n' "$duplicate" > "$home/.mda/rules.sieve"
	chown -R "$owner" "$home"
	simple_message one > "$work/message"
	attempt -c "$conf" -d x@a.test -f ann@outside.test -o quota=1 -o quota_full=retry < "$work/message"
	is "$status" 77 || is "$status" 75 || return 1
	{ echo 'Received: by b'; cat "$work/message"; } | deliver "$duplicate" && is "$(count_in '')" 1
}
ok "duplicate: what could not be delivered is not remembered" remembered_only_when_stored

discarded_is_remembered()
{
	fresh
	local script='require "duplicate"; if not duplicate { discard; }'
	simple_message one | deliver "$script" && is "$(message_count "$box")" 0 && { echo 'Received: by b'; simple_message one; } | deliver "$script" && is "$(count_in '')" 1
}
ok "duplicate: what was discarded is remembered too" discarded_is_remembered

damage_is_survived()
{
	fresh
	simple_message one | deliver "$duplicate" || return 1
	find "$home" -path '*/seen/data.mdb' -exec dd if=/dev/urandom of={} bs=4096 count=4 conv=notrunc status=none \;
	simple_message two | deliver "$duplicate" && simple_message three | deliver "$duplicate" && is "$(count_in '')" 3 && has "$work/log" 'duplicate|database'
}
ok "duplicate: a damaged database holds no mail up" damage_is_survived

# ---- scripts ----

includes()
{
	fresh
	echo 'require ["include", "variables"]; global "where"; set "where" "FromPersonal"; return;' > "$home/.mda/sieve/mine.sieve"
	echo 'require ["fileinto", "include", "variables"]; fileinto "${global.where}";' > "$work/etc/sieve/site.sieve"
	simple_message | deliver 'require "include"; include "mine"; include :global "site"; include :optional "nothing";' && is "$(count_in FromPersonal)" 1
}
ok "include: personal and global scripts" includes

# asked COMMAND...: what mda-explain or mda-sieve says of a message
asked()
{
	"$@" < "$work/message" > "$work/asked" 2>&1 || [ $? -eq 1 ]
}

# The reason of each action is the rule's own place, in the log, in mda-explain and in mda-sieve.
places_of_included_rules()
{
	fresh
	local mine=$home/.mda/sieve/mine.sieve site=$work/etc/sieve/site.sieve rules=$home/.mda/rules.sieve
	printf 'require ["fileinto", "copy"];\n\n\nfileinto :copy "Mine";\nredirect :copy "b@b.test";\n' > "$mine"
	printf 'require ["include", "vacation"];\n\ninclude :personal "mine";\n\n\nvacation :days 1 "away";\nkeep;\n' > "$site"
	printf 'require "include";\ninclude :global "site";\n' > "$rules"
	chown -R "$owner" "$home"
	simple_message > "$work/message"
	asked "$bin/mda-explain" - --trace -c "$conf" -d x@a.test -f ann@outside.test &&
		has "$work/asked" "^store into  Mine  because of $mine:4" && has "$work/asked" "^redirect to b@b.test  because of $mine:5" &&
		has "$work/asked" "^store into  INBOX  because of $site:7" && has "$work/asked" "^$mine\$" || return
	asked "$bin/mda-sieve" test -c "$conf" -d x@a.test -f ann@outside.test "$rules" - &&
		has "$work/asked" "^store into  Mine  as a copy  because of $mine:4" && has "$work/asked" "^store into  INBOX  because of $site:7" || return
	asked "$bin/mda-sieve" test --json -c "$conf" -d x@a.test -f ann@outside.test "$rules" - &&
		has "$work/asked" "\"script\":\"$mine\",\"line\":4" || return
	: > "$work/log"
	attempt -c "$conf" -d x@a.test -f ann@outside.test < "$work/message"
	is "$status" 0 && has "$work/log" "rule=$mine:4,$site:7,$mine:5( |\$)"
}
ok "include: the reason is the rule's own file and line" places_of_included_rules

# An error while it runs, or in its text, is told with the file that it is in, to the user as to the log.
places_of_included_errors()
{
	fresh
	local mine=$home/.mda/sieve/mine.sieve rules=$home/.mda/rules.sieve
	printf 'require "reject";\n\n  reject "no";\n' > "$mine"
	printf 'require ["include", "fileinto"];\nfileinto "A";\ninclude "mine";\n' > "$rules"
	chown -R "$owner" "$home"
	simple_message > "$work/message"
	: > "$work/log"
	attempt -c "$conf" -d x@a.test -f ann@outside.test < "$work/message"
	is "$status" 0 && has "$rules.errors" "^$mine:3:3: reject cannot go with .*; the message is kept\$" &&
		has "$work/log" "script $mine:3:3: reject cannot go" || return
	asked "$bin/mda-sieve" test -c "$conf" -d x@a.test -f ann@outside.test "$rules" - && has "$work/asked" "^error +$mine:3:3: reject" || return
	printf 'keep;\nfrobnicate;\n' > "$mine"
	attempt -c "$conf" -d x@a.test -f ann@outside.test < "$work/message"
	is "$status" 0 && has "$rules.errors" "^$mine:2:1: " && has "$work/log" "script $mine:2:1: "
}
ok "include: an error is told with its own file, line and column" places_of_included_errors

# As any message: it has a UID, and there is one a day, however often the MTA delivers.
errors_are_told_by_a_message()
{
	fresh
	local rules=$home/.mda/rules.sieve note
	printf 'require "fileinto";\nfileinto "Äpfel" frobnicate;\n' > "$rules"
	chown -R "$owner" "$home"
	for n in one two; do
		simple_message $n > "$work/message"
		attempt -c "$conf" -d x@a.test -f ann@outside.test < "$work/message"
	done
	is "$status" 0 && is "$(count_in '')" 2 || return
	for n in three four five; do
		simple_message $n > "$work/message"
		attempt -c "$conf" -o report_errors=yes -d x@a.test -f ann@outside.test < "$work/message"
		is "$status" 0 || return
	done
	is "$(count_in '')" 6 && note=$(stored '' | xargs grep -l '^Subject: An error in your mail rules$') && is "$(wc -l <<< "$note")" 1 &&
		has "$note" '^Auto-Submitted: auto-generated$' && has "$note" '^To: <x@a\.test>$' && has "$note" '^Message-ID: <[0-9a-f]*\.mda@a\.test>$' &&
		has "$note" "rules\.sieve:2:[0-9]+: " && has "$rules.errors" "rules\.sieve:2:[0-9]+: " || return
	as_mail_owner "$bin/mda-reindex" check "$box" > "$work/checked" 2>&1 || { cat "$work/checked"; return 1; }
	is "$(as_mail_owner "$bin/mda-reindex" show --json "$box" | python3 -c 'import json, sys; print(*[m["uid"] for m in json.load(sys.stdin)[0]["messages"]])')" "1 2 3 4 5 6"
}
as_mail_owner()
{
	if is_root; then setpriv --reuid="${owner%:*}" --regid="${owner#*:}" --clear-groups "$@"; else "$@"; fi
}
ok "report_errors: one message in the INBOX a day" errors_are_told_by_a_message

failing_rules_are_told_too()
{
	fresh
	printf 'require ["fileinto", "reject"];\nfileinto "A";\nreject "no";\n' > "$home/.mda/rules.sieve"
	chown -R "$owner" "$home"
	simple_message > "$work/message"
	attempt -c "$conf" -o report_errors=yes -d x@a.test -f ann@outside.test < "$work/message"
	is "$status" 0 && is "$(count_in '')" 2 && stored '' | xargs grep -q 'rules.sieve:3:1: reject cannot go with'
}
ok "report_errors: also what fails as it runs" failing_rules_are_told_too

links_lead_nowhere()
{
	fresh
	echo 'discard;' > "$work/etc/outside.sieve"
	ln -s "$work/etc/outside.sieve" "$home/.mda/sieve/link.sieve"
	printf 'require "include"; include "link";\n' > "$home/.mda/rules.sieve"
	chown -R "$owner" "$home"
	simple_message > "$work/message"
	attempt -c "$conf" -d x@a.test -f ann@outside.test < "$work/message"
	is "$status" 0 && is "$(count_in '')" 1 && has "$home/.mda/rules.sieve.errors" 'regular file' || return 1
	printf 'require "include"; include "../rules";\n' > "$home/.mda/rules.sieve"
	attempt -c "$conf" -d x@a.test -f ann@outside.test < "$work/message"
	is "$status" 0 && has "$home/.mda/rules.sieve.errors" 'slashes'
}
ok "include: no way out of the directory" links_lead_nowhere

# ---- folders ----

special_uses()
{
	fresh
	local script='require ["special-use", "fileinto", "mailbox"]; if specialuse_exists "\\Junk" { fileinto :specialuse "\\Junk" "No"; } else { fileinto :create :specialuse "\\Archive" "Plain"; }'
	simple_message one | deliver "$script" && is "$(count_in Plain)" 1 || return 1
	mkdir -p "$box/.Junk/cur" "$box/.Junk/new" "$box/.Junk/tmp"
	simple_message two | deliver "$script" && is "$(count_in Junk)" 1 && simple_message three | deliver "$script" -o 'special_use=Junk Plain' && is "$(count_in Plain)" 2
}
ok "special-use: by mda.conf, once the folder exists" special_uses

object_ids()
{
	fresh
	simple_message one | deliver 'require "fileinto"; fileinto "Work";' || return 1
	local id
	id=F$(printf '%08x' "$(sed -n '1s/.* V\([0-9]*\).*/\1/p' "$box/.Work/mda-uids")")
	simple_message two | deliver 'require ["mailboxid", "fileinto"]; if mailboxidexists "'"$id"'" { fileinto :mailboxid "'"$id"'" "Other"; }' && is "$(count_in Work)" 2 || return 1
	echo "3 V17 N5 Gfeedfacefeedfacefeedfacefeedface" > "$box/.Work/dovecot-uidlist"
	simple_message three | deliver 'require ["mailboxid", "fileinto"]; fileinto :mailboxid "feedfacefeedfacefeedfacefeedface" "Other";' && is "$(count_in Work)" 3 || return 1
	simple_message four | deliver 'require ["mailboxid", "fileinto"]; fileinto :mailboxid "'"$id"'" "Other";' && is "$(count_in Other)" 1
}
ok "mailboxid: by UIDVALIDITY, and by Dovecot's GUID" object_ids

annotations()
{
	fresh
	printf '# notes\n"My Work" /private/comment  busy this week\n"" /shared/admin mailto:root@a.test\n' > "$home/.mda/metadata"
	mkdir -p "$box/.My Work/cur" "$box/.My Work/new" "$box/.My Work/tmp"
	simple_message | deliver 'require ["mboxmetadata", "servermetadata", "mailbox", "fileinto"];
		if allof (mailboxexists "My Work", metadata :contains "My Work" "/private/comment" "busy", not metadataexists "My Work" "/private/other",
			servermetadata :matches "/shared/admin" "mailto:*") { fileinto "My Work"; }' && is "$(count_in 'My Work')" 1
}
ok "mboxmetadata, servermetadata: from the text file" annotations

# ---- what the delivery itself writes ----

trace_fields()
{
	fresh
	{ printf 'Return-Path: <forged@evil.test>\nDelivered-To: earlier@b.test\n'; simple_message; } | deliver 'require ["fileinto", "copy", "envelope"];
		if header :is "X-Original-To" "shop@a.test" { fileinto :copy "Original"; }
		if allof (header :is "Delivered-To" "x@a.test", header :is "Delivered-To" "earlier@b.test") { fileinto :copy "Delivered"; }
		if header :is "Return-Path" "<ann@outside.test>" { fileinto :copy "Path"; }
		if header :contains "Return-Path" "forged" { fileinto :copy "Forged"; }' -r x@a.test -a shop@a.test || return 1
	is "$(count_in Original) $(count_in Delivered) $(count_in Path) $(count_in Forged)" "1 1 1 0"
}
ok "Return-Path, X-Original-To and Delivered-To are seen as they are stored" trace_fields

trace_fields_stay()
{
	fresh
	simple_message | deliver 'require ["editheader", "fileinto", "copy"];
		deleteheader "Delivered-To"; deleteheader "Return-Path"; addheader "X-Mine" "yes";
		if header :is "Delivered-To" "x@a.test" { fileinto :copy "Stays"; }' || return 1
	set -- "$box"/.Stays/new/*
	is "$(grep -c '^Delivered-To: x@a.test' "$1") $(grep -c '^Return-Path: <ann@outside.test>' "$1") $(grep -c '^X-Mine: yes' "$1")" "1 1 1"
}
ok "... and no rule changes them" trace_fields_stay

trace_fields_in_libsieve()
{
	fresh
	simple_message | deliver 'require "fileinto"; if header :is "X-Original-To" "shop@a.test" { fileinto "Original"; }' -a shop@a.test -o sieve_engine=libsieve && is "$(count_in Original)" 1
}
ok "... for the other engine as well" trace_fields_in_libsieve

# ---- lists and the stages' word ----

lists()
{
	fresh
	printf '*@outside.test\n' > "$home/.mda/lists/friends"
	printf 'boss@b.test # a comment\n' > "$work/etc/lists/staff"
	printf 'ann@outside.test\n' > "$home/.mda/contacts"
	simple_message | deliver 'require ["extlists", "fileinto"];
		if allof (address :list "from" "friends", address :list "from" "addrbook:default", not address :list "from" "file:staff", not header :list "from" "nothing",
			address :list "from" ":addrbook:default", address :list "from" "urn:ietf:params:sieve:addrbook:default", not address :list "from" ":addrbook:personal",
			valid_ext_list ["friends", "staff", "mda:allow", ":addrbook:default"], not valid_ext_list "nothing") { fileinto "Friends"; }' && is "$(count_in Friends)" 1
}
ok "extlists: files and contacts" lists

unknown_lists()
{
	fresh
	printf '*@outside.test\n' > "$home/.mda/lists/friends"
	printf 'require ["extlists", "copy"];\nif address :list "from" ["friends", ":addrbook:default"] { keep; }\nif address :list "from" "foes" { discard; }\nredirect :copy :list "team";\nif address :list "from" ":addrbook:mine" { stop; }\n' > "$work/l.sieve"
	"$bin/mda-sieve" check -c "$conf" -d x@a.test "$work/l.sieve" > "$work/told"
	is "$(grep -c 'warning: there is no list' "$work/told")" 3 && has "$work/told" ':3:.*"foes"' && has "$work/told" ':4:.*"team"' && has "$work/told" ':5:.*":addrbook:mine"' || return 1
	# For nobody in particular, only those that nobody has.
	"$bin/mda-sieve" check "$work/l.sieve" > "$work/told"
	is "$(grep -c 'warning: there is no list' "$work/told")" 1
}
ok "extlists: check warns of lists that there are not" unknown_lists

redirect_to_a_list()
{
	fresh
	printf 'one@b.test\ntwo@b.test\n*@nobody.test\n' > "$home/.mda/lists/team"
	simple_message | deliver 'require ["extlists", "copy"]; redirect :copy :list "team";' && is "$(grep -c '^Subject:' "$work/sent")" 2
}
ok "extlists: redirect to a list" redirect_to_a_list

labels()
{
	fresh
	local script='require ["vnd.mda.sender", "fileinto", "environment", "variables", "vnd.dovecot.environment"];
		if sender_label "External" { fileinto "Ext"; } elsif sender_label "" { fileinto "In"; }'
	simple_message | deliver "$script" && is "$(count_in Ext)" 1 || return 1
	printf 'ann@outside.test\n' > "$home/.mda/contacts"
	simple_message two | deliver "$script" && is "$(count_in In)" 1
}
ok "vnd.mda.sender: the label, with the contacts" labels

listed()
{
	fresh
	printf 'ann@outside.test\n' > "$home/.mda/allow"
	simple_message | deliver 'require ["vnd.mda.sender", "fileinto", "environment"]; if allof (sender_list :allowed, not sender_list :blocked, environment :contains "vnd.mda.list-reason" "allow:1") { fileinto "Allowed"; }' &&
		is "$(count_in Allowed)" 1
}
ok "vnd.mda.sender: the lists, with their evidence" listed

spam_scores()
{
	fresh
	local script='require ["spamtestplus", "relational", "comparator-i;ascii-numeric", "fileinto"];
		if spamtest :percent :count "eq" "0" { fileinto "Unscanned"; } elsif spamtest :value "ge" :comparator "i;ascii-numeric" "9" { fileinto "High"; }
		elsif spamtest :percent :value "ge" :comparator "i;ascii-numeric" "50" { fileinto "Middle"; } else { fileinto "Low"; }'
	simple_message | deliver "$script" && { echo 'X-Spam-Score: 6.1'; simple_message; } | deliver "$script" && { echo 'X-Spam-Score: 0.1'; simple_message; } | deliver "$script" &&
		{ echo 'X-Spam-Score: 12'; simple_message; } | deliver "$script" -o spam_rules=yes && is "$(count_in Unscanned) $(count_in Middle) $(count_in Low) $(count_in High)" "1 1 1 1"
}
ok "spamtest: by the scores in the header" spam_scores

scanner_fields()
{
	fresh
	{ printf 'X-Scan: 4/8\nX-Av: **\n'; simple_message; } | deliver 'require ["spamtestplus", "virustest", "fileinto", "copy"];
		if spamtest "5" { fileinto :copy "Five"; } if spamtest :percent "50" { fileinto :copy "Half"; } if virustest "3" { fileinto "Doubtful"; }' \
		-o 'spamtest_header=X-Scan: ([0-9]+)/' -o 'spamtest_max=X-Scan: /([0-9]+)' -o virustest_header=X-Av -o virustest_type=length -o virustest_max=4 &&
		is "$(count_in Five) $(count_in Half) $(count_in Doubtful)" "1 1 1"
}
ok "spamtest, virustest: the fields that the admin names" scanner_fields

forbidden_fields()
{
	fresh
	{ echo 'X-Del: 1'; simple_message; } | deliver 'require "editheader"; addheader "X-Add" "1"; deleteheader "X-Del"; addheader "X-Other" "1";' \
		-o editheader_forbid_add=X-Add -o editheader_forbid_delete=X-Del &&
		! grep -q '^X-Add' "$home"/Maildir/new/* && grep -q '^X-Del' "$home"/Maildir/new/* && grep -q '^X-Other' "$home"/Maildir/new/*
}
ok "editheader: what may be added, and what deleted" forbidden_fields

submitter()
{
	fresh
	local script='require ["envelope", "fileinto"]; if envelope "auth" "joe@inside.test" { fileinto "Joe"; }'
	simple_message | deliver "$script" -u joe@inside.test && { echo 'X-Auth: joe@inside.test'; simple_message; } | deliver "$script" -u '' &&
		is "$(count_in Joe) $(count_in '')" "1 1"
}
ok "envelope auth: who submitted it, when the MTA says so" submitter

letters()
{
	fresh
	{ echo 'Subject: =?utf-8?q?gr=C3=BC=C3=9Fe?='; simple_message | grep -v '^Subject'; } | deliver 'require ["regex", "fileinto"]; if header :regex "subject" "^[[:alpha:]]+$" { fileinto "Letters"; }' &&
		is "$(count_in Letters)" 1
}
ok "regex: letters beyond ASCII" letters

items()
{
	fresh
	simple_message | deliver 'require ["environment", "vnd.dovecot.environment", "variables", "fileinto"];
		if allof (environment "name" "mda", environment :matches "version" "*.*", environment "vnd.mda.config.site" "Example Site", environment "vnd.dovecot.config.site" "Example Site",
			environment "vnd.mda.recipient" "x@a.test", environment "vnd.dovecot.default-mailbox" "INBOX", not environment :contains "nothing" "") { fileinto "Env/${env.vnd.dovecot.default_mailbox}"; }' &&
		is "$(count_in Env.INBOX)" 1
}
ok "environment: items of ours and of the admin's" items

# ---- a retry that decides otherwise ----

# begun SCRIPT: the message is stored, and its redirect could not be sent; SCRIPT decides about the retry, which is to end well
begun()
{
	fresh
	cp "$work/sendmail" "$work/sendmail.good"
	printf '#!/bin/sh\nexit 75\n' > "$work/sendmail"
	{ echo 'Received: from x by y id 1; Sun, 29 Nov 2026 00:00:00 +0000'; simple_message; } > "$work/message"
	deliver 'require ["fileinto", "copy", "mailbox"]; fileinto :create "A"; redirect :copy "x@c.test";' < "$work/message" > /dev/null
	mv "$work/sendmail.good" "$work/sendmail"
	is "$status" 75 && is "$(count_in A)" 1 && deliver "$1" < "$work/message" && is "$(message_count "$home")" 1 &&
		is "$(count_in A)" 1 && is "$(grep -c '^Subject: test plain' "$work/sent")" 1 &&
		tail -n 1 "$work/log" | grep -q 'status=stored,redirected .*folder=A .*repeated=yes'
}
ok "a retry into another folder: the first counts" begun 'require ["fileinto", "mailbox"]; fileinto :create "B";'
ok "a retry that keeps: the first counts" begun 'keep;'
ok "a retry that discards ends what was begun" begun 'discard;'
ok "a retry that refuses ends what was begun" begun 'require "reject"; reject "no";'
ok "a retry that redirects alone ends what was begun" begun 'redirect "x@c.test";'

fed_again()
{
	rm "$box"/.A/new/*
	deliver 'keep;' < "$work/message" && is "$(stored | wc -l)" 1
}
ok "then it is over: deleted and fed again, it is stored" fed_again

# ---- what is explained ----

explained()
{
	fresh
	printf '%s\n' 'require ["vnd.mda.sender", "fileinto"]; if sender_label "External" { fileinto "Ext"; }' > "$home/.mda/rules.sieve"
	chown -R "$owner" "$home"
	simple_message > "$work/message"
	attempt explain - --trace -c "$conf" -d x@a.test -f ann@outside.test < "$work/message"
	is "$status" 0 && has "$work/out" 'because of first-contact; domain=outside\.test' && has "$work/out" 'Ext'
}
ok "mda explain --trace says why a label is there" explained
done_testing
