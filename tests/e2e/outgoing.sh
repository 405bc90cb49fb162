#!/bin/bash
# What a delivery sends, with two real Postfixes: one runs mda, the other accepts what mda submits
# over SMTP. Two vacations that answer each other, loops, lists, refusals, bounces to SRS
# addresses, and a server that goes down and comes back.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib-postfix.sh"

if ! is_root || ! command -v postfix postqueue > /dev/null; then
	skip "what is sent" "needs root and the package postfix"
	done_testing
	exit
fi

vhosts=$work/vhosts
sink=$work/sink

# Our Postfix: mda delivers v.test, and everything else goes to the next server.
configure_ours()
{
	server ours
	cat >> "$etc/main.cf" << END
virtual_mailbox_domains = v.test
virtual_transport = mda
mda_destination_recipient_limit = 1
default_transport = smtp:[127.0.0.1]:$(cat "$work/next/port")
END
	cat >> "$etc/master.cf" << END
mda unix - n n - - pipe
  flags=Rq user=nobody null_sender=
  argv=$bin/mda -c $work/mda.conf -f \${sender} -r \${recipient} -a \${original_recipient}
END
}

# The other one: v.test is ours, refuse.test is refused later on, never.test at once, later.test for now, as is what has a
# certain subject; all else is written to files.
configure_next()
{
	server next
	echo '/^Subject: poison/ REJECT not this' > "$etc/headers"
	cat >> "$etc/main.cf" << END
smtpd_recipient_restrictions = check_recipient_access inline:{ { never.test = 550 5.1.2 never }, { later.test = 450 4.2.1 later } }
header_checks = regexp:$etc/headers
transport_maps = inline:{ { v.test = smtp:[127.0.0.1]:$(cat "$work/ours/port") }, { refuse.test = refuser: } }
default_transport = sink
sink_destination_recipient_limit = 1
END
	cat >> "$etc/master.cf" << END
sink unix - n n - - pipe
  flags=q user=nobody null_sender=
  argv=$work/take \${sender} \${recipient}
refuser unix - n n - - pipe
  flags=q user=nobody null_sender=
  argv=$work/refuse
END
	printf '#!/bin/sh\necho "5.1.1 nobody here"\nexit 67\n' > "$work/refuse"
	chmod 755 "$work/refuse"
	cat > "$work/take" << END
#!/bin/bash
file=\$(mktemp "$sink/\$2.XXXXXX") && { echo "MAIL FROM:<\$1>"; cat; } > "\$file"
END
	mkdir "$sink" && chmod 777 "$sink" && chmod 755 "$work/take"
}

# user NAME RULES
user()
{
	mkdir -p "$vhosts/v.test/$1/.mda"
	[ -z "${2:-}" ] || printf '%s\n' "$2" > "$vhosts/v.test/$1/.mda/rules.sieve"
}

base()
{
	cat << END
users = virtual
virtual_user = ""
virtual_home = "$vhosts/%d/%n"
create_home = no
aliases = ""
log = "$work/mda.log"
stamp_key = "$work/state/stamp.key"
label = no
END
}

set_up()
{
	mkdir -p "$vhosts/v.test" "$work/state"
	configure_server ours && configure_server next && configure_ours && configure_next || return
	base > "$work/mda.conf"
	echo "submission = smtp://127.0.0.1:$(cat "$work/next/port")" >> "$work/mda.conf"
	: > "$work/mda.log"
	chmod 666 "$work/mda.log"
	user ann 'require "vacation"; vacation "Ann is away";'
	user bob 'require "vacation"; vacation :subject "Bob" "Bob is away";'
	user one 'redirect "two@v.test";'
	user two 'redirect "three@v.test";'
	user three 'redirect "one@v.test";'
	user srs 'redirect "x@far.test";'
	user away 'redirect "y@refuse.test";'
	user never 'redirect "z@never.test"; redirect "x@far.test";'
	user two_never 'redirect "z@never.test"; redirect "y@never.test";'
	user never_copy 'require ["fileinto", "copy"]; redirect :copy "z@never.test"; fileinto "Other";'
	user later 'redirect "z@later.test";'
	user strict 'require "reject"; reject "Nein, danke: ü";'
	user copy 'require ["vacation", "fcc", "enotify", "copy"]; redirect :copy "fwd@far.test"; vacation :fcc "Sent" "gone"; notify "mailto:phone@far.test";'
	user plain ''
	chown -R nobody "$vhosts" "$work/state"
	server next && start_postfix && server ours && start_postfix
}

stop_all()
{
	server ours && stop_postfix
	server next && stop_postfix
}

# letter WORD FROM TO [FIELD]...
letter()
{
	printf '%s\n' "${@:4}" "From: $2" "To: $3" "Subject: $1" "Message-ID: <$1@far.test>" "" "Text of $1." | sed '/^$/{1d}' > "$work/$1.eml"
}

both_are_empty()
{
	local name
	for name in ours next; do
		[ -z "$(find "$work/$name/queue"/{maildrop,incoming,active,deferred} -type f)" ] || return 1
	done
}

is_deferred_here()
{
	[ -n "$(find "$work/ours/queue/deferred" -type f)" ] && [ -z "$(find "$work/ours/queue"/{incoming,active} -type f)" ]
}

# mail WORD SENDER RECIPIENT [FIELD]...: through ours, until nothing moves any more
mail()
{
	letter "$1" "${2:-x@far.test}" "$3" "${@:4}"
	server ours
	smtp_send "$work/$1.eml" "$2" "$3" && wait_for "$patience" both_are_empty
}

# box NAME [FOLDER]: how many messages there are
box()
{
	find "$vhosts/v.test/$1/Maildir${2:+/.$2}" -maxdepth 2 \( -path '*/new/*' -o -path '*/cur/*' \) -type f 2> /dev/null | wc -l
}

# sunk ADDRESS: how many came there
sunk()
{
	find "$sink" -name "$1.*" | wc -l
}

on_exit stop_all
ok "two Postfixes start" set_up

# ---- vacation ----

ok "vacation: ann writes to bob, who is away, as she is" mail hello ann@v.test bob@v.test
ok "bob has her mail" is "$(box bob)" 1
ok "ann has his answer, and none follows" is "$(box ann)" 1
ok "his answer is one" has "$(messages "$vhosts/v.test/ann/Maildir")" '^Auto-Submitted: auto-replied'
ok "from the null sender" has "$(messages "$vhosts/v.test/ann/Maildir")" '^Return-Path: <>$'
ok "vacation: once more" mail again ann@v.test bob@v.test
ok "bob has both" is "$(box bob)" 2
ok "ann has one answer" is "$(box ann)" 1
ok "vacation: from outside" mail outside dora@far.test bob@v.test
ok "dora has an answer" is "$(sunk dora@far.test)" 1
ok "vacation: a mailing list" mail list list-bounces@far.test bob@v.test "List-Id: <l.far.test>" "Precedence: list"
ok "vacation: a list that looks like a person" mail list2 eve@far.test bob@v.test "List-Post: <mailto:l@far.test>"
ok "vacation: a newsletter" mail news fred@far.test bob@v.test "Precedence: bulk"
ok "vacation: the null sender" mail null "" bob@v.test
ok "vacation: noreply" mail noreply noreply@far.test bob@v.test
ok "all of that is stored" is "$(box bob)" 8
ok "nobody else got an answer" is "$(find "$sink" -type f | wc -l)" 1
ok "and the log tells why" is "$(grep -c 'unanswered="vacation' "$work/mda.log")" 7

# ---- circles ----

ok "a circle of three" mail circle dora@far.test one@v.test
ok "it ends before it begins anew, and is kept once" is "$(box one) $(box two) $(box three)" "0 0 1"
ok "with one letter to oneself" mail self one@v.test two@v.test
ok "it ends as well" is "$(($(box one) + $(box two) + $(box three)))" 2

# ---- the envelope ----

ok "redirect: the original sender" mail plain1 dora@far.test srs@v.test
ok "it has come with it" has "$sink"/x@far.test.* '^MAIL FROM:<dora@far.test>$'
rm -f "$sink"/*
echo 'redirect_sender = recipient' >> "$work/mda.conf"
ok "redirect: the recipient's" mail plain2 dora@far.test srs@v.test
ok "it has come with that" has "$sink"/x@far.test.* '^MAIL FROM:<srs@v.test>$'
rm -f "$sink"/*
sed -i 's/^redirect_sender.*/redirect_sender = "<bounces@v.test>"/' "$work/mda.conf"
ok "redirect: an address" mail plain5 dora@far.test srs@v.test
ok "it has come with that address" has "$sink"/x@far.test.* '^MAIL FROM:<bounces@v.test>$'
rm -f "$sink"/*
sed -i 's/^redirect_sender.*/redirect_sender = srs\nredirect_resent = yes/' "$work/mda.conf"
ok "redirect: SRS" mail plain3 dora@far.test srs@v.test
ok "it has come with an address of ours" has "$sink"/x@far.test.* '^MAIL FROM:<SRS0=[a-z2-7]{6}=[a-z2-7]{2}=far.test=dora@v.test>$'
sealed=$(sed -n 's/^MAIL FROM:<\(SRS0=.*\)>$/\1/p' "$sink"/x@far.test.*)
ok "and the Resent fields" is "$(grep -cE '^Resent-(From: <srs@v.test>|To: <x@far.test>|Date: |Message-ID: <)' "$sink"/x@far.test.*)" 4
rm -f "$sink"/*
ok "redirect: the null sender stays null" mail plain4 "" srs@v.test
ok "it has come so" has "$sink"/x@far.test.* '^MAIL FROM:<>$'
rm -f "$sink"/*
# ---- who writes ----

cp "$work/mda.conf" "$work/mda.conf.before"
user writer 'require ["enotify", "vnd.dovecot.report", "vacation"]; notify "mailto:phone@far.test"; report "abuse" "x" "abuse@far.test"; vacation "away";'
user namer 'require "vacation"; vacation :addresses "boss@far.test" "away";'
chown -R nobody "$vhosts"
printf '%s\n' 'notify_sender = "<robot@v.test>"' 'report_sender = original_recipient' 'vacation_sender = recipient' \
	'vacation_original_recipient = yes' >> "$work/mda.conf"
letter writes dora@far.test sales@v.test
attempt -c "$work/mda.conf" -f dora@far.test -r writer@v.test -a sales@v.test < "$work/writes.eml"
ok "who writes: it is stored" is "$status" 0
ok "all of it has gone" wait_for "$patience" both_are_empty
ok "a notification is from whom the admin names" has "$sink"/phone@far.test.* '^MAIL FROM:<robot@v.test>$'
ok "a report from the original recipient" has "$sink"/abuse@far.test.* '^MAIL FROM:<sales@v.test>$'
ok "an answer from the address that was written to" has "$sink"/dora@far.test.* '^MAIL FROM:<sales@v.test>$'
rm -f "$sink"/*
letter names dora@far.test boss@far.test
attempt -c "$work/mda.conf" -f dora@far.test -r namer@v.test -a namer@v.test < "$work/names.eml"
ok "an answer by an address that a script names is stored" is "$status" 0
ok "it has gone, too" wait_for "$patience" both_are_empty
ok "but its sender is the mailbox" has "$sink"/dora@far.test.* '^MAIL FROM:<namer@v.test>$'
rm -f "$sink"/*
mv "$work/mda.conf.before" "$work/mda.conf"

ok "redirect: refused at the other end" mail refused dora@far.test away@v.test
ok "the bounce finds back by SRS" has "$sink"/dora@far.test.* '^MAIL FROM:<>$'
ok "and says why" has "$sink"/dora@far.test.* 'nobody here'
rm -f "$sink"/*
smtp_to()
{
	attempt -c "$work/mda.conf" -f "$1" -r "$2" < "$work/refused.eml"
}
smtp_to "" "SRS0=aaaaaa=bb=far.test=evil@v.test"
ok "a forged SRS address is nobody" is "$status" 67
ok "because of its seal, before anything else" has "$work/err" 'it was not made here'
smtp_to x@far.test "SRS0=aaaaaa=bb=far.test=evil@v.test"
ok "whoever writes to it" has "$work/err" 'it was not made here'
mv "$work/state/stamp.key" "$work/state/key"
smtp_to "" "$sealed"
ok "without a key nobody is known" is "$status" 67
rm -f "$work/state/stamp.key" # a delivery may have made it anew
mkdir "$work/state/stamp.key"
smtp_to "" "$sealed"
ok "a key that cannot be read defers the bounce" is "$status" 75
ok "and is named" has "$work/err" 'state/stamp.key'
rmdir "$work/state/stamp.key" && mv "$work/state/key" "$work/state/stamp.key"
smtp_to x@far.test "$sealed"
ok "and only bounces go to one of ours" has "$work/err" 'only bounces'
sed -i '/^redirect_/d' "$work/mda.conf"

# ---- what the server refuses ----

rm -f "$sink"/*
ok "a redirect that is refused at once" mail never1 dora@far.test never@v.test
ok "the message is kept, once" is "$(box never)" 1
ok "the other redirect is done" is "$(sunk x@far.test)" 1
ok "the log tells why" has "$work/mda.log" 'the redirect to z@never.test is refused: .*550'
ok "two of them" mail never2 dora@far.test two_never@v.test
ok "it is kept once" is "$(box two_never)" 1
letter never5 dora@far.test never@v.test
attempt -c "$work/mda.conf" -f dora@far.test -r never@v.test -m ../outside < "$work/never5.eml"
ok "where the folder of -m cannot be, it is kept in the INBOX" is "$status $(box never)" "0 2"
letter self1 dora@far.test self1@v.test
user self1 'redirect "self1@v.test";'
chown -R nobody "$vhosts/v.test/self1"
attempt -c "$work/mda.conf" -f dora@far.test -r self1@v.test -m ../outside < "$work/self1.eml"
ok "so it is when the redirect leads to itself" is "$status $(box self1)" "0 1"
ok "one of a message that is stored" mail never3 dora@far.test never_copy@v.test
ok "is only told" is "$(box never_copy) $(box never_copy Other)" "0 1"
ok "a message that is refused by its text" mail poison dora@far.test srs@v.test
ok "it is kept" is "$(box srs)" 1
ok "an answer that is refused" mail never4 dora@never.test bob@v.test
ok "it is given up, and told" has "$work/mda.log" 'vacation is given up: .*550'
letter later1 dora@far.test later@v.test
ok "a redirect that is refused for now" smtp_send "$work/later1.eml" dora@far.test later@v.test
ok "it waits" wait_for "$patience" is_deferred_here
ok "it is not kept" is "$(box later)" 0
postsuper -c "$etc" -d ALL > /dev/null 2>&1
rm -f "$sink"/*

# ---- refusals ----

ok "reject: by the MTA" mail strict1 dora@far.test strict@v.test
ok "the bounce has the text" grep -qa 'Nein, danke' "$sink"/dora@far.test.*
rm -f "$sink"/*
echo 'reject_by = message' >> "$work/mda.conf"
ok "reject: by a message of ours" mail strict2 dora@far.test strict@v.test
ok "it has come" has "$sink"/dora@far.test.* '^Disposition: automatic-action/MDN-sent-automatically; deleted'
ok "with the text, encoded" has "$sink"/dora@far.test.* 'Nein, danke: =C3=BC'
ok "the message is not stored" is "$(box strict)" 0
rm -f "$sink"/*
ok "reject: a list is not told" mail strict3 dora@far.test strict@v.test "List-Id: <l.far.test>"
ok "nobody heard of it" is "$(find "$sink" -type f | wc -l)" 0
sed -i '/^reject_by/d' "$work/mda.conf"

# ---- the server is down, and up again ----

server next
ok "the other server stops" stop_postfix
letter down dora@far.test copy@v.test
server ours
ok "mail comes in all the same" smtp_send "$work/down.eml" dora@far.test copy@v.test
ok "it waits" wait_for "$patience" is_deferred_here
ok "it is in the mailbox already" is "$(box copy)" 1
flush()
{
	server ours
	postqueue -c "$etc" -f && sleep 1 && wait_for "$patience" is_deferred_here
}
ok "tried again, in vain" flush
ok "it is in the mailbox once" is "$(box copy)" 1
server next
ok "the other server is up again" start_postfix
server ours
ok "tried again" postqueue -c "$etc" -f
ok "all is done" wait_for "$patience" both_are_empty
ok "one message" is "$(box copy)" 1
ok "one redirect" is "$(sunk fwd@far.test)" 1
ok "one answer" is "$(sunk dora@far.test)" 1
ok "one notification" is "$(sunk phone@far.test)" 1
ok "one copy of the answer, in Sent" is "$(box copy Sent)" 1
rm -f "$sink"/*

# ---- a script that was changed meanwhile ----

server next
stop_postfix
letter changed dora2@far.test copy@v.test
server ours
smtp_send "$work/changed.eml" dora2@far.test copy@v.test
wait_for "$patience" is_deferred_here
echo 'keep;' > "$vhosts/v.test/copy/.mda/rules.sieve"
server next
start_postfix
server ours
postqueue -c "$etc" -f
ok "a redirect that was decided is done, whatever the script says now" wait_for "$patience" both_are_empty
ok "it has come" is "$(sunk fwd@far.test)" 1
ok "the message is there once" is "$(box copy)" 2

# ---- limits ----

rm -f "$sink"/*
echo 'answers_per_hour = 2' >> "$work/mda.conf"
user flood 'require "vacation"; vacation "away";'
chown -R nobody "$vhosts/v.test/flood"
for name in a b c d; do
	mail "flood-$name" "$name@far.test" flood@v.test
done
ok "answers: no more than the limit" is "$(find "$sink" -type f | wc -l)" 2
ok "all mail is stored" is "$(box flood)" 4
ok "the log tells" has "$work/mda.log" 'answers_per_hour'
echo 'redirects_per_day = 1' >> "$work/mda.conf"
rm -rf "$vhosts/v.test/srs/.Maildir.mda"
rm -f "$sink"/*
mail day1 dora@far.test srs@v.test
letter day2 dora@far.test srs@v.test
smtp_send "$work/day2.eml" dora@far.test srs@v.test
ok "redirects: beyond the day's limit it waits" wait_for "$patience" is_deferred_here
ok "one has gone" is "$(sunk x@far.test)" 1
done_testing
