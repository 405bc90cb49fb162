#!/bin/bash
# The screener: a client moves messages with a real Dovecot, as Thunderbird does, and the next
# delivery has another verdict.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib-dovecot.sh"
. "$(dirname "$0")/lib-acts.sh"
needs_dovecot "the screener" strace

set_up_vhosts
conf=$work/etc/mda.conf
mkdir -p "$work"/vhosts/a.test/{ann,bob}/.mda
cat >> "$conf" << 'END'
imap_server = dovecot
authserv_id = { "mx.a.test" }
organization "A" {
	domains = { "a.test" }
}
END
cp "$conf" "$work/without.conf"
echo 'screener = yes' >> "$conf"
chown -hR "$owner" "$work/vhosts"
# Dovecot replaces the variables.
home="$work/vhosts/%d/%n"
is_dovecot_2_3 || home="$work/vhosts/%{user | domain}/%{user | username}"
start_dovecot < /dev/null
home=$work/vhosts/a.test/ann
maildir=$home/Maildir
state=$home/.Maildir.mda

# moved FROM-FOLDER TO-FOLDER: a client moves all messages of the folder
moved()
{
	imap "SELECT \"$1\"" "MOVE 1:* \"$2\""
}

# copied FROM-FOLDER TO-FOLDER: so does a client of a server without MOVE, and it does not expunge
copied()
{
	imap "SELECT \"$1\"" "COPY 1:* \"$2\"" 'STORE 1:* +FLAGS (\Deleted)'
}

noted()
{
	has "$work/log" "screener: $1"
}

explains()
{
	"$bin/mda-explain" -c "$conf" -f "$sender" -r ann@a.test "$work/mail" > "$work/out" 2>&1
	has "$work/out" "$1"
}

# ---- held, and approved ----

ok "without the key a new sender is in the INBOX" eval 'by_conf=$work/without.conf arrives INBOX "Larry <larry@new.test>"'
ok "and no state is made" test ! -e "$state/screener"
ok "a new sender waits" arrives Screener "Larry <larry@new.test>"
imap 'LSUB "" "*"'
ok "in a folder that is subscribed to" has "$work/out" 'Screener'
ok "mda explain tells why" explains 'the sender is new'
ok "and whom it looked for" explains 'author larry@new.test'
ok "the next one waits too" arrives Screener "Larry <larry@new.test>"
ok "and so does somebody else" arrives Screener "Mo <mo@new.test>"
ok "a client makes folders" imap 'CREATE Work' 'CREATE Trash' 'CREATE Junk' 'CREATE Archive'
emptied Screener
ok "what is deleted decides nothing" arrives Screener "Larry <larry@new.test>"
ok "it is moved to the INBOX" moved Screener INBOX
ok "now its sender is approved" arrives INBOX "Larry <larry@new.test>"
ok "which the log says" noted 'approved: author larry@new.test'
ok "and mda explain" explains 'approved on'
ok "not others in that domain" arrives Screener "Mo <mo@new.test>"
ok "moved to another folder is approved as well" eval 'moved Screener Work && arrives INBOX "Mo <mo@new.test>"'
ok "also by a client without MOVE" eval 'arrives Screener "Cy <cy@new.test>" && copied Screener Archive && arrives INBOX "Cy <cy@new.test>"'
emptied INBOX Work Archive Screener
ok "and still after the message is deleted" arrives INBOX "Cy <cy@new.test>"
ok "moved to the Trash is not" eval 'arrives Screener "Tess <tess@new.test>" && moved Screener Trash && arrives Screener "Tess <tess@new.test>"'
ok "nor is one that is only copied" eval 'imap "SELECT Screener" "COPY 1:* Work" && arrives Screener "Tess <tess@new.test>"'
ok "the UIDs agree" uids_agree
emptied INBOX Work Trash Screener

# ---- the command ----

lists()
{
	attempt lists "$1" -c "$conf" -d ann@a.test "${@:2}" < /dev/null
}
today=$(date -u +%F)
ok "mda lists prints who was approved, and how" eval 'lists screened && has "$work/out" "^larry@new.test  approved on $today, moved to INBOX$" && has "$work/out" "^mo@new.test .*, moved to Work$"'
ok "or one of them" eval 'lists screened Cy@New.test && is "$(cut -d" " -f1 "$work/out")" cy@new.test'
json='^\{"address":"cy@new.test","is":"approved","since":1[0-9]{9},"folder":"Archive","proof":"author","through":""\}$'
ok "as JSON" eval 'lists screened --json cy@new.test && has "$work/out" "$json"'
ok "a dry run forgets nobody" eval 'lists forget -n cy@new.test && has "$work/out" "^cy@new.test  approved" && arrives INBOX "Cy <cy@new.test>"'
ok "forgotten" eval 'lists forget cy@new.test mo@new.test && is "$(cut -d" " -f1 "$work/out" | xargs)" "cy@new.test mo@new.test"'
ok "their mail waits again" eval 'arrives Screener "Cy <cy@new.test>" && arrives Screener "Mo <mo@new.test>"'
ok "others stay approved" arrives INBOX "Larry <larry@new.test>"
ok "who is not known cannot be forgotten" eval 'lists forget cy@new.test; is "$status" 1 && has "$work/err" "cy@new.test was neither approved nor blocked"'
ok "a word is not an address" eval 'lists forget cy; is "$status" 75 && has "$work/err" "cy is not an address"'
ok "nor do others have them, and it says so" eval 'attempt lists screened -c "$conf" -d bob@a.test < /dev/null; is "$status" 0 && not test -s "$work/out" && has "$work/err" "^mda-lists: nobody was approved or blocked in the screener.s folder$"'
ok "... also for an address" eval 'lists screened cy@new.test; is "$status" 0 && not test -s "$work/out" && has "$work/err" "^mda-lists: none of these senders was approved or blocked"'
ok "as JSON nothing is nothing" eval 'lists screened --json cy@new.test; is "$status" 0 && not test -s "$work/out" && not test -s "$work/err"'
emptied INBOX Screener

# ---- blocked ----

ok "a new sender waits and is moved to Junk" eval 'arrives Screener "Ad <ad@shop.test>" && moved Screener Junk'
ok "now its sender is blocked" arrives Junk "Ad <ad@shop.test>"
ok "by an entry with the date" has "$home/.mda/block" "^ad@shop.test # added $(date +%F): by the folder Junk"
ok "moving it back takes that back" eval 'moved Junk Screener && arrives Screener "Ad <ad@shop.test>" && not grep -q ad@shop "$home/.mda/block"'
ok "and so does moving an approved sender's" eval 'arrives INBOX "Larry <larry@new.test>" && moved INBOX Screener && arrives Screener "Larry <larry@new.test>"'
ok "which the log says" noted 'new again: author larry@new.test'
emptied INBOX Junk Screener
auth=
ok "an unproven sender is moved to Junk" eval 'arrives Screener "Pal <pal@real.test>" && moved Screener Junk && arrives Junk "Pal <pal@real.test>"'
auth='dmarc=pass'
ok "which does not block the real one" arrives Screener "Pal <pal@real.test>"
ok "and mda lists says for whom" eval 'lists screened && has "$work/out" "^pal@real.test  blocked on $today, moved to Junk  \(not proven; only when sent from b.test\)$"'
ok "forgotten, both wait" eval 'lists forget pal@real.test && auth= arrives Screener "Pal <pal@real.test>" && arrives Screener "Pal <pal@real.test>"'
emptied Junk Screener

# ---- forgers ----

ok "a friend is approved" eval 'arrives Screener "Boss <boss@b.test>" && moved Screener INBOX && arrives INBOX "Boss <boss@b.test>"'
for auth in '' 'dmarc=fail' 'dmarc=none' 'spf=pass smtp.mailfrom=evil.test' 'dkim=pass header.d=evil.test'; do
	ok "a forged friend waits: ${auth:-no result}" arrives Screener "Boss <boss@b.test>"
done
ok "they are moved to the INBOX by mistake" moved Screener INBOX
auth='dmarc=fail'
ok "a failed one is never approved" arrives Screener "Boss <boss@b.test>"
auth='' sender=x@evil.test
ok "and the others not for another envelope sender" arrives Screener "Boss <boss@b.test>"
auth='dmarc=pass' sender=x@b.test
ok "a display name is nobody" arrives Screener '"boss@b.test" <x@evil.test>'
ok "nor are two authors" arrives Screener 'boss@b.test, x@evil.test'
ok "a field of ours from outside does not help" arrives Screener 'x@evil.test' 'X-Mda-Screener: approved'
emptied INBOX Screener

# ---- contacts, the organization, allow lists ----

ok "a colleague passes" arrives INBOX "Bob <bob@a.test>"
echo 'aunt@far.test' > "$home/.mda/contacts"
echo 'allowed@far.test' > "$home/.mda/allow"
chown "$owner" "$home/.mda"/{contacts,allow}
ok "a contact passes" arrives INBOX "Aunt <aunt@far.test>"
ok "who is allowed passes" arrives INBOX "Al <allowed@far.test>"
auth=
ok "a forged colleague waits" arrives Screener "Bob <bob@a.test>"
ok "and so does a forged contact" arrives Screener "Aunt <aunt@far.test>"
auth='dmarc=pass'

# ---- answers, and lists ----

sent()
{
	imap 'CREATE Sent'
	printf '%s\n' "From: ann@a.test" "To: $1" "Subject: x" "Date: $(date -R)" "Message-ID: <$2@a.test>" "" "Text." | append Sent &&
		"$bin/mda-contacts" learn -c "$conf" -d ann@a.test > "$work/out" 2>&1
}
ok "the person writes to support" sent 'support@help.test' question
ok "an answer from another address there passes" arrives INBOX "Agent <agent@help.test>" 'In-Reply-To: <question@a.test>'
ok "which mda explain says" explains 'it answers a message sent on'
ok "one without the id waits" arrives Screener "Agent <agent@help.test>"
ok "so does one from elsewhere" arrives Screener "Evil <x@evil.test>" 'References: <question@a.test>'
auth=
ok "and a forged one" arrives Screener "Agent <agent@help.test>" 'In-Reply-To: <question@a.test>'
auth='dmarc=pass'
ok "whom it was sent to passes" arrives INBOX "Support <support@help.test>"
ok "the person writes to a list" sent 'dev@lists.test' post
sender=dev-bounces@lists.test auth='spf=pass smtp.mailfrom=lists.test'
ok "mail of the list passes" arrives INBOX "Any <any@far.test>" 'List-Post: <mailto:dev@lists.test>'
sender=x@evil.test auth='dmarc=pass; spf=pass smtp.mailfrom=evil.test'
ok "the field alone does not" arrives Screener "Any <any@evil.test>" 'List-Post: <mailto:dev@lists.test>'
ok "the person writes to somebody at a large provider" sent 'bob@gmail.com' letter
sender=bob-request@gmail.com auth='spf=pass smtp.mailfrom=gmail.com'
ok "a stranger who gets an address there is no list" arrives Screener "Any <any@far.test>" 'List-Post: <mailto:bob@gmail.com>'
ok "which mda explain says" explains 'freemail_domains'
sender=x@b.test auth='dmarc=pass'
ok "the ids are not readable" not grep -rqa 'question@a' "$state/screener"
emptied INBOX Screener

# ---- rules ----

printf '%s\n' 'require ["fileinto", "mailbox"];' 'if header :contains "subject" "file" { fileinto "INBOX"; }' \
	'if header :contains "subject" "both" { fileinto "Work"; keep; }' 'if header :contains "subject" "keep" { keep; }' > "$home/.mda/rules.sieve"
chown "$owner" "$home/.mda/rules.sieve"
with_subject()
{
	message "Ru <ru@rules.test>" | sed "s/^Subject:.*/Subject: $1/" > "$work/mail"
	attempt -c "$conf" -f x@b.test -r ann@a.test < "$work/mail"
	is "$status" 0
}
ok "a rule that files into the INBOX wins" eval 'with_subject file && holds INBOX 1 && holds Screener 0'
ok "keep is where mail is kept: the screener" eval 'with_subject keep && holds INBOX 1 && holds Screener 1'
emptied INBOX Screener Work
ok "what a rule stores elsewhere too" eval 'with_subject both && holds Work 1 && holds Screener 1'
emptied Screener
ok "is no approval when it leaves" eval 'arrives Screener "Ru <ru@rules.test>"'
rm "$home/.mda/rules.sieve"
emptied INBOX Screener Work
spam='X-Spam-Flag: YES'
ok "spam is spam" arrives Junk "Sp <sp@new.test>" "$spam"
emptied Junk

# ---- two persons ----

imap_user=bob@a.test
ok "another person approves" eval 'to=bob@a.test arrives Screener "Two <two@new.test>" && moved Screener INBOX && to=bob@a.test arrives INBOX "Two <two@new.test>"'
imap_user=ann@a.test
ok "for themselves alone" arrives Screener "Two <two@new.test>"
ok "who blocks it" eval 'moved Screener Junk && arrives Junk "Two <two@new.test>"'
ok "for herself alone" eval 'to=bob@a.test arrives INBOX "Two <two@new.test>"'

# ---- what a person sets ----

sed 's/^screener = .*/user_settings = { "screener", "screener_digest" }/' "$conf" > "$work/etc/own.conf"
ok "who may set it has not" eval 'by_conf=$work/etc/own.conf arrives INBOX "Own <own@new.test>"'
printf 'screener = Fremde\n' > "$home/.mda/settings"
chown "$owner" "$home/.mda/settings"
ok "now they have, and a folder" eval 'by_conf=$work/etc/own.conf arrives Fremde "Own <own@new.test>"'
ok "moved from there is approved" eval 'moved Fremde INBOX && by_conf=$work/etc/own.conf arrives INBOX "Own <own@new.test>"'
rm "$home/.mda/settings"
emptied INBOX Screener Junk Fremde

# ---- the notice ----

cat > "$work/later.c" << 'END'
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
time_t time(time_t *to)
{
	struct timespec now;
	syscall(SYS_clock_gettime, CLOCK_REALTIME, &now);
	now.tv_sec += LATER;
	if (to)
		*to = now.tv_sec;
	return now.tv_sec;
}
END
# later HOURS COMMAND...: with a clock that is that far ahead
later()
{
	gcc -shared -fPIC -DLATER="(3600L*$1)" -o "$work/later.so" "$work/later.c" && chmod a+r "$work/later.so" || return
	local plain=$bin
	mkdir -p "$work/later" && printf '#!/bin/sh\nexec env LD_PRELOAD=%s %s "$@"\n' "$work/later.so" "$plain/mda" > "$work/later/mda" && chmod a+rx "$work/later/mda"
	bin=$work/later
	"${@:2}"
	local r=$?
	bin=$plain
	return $r
}
notices()
{
	imap 'SELECT INBOX' 'SEARCH SUBJECT "New senders are waiting"' && is "$(grep -a '^\* SEARCH' "$work/out" | tr -d '\r' | wc -w)" "$(($1 + 2))"
}
echo 'screener_digest = yes' >> "$conf"
if [ -n "${SAN:-}" ]; then
	skip "the notice" "a sanitizer must be loaded first"
else
	ok "a new sender waits" arrives Screener '"Newman" <newman@new.test>' "Subject: hello there"
	ok "there is a notice" notices 1
	imap 'SELECT INBOX' 'FETCH 1 BODY[]'
	ok "which says who waits" has "$work/out" 'newman@new.test'
	ok "the next one waits" arrives Screener '"Second" <second@new.test>'
	ok "without a notice" notices 1
	ok "it is 23 hours later" later 23 arrives INBOX "Boss <boss@b.test>"
	ok "there is no notice" notices 1
	ok "it is 25 hours later" later 25 arrives INBOX "Boss <boss@b.test>"
	ok "there is one" notices 2
	ok "two days later nothing has come" eval 'later 49 arrives INBOX "Boss <boss@b.test>" && notices 2'
	ok "a new sender comes" eval 'later 50 arrives Screener "Third <third@new.test>" && notices 3'
fi
ok "the UIDs agree at the end" uids_agree
emptied INBOX Screener
sed -i '/^screener_digest/d' "$conf"

# ---- what a delivery pays ----

calls_of()
{
	under_strace -f -qq -o "$work/calls" "$bin/mda" -c "$1" -f x@b.test -r ann@a.test < "$work/mail" || return
	wc -l < "$work/calls"
}
arrives INBOX "Boss <boss@b.test>" > /dev/null
sleep 2.1
arrives INBOX "Boss <boss@b.test>" > /dev/null
message "Boss <boss@b.test>" > "$work/mail"
without=$(calls_of "$work/without.conf")
ok "without the key nothing is looked at" not grep -qiE 'screener|"acts' "$work/calls"
message "Boss <boss@b.test>" > "$work/mail"
with=$(calls_of "$conf")
comment <<< "$without calls without the key, $with with it"
ok "with it, the folder is opened once, and so is the state" is "$(grep -c '[sS]creener", {flags=' "$work/calls")" 2
ok "and no file of the folder is looked at" not grep -qE 'open.*Screener/' "$work/calls"
done_testing
