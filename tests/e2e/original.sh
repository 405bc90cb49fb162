#!/bin/bash
# The original recipient: whose allow list, block list and settings applied, and whether anti-spam
# judged the message. With a real Postfix that expands aliases and .forward files, our own
# redirects, and another server that sends mail back.
# shellcheck source-path=SCRIPTDIR disable=SC2016
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib-postfix.sh"

if ! is_root || ! command -v postfix postqueue useradd > /dev/null; then
	skip "the original recipient" "needs root and the package postfix"
	done_testing
	exit
fi

person=mdafwd$$
vhosts=$work/vhosts
home=$work/home

# ---- two servers: ours, and another one whose aliases lead back to ours ----

configure_ours()
{
	server ours
	cat >> "$etc/main.cf" << END
virtual_mailbox_domains = v.test
virtual_alias_maps = texthash:$etc/virtual
virtual_transport = mda
mda_destination_recipient_limit = 1
mailbox_command = $bin/mda -c $work/etc/system.conf -f "\$SENDER" -r "\$RECIPIENT" -a "\$ORIGINAL_RECIPIENT" -d "\$USER"
recipient_delimiter = +
transport_maps = inline:{ { far.test = smtp:[127.0.0.1]:$(cat "$work/far/port") } }
default_transport = error:there is no outside
END
	cat >> "$etc/master.cf" << END
mda unix - n n - - pipe
  flags=Rq user=nobody null_sender=
  argv=$bin/mda -c $work/etc/virtual.conf -f \${sender} -r \${recipient} -a \${original_recipient}
END
	cat > "$etc/virtual" << END
info@v.test abc@v.test
desk@v.test abc@v.test
club@v.test abc@v.test def@v.test
offdesk@v.test off@v.test
END
}

# Mail for back-NAME@far.test goes to NAME@v.test.
configure_far()
{
	server far
	cat >> "$etc/main.cf" << END
virtual_alias_domains = far.test
virtual_alias_maps = inline:{ { back-ghi@far.test = ghi@v.test }, { back-circle@far.test = circle@v.test } }
transport_maps = inline:{ { v.test = smtp:[127.0.0.1]:$(cat "$work/ours/port") } }
default_transport = error:there is no outside
END
}

# Like sendmail(1), but over SMTP, which needs no rights; the test can look at what was sent.
sendmail()
{
	cat << END
#!/bin/bash
. "$work/smtp.sh"
port=$(cat "$work/ours/port")
file=\$(mktemp "$work/sent/XXXXXX") || exit 75
cat > "\$file"
smtp_send "\$file" "\$(case \$3 in '<>') ;; *) echo "\$3" ;; esac)" "\$5" || exit 75
END
}

# user NAME [ALLOW] [BLOCK] [RULES]
user()
{
	local dir=$vhosts/v.test/$1/.mda
	mkdir -p "$dir"
	[ -z "${2:-}" ] || echo "$2" > "$dir/allow"
	[ -z "${3:-}" ] || echo "$3" > "$dir/block"
	[ -z "${4:-}" ] || echo "$4" > "$dir/rules.sieve"
}

set_up()
{
	mkdir -p "$work/etc" "$work/sent" "$work/state" "$vhosts/v.test" "$work/ours" "$work/far"
	configure_server far
	configure_server ours
	configure_far
	configure_ours
	chmod 777 "$work/sent"
	chown nobody "$work/state"
	{ declare -f reply say smtp_send; } > "$work/smtp.sh"
	sendmail > "$work/sendmail"
	chmod 755 "$work/sendmail"
	: > "$work/mda.log"
	chmod 666 "$work/mda.log"
	cat > "$work/etc/system.conf" << END
log = "$work/mda.log"
label = no
default_domain = l.test
END
	cat > "$work/etc/virtual.conf" << END
users = virtual
virtual_user = ""
virtual_home = "$vhosts/%d/%n"
create_home = no
aliases = "$work/etc/aliases"
sendmail_path = "$work/sendmail"
stamp_key = "$work/state/stamp.key"
log = "$work/mda.log"
label = no
address "off@v.test" { antispam = no }
END
	echo 'info@v.test abc@v.test' > "$work/etc/aliases"
	user abc friend@out.test
	user def pal@out.test foe@out.test
	user ghi mate@out.test rival@out.test
	user off
	user red friend@out.test "" 'redirect "def@v.test";'
	user redcopy friend@out.test "" 'require "copy"; redirect :copy "def@v.test";'
	user one friend@out.test "" 'redirect "two@v.test";'
	user two pal@out.test "" 'redirect "ghi@v.test";'
	user away friend@out.test "" 'redirect "back-ghi@far.test";'
	user circle friend@out.test "" 'redirect "back-circle@far.test";'
	user loopa friend@out.test "" 'redirect "loopb@v.test";'
	user loopb "" "" 'redirect "loopa@v.test";'
	user self friend@out.test "" 'redirect "self+x@v.test";'
	user offred "" "" 'redirect "def@v.test";'
	user open "*@*" "" 'redirect "def@v.test";'
	user wash "*@*" "" 'require "editheader"; deleteheader "X-Spam-Flag"; redirect "def@v.test";'
	user swap "" "" 'require "replace"; replace "buy this"; redirect "def@v.test";'
	user edit friend@out.test "" 'require "editheader"; deleteheader "Subject"; addheader "Subject" "new"; redirect "def@v.test";'
	printf 'address "offred@v.test" { antispam = no }\n' >> "$work/etc/virtual.conf"
	chown -R nobody "$vhosts"
	mkdir -p "$home" && useradd --no-create-home --home-dir "$home" --shell /bin/sh "$person" &&
		echo 'def@v.test' > "$home/.forward" && chown -R "$person" "$home" && chmod 700 "$home"
}

stop_ours()
{
	server ours && postfix -c "$etc" stop
}

stop_far()
{
	server far && postfix -c "$etc" stop
}

remove_person()
{
	userdel "$person"
}

# ---- messages ----

# letter WORD FROM [FIELD]...: spam, by its header, unless a field says otherwise
letter()
{
	local word=$1 from=$2
	shift 2
	{
		printf 'From: %s\nMessage-ID: <%s@out.test>\nSubject: %s\nDate: Mon, 2 Nov 2026 10:00:00 +0000\n' "$from" "$word" "$word"
		[ $# -eq 0 ] || printf '%s\n' "$@"
		printf '\nThis is %s.\n\nIt has two parts.\n' "$word"
	} > "$work/$word.eml"
}

all_quiet()
{
	local name
	for name in ours far; do
		server "$name"
		queue_is_empty || return
	done
	server ours
}

# It is checked twice, because a message may be on its way in between.
settle()
{
	wait_for "$patience" all_quiet && sleep 0.3 && wait_for "$patience" all_quiet
}

# deliveries WORD: "to orig_to list spam where" of each, sorted; where is a folder, or > for a redirect
deliveries()
{
	grep -a "msgid=<$1@out.test>" "$work/mda.log" | awk '{
		for (k in v) delete v[k]
		for (i = 1; i <= NF; i++) if ((at = index($i, "=")) && !(substr($i, 1, at - 1) in v)) v[substr($i, 1, at - 1)] = substr($i, at + 1)
		sub(/@.*/, "", v["to"]); sub(/@.*/, "", v["orig_to"])
		where = v["folder"] (v["status"] ~ /redirected/ ? ">" : "")
		print v["to"], v["orig_to"], v["list"], v["spam"], where }' | sort | paste -sd, | sed 's/,/, /g'
}

sorted()
{
	tr ',' '\n' <<< "$1" | sed 's/^ //' | sort | paste -sd, | sed 's/,/, /g'
}

copies()
{
	messages "$vhosts" | xargs -r grep -laF -- "Message-ID: <$1@out.test>" | wc -l
}

# row NAME WORD SENDER RECIPIENT COPIES DELIVERIES: the letter is sent
row()
{
	server ours
	ok "$1: Postfix takes it" smtp_send "$work/$2.eml" "$3" "$4"
	settle
	ok "$1: $6" is "$(deliveries "$2")" "$(sorted "$6")"
	ok "$1: $5 stored" is "$(copies "$2")" "$5"
}

# why WORD RECIPIENT REGEX: what the log says of the delivery there
why()
{
	grep -a "msgid=<$1@out.test>" "$work/mda.log" | grep -a " to=$2@" > "$work/line"
	has "$work/line" "$3"
}

# noted RECIPIENT REGEX: what else the log says of a delivery there
noted()
{
	grep -a 'event=note' "$work/mda.log" | grep -a "$1@v.test: " > "$work/line"
	has "$work/line" "$2"
}

spam='X-Spam-Flag: YES'
on_exit remove_person
set_up
on_exit stop_ours
on_exit stop_far
server far
ok "the other server starts" start_postfix
server ours
ok "ours starts" start_postfix

# ---- aliases ----

letter direct friend@out.test "$spam"
row "to abc, whom abc allows" direct friend@out.test abc@v.test 1 "abc abc allow skipped INBOX"
letter stranger pal@out.test "$spam"
row "to abc, whom only def allows" stranger pal@out.test abc@v.test 1 "abc abc none yes Junk"
letter detail friend@out.test "$spam"
row "to abc+x" detail friend@out.test abc+x@v.test 1 "abc+x abc+x allow skipped INBOX"
letter known friend@out.test "$spam"
row "to info, an alias of abc that mda knows" known friend@out.test info@v.test 1 "abc info allow skipped INBOX"
letter unknown friend@out.test "$spam"
row "to desk, an alias that only Postfix knows" unknown friend@out.test desk@v.test 1 "abc desk none yes Junk"
letter club friend@out.test "$spam"
row "to club, of abc and def" club friend@out.test club@v.test 2 "abc club none yes Junk, def club none yes Junk"
letter clubfoe foe@out.test
row "to club, whom def blocks" clubfoe foe@out.test club@v.test 2 "abc club none no INBOX, def club block yes Junk"
letter forward pal@out.test "$spam"
row "by .forward to def, who allows him" forward pal@out.test "$person@l.test" 1 "def $person none yes Junk"
letter forwardfoe foe@out.test
row "by .forward to def, who blocks him" forwardfoe foe@out.test "$person@l.test" 1 "def $person block yes Junk"
letter off stranger@out.test "$spam"
row "to off, whose switch is off" off stranger@out.test off@v.test 1 "off off none unknown INBOX"
letter offdesk stranger@out.test "$spam"
row "by an alias to off: the switch has no say" offdesk stranger@out.test offdesk@v.test 1 "off offdesk none yes Junk"

# ---- our own redirects ----

letter red friend@out.test "$spam"
row "red allows him, and redirects to def" red friend@out.test red@v.test 1 "red red allow skipped >, def red none yes Junk"
ok "red: def's log says who judged" why red def 'spam_why="judged for red@v.test, redirected by red@v.test"'
ok "red: what is stored has no stamp" not grep -rqa 'X-Mda-Original' "$vhosts/v.test/def/Maildir"
ok "red: X-Original-To is the first one" grep -rqa '^X-Original-To: red@v.test' "$vhosts/v.test/def/Maildir/.Junk/new"
ok "red: what was sent has one" grep -qa '^X-Mda-Original: v=2; ' "$(grep -la '<red@out.test>' "$work"/sent/*)"
letter redpal pal@out.test "$spam"
row "spam for red, whom def allows: red's filter decides" redpal pal@out.test red@v.test 1 "red red none yes Junk"
letter redham pal@out.test
row "no spam for red, whom def allows: judged once" redham pal@out.test red@v.test 1 "red red none no >, def red none no INBOX"
ok "redham: def's list had no say" noted def 'does not count: the original recipient is another'
letter redfoe foe@out.test
row "redirected to def, who blocks him" redfoe foe@out.test red@v.test 1 "red red none no >, def red block yes Junk"
letter copy friend@out.test "$spam"
row "with a copy" copy friend@out.test redcopy@v.test 2 \
	"redcopy redcopy allow skipped INBOX>, def redcopy none yes Junk"
letter twice friend@out.test "$spam"
row "two redirects in a row: the second one's filter judges" twice friend@out.test one@v.test 1 \
	"one one allow skipped >, two one none yes Junk"
letter twiceham friend@out.test
row "two redirects in a row, no spam" twiceham friend@out.test one@v.test 1 \
	"one one allow skipped >, two one none no >, ghi one none no INBOX"
ok "twiceham: two's filter has judged it" why twiceham two 'spam_why="no spam header"'
ok "twiceham: ghi's need not" why twiceham ghi 'spam_why="judged for one@v.test, redirected by two@v.test"'

letter twicepal pal@out.test "$spam"
row "in a row, whom only the second one allows" twicepal pal@out.test one@v.test 1 "one one none yes Junk"
letter twicerival rival@out.test
row "in a row, whom the last one blocks" twicerival rival@out.test one@v.test 1 \
	"one one none no >, two one none no >, ghi one block yes Junk"
letter offred stranger@out.test "$spam"
row "offred's switch is off, and def gets it" offred stranger@out.test offred@v.test 1 "offred offred none unknown >, def offred none yes Junk"
letter edit friend@out.test "$spam"
row "a script changes the Subject, too" edit friend@out.test edit@v.test 1 "edit edit allow skipped >, def edit none yes Junk"
letter editpal pal@out.test
row "what a script has changed since is judged anew" editpal pal@out.test edit@v.test 1 "edit edit none no >, def edit none no INBOX"
ok "editpal: by def's filter" why editpal def 'spam_why="no spam header"'
letter swap pal@out.test
row "a script writes another text, and redirects that" swap pal@out.test swap@v.test 1 "swap swap none no >, def swap none no INBOX"
ok "swap: by def's filter" why swap def 'spam_why="no spam header"'
letter open stranger@out.test "$spam"
row "open allows everybody, and redirects to def: def's filter decides" open stranger@out.test open@v.test 1 \
	"open open allow skipped >, def open none yes Junk"
letter wash stranger@out.test "$spam"
row "wash allows everybody, and takes the spam filter's field out" wash stranger@out.test wash@v.test 1 \
	"wash wash allow skipped >, def wash none yes Junk"
ok "wash: the stamp says it" why wash def 'spam_why="judged for wash@v.test, redirected by wash@v.test"'
letter headless friend@out.test "$spam"
sed -i '/^Date:/d' "$work/headless.eml"
row "an MTA adds a Date on the way" headless friend@out.test red@v.test 1 "red red allow skipped >, def red none yes Junk"

# ---- another server, circles ----

letter away friend@out.test "$spam"
row "out to another server and back to ghi: judged anew" away friend@out.test away@v.test 1 \
	"away away allow skipped >, ghi ghi none yes Junk"
ok "away: the stamp is for another address" noted ghi 'does not count: it is for another address'
letter awaymate mate@out.test
row "out and back to ghi, who allows him: his list counts" awaymate mate@out.test away@v.test 1 \
	"away away none no >, ghi ghi allow skipped INBOX"
letter loop friend@out.test
row "a circle of two ends where it began" loop friend@out.test loopa@v.test 1 \
	"loopa loopa allow skipped >, loopb loopa none no INBOX"
ok "loop: the log says why" noted loopb 'no redirect to loopa@v.test: the message has been there'
letter circle friend@out.test
row "a circle through another server ends" circle friend@out.test circle@v.test 1 \
	"circle circle allow skipped >, circle circle allow skipped INBOX"
ok "circle: the log says why" noted circle 'no redirect to back-circle@far.test: it was redirected from here before'
letter self friend@out.test
row "a redirect to oneself is a keep" self friend@out.test self@v.test 1 "self self allow skipped INBOX"

# ---- what a sender writes himself ----

letter forged friend@out.test "$spam" "X-Original-To: abc@v.test" "Delivered-To: abc@v.test" "Envelope-To: abc@v.test" \
	"Resent-To: abc@v.test" "Return-Path: <friend@out.test>"
row "his own X-Original-To and Delivered-To" forged friend@out.test def@v.test 1 "def def none yes Junk"
letter orcpt friend@out.test "$spam"
orcpt_send()
{
	exec {smtp}<> "/dev/tcp/127.0.0.1/$port" || return
	reply 2 && say "EHLO client.test" && reply 2 && say "MAIL FROM:<friend@out.test>" && reply 2 &&
		say "RCPT TO:<def@v.test> ORCPT=rfc822;abc@v.test" && reply 2 && say DATA && reply 3 &&
		sed 's/$/\r/' "$work/orcpt.eml" >&"$smtp" && say . && reply 2 && say QUIT
	exec {smtp}>&-
}
ok "his own ORCPT: Postfix takes it" orcpt_send
settle
ok "his own ORCPT: def def none yes Junk" is "$(deliveries orcpt)" "def def none yes Junk"

# stamp_of WORD: the field that the redirect of that message got
stamp_of()
{
	sed -n '/^X-Mda-Original:/,/^ b=/p' "$(grep -la "<$1@out.test>" "$work"/sent/* | head -n 1)"
}
stamp=$(stamp_of red)
letter reused friend@out.test "$spam" "$stamp"
row "a stamp taken from another message" reused friend@out.test def@v.test 1 "def def none yes Junk"
ok "reused: the log says why" noted def 'the stamp of a redirect does not count: it is not for this message'
cp "$(grep -la '<twicerival@out.test>' "$work"/sent/* | head -n 1)" "$work/elsewhere.eml"
: > "$work/mda.log"
server ours
ok "a stamped message, sent to another address: Postfix takes it" smtp_send "$work/elsewhere.eml" rival@out.test abc@v.test
settle
ok "a stamped message, sent to another address: judged anew" is "$(deliveries twicerival)" "abc abc none no INBOX"
ok "elsewhere: the log says why" noted abc 'it is for another address'
letter invented friend@out.test "$spam" "X-Mda-Original: v=2; k=0; t=1; s=clean; o=abc@v.test; r=def@v.test; p=; h=; b=$(printf '0%.0s' {1..64})"
row "a stamp that he invents" invented friend@out.test def@v.test 1 "def def none yes Junk"
letter nonsense friend@out.test "$spam" "X-Mda-Original: abc@v.test"
row "nonsense in its place" nonsense friend@out.test def@v.test 1 "def def none yes Junk"
letter oldnew friend@out.test "$spam" "$stamp"
row "a wrong stamp before it is redirected" oldnew friend@out.test red@v.test 1 "red red allow skipped >, def red none yes Junk"

# ---- the key ----

ok "the key was made, for nobody else" is "$(stat -c '%U %a' "$work/state/stamp.key")" "nobody 600"
{ echo "new $(printf 'ab%.0s' {1..32})"; cat "$work/state/stamp.key"; } > "$work/rotated"
cat "$work/rotated" > "$work/state/stamp.key"
letter rotated friend@out.test "$spam"
row "a new key on top signs" rotated friend@out.test red@v.test 1 "red red allow skipped >, def red none yes Junk"
ok "rotated: by its id" grep -q 'k=new;' <(stamp_of rotated)
chmod 644 "$work/state/stamp.key"
letter readable friend@out.test "$spam"
row "a key that others can read is none" readable friend@out.test red@v.test 1 "red red allow skipped >, def def none yes Junk"
ok "readable: the log says why" noted red 'redirected without a stamp: .*can be read by others'
chmod 600 "$work/state/stamp.key"
sed -i 's|^stamp_key.*|stamp_key = ""|' "$work/etc/virtual.conf"
letter keyless friend@out.test "$spam"
row "without stamps def judges for itself" keyless friend@out.test red@v.test 1 "red red allow skipped >, def def none yes Junk"
letter keylessloop friend@out.test
: > "$work/mda.log"
server ours
ok "a circle without stamps: Postfix takes it" smtp_send "$work/keylessloop.eml" friend@out.test loopa@v.test
settle
ok "a circle without stamps ends, too" is "$(copies keylessloop)" 1
ok "and nothing bounces" not grep -a 'to=<friend@out.test>' "$work/ours/maillog"
done_testing
