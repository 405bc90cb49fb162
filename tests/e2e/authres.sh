#!/bin/bash
# Authentication-Results in deliveries: an allow entry that a forger uses, the log, and fields
# that only look like ours.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

set_up_vhosts
conf=$work/etc/mda.conf
base_conf > "$conf"
echo 'authserv_id = { "mx.a.test" }' >> "$conf"
home=$work/vhosts/a.test/ann
mkdir -p "$home/.mda"
echo 'boss@b.test' > "$home/.mda/allow"
chown -hR "$owner" "$home"

# mail FIELD...: a message from the boss with these fields on top, marked as spam
mail()
{
	{
		[ $# -eq 0 ] || printf '%s\n' "$@"
		printf 'From: boss@b.test\nTo: ann@a.test\nSubject: hi\nX-Spam-Flag: YES\n\nbody\n'
	} > "$work/mail"
}

# judged OPTION...: the list line of mda-explain
judged()
{
	"$bin/mda-explain" - -c "$conf" -f boss@b.test -r ann@a.test "$@" < "$work/mail" > "$work/out" 2>&1
	sed -n 's/^list  *\([a-z]*\).*/\1/p' "$work/out"
}

ours='Authentication-Results: mx.a.test;'
received='Received: from x by y'

mail "$received"
ok "no word about him: the entry counts" is "$(judged)" allow
ok "no word, and one is wanted" is "$(judged -o allow_requires=pass)" none
ok "no word: mda-explain says why" has "$work/out" 'our MTA added no Authentication-Results field'
mail "$ours dmarc=pass header.from=b.test" "$received"
ok "passed" is "$(judged -o allow_requires=pass)" allow
ok "passed: mda-explain tells it" has "$work/out" '^auth  *"dmarc=pass"$'
mail "$ours dmarc=fail header.from=b.test" "$received"
ok "failed: a forger does not walk through the list" is "$(judged)" none
ok "failed: mda-explain says why" has "$work/out" '^note .*boss@b.test .*allow:1\) does not count: dmarc=fail in Authentication-Results of mx.a.test'
ok "failed, and nobody asks" is "$(judged -o allow_requires=nothing)" allow
ok "failed, and nobody is believed" is "$(judged -o authserv_id=other.test)" allow
mail "$ours dmarc=fail; arc=pass" "$received"
ok "failed, with an ARC chain" is "$(judged)" none
ok "failed, with an ARC chain that is trusted" is "$(judged -o trust_arc=yes)" allow
mail "$received" "$ours dmarc=pass"
ok "his own field is not ours" is "$(judged -o allow_requires=pass)" none
mail "$ours dmarc=fail" "$received" "$ours dmarc=pass" "Authentication-Results: other.test; dmarc=pass" "$ours nonsense"

# A forger with a domain of his own, for which everything passes.
forger()
{
	{
		printf '%s\n' "$ours dmarc=pass header.from=evil.test; spf=pass smtp.mailfrom=evil.test; dkim=pass header.d=evil.test" "$received"
		printf '%s\n' "$@"
		printf 'To: ann@a.test\nX-Spam-Flag: YES\n\nbody\n'
	} > "$work/mail"
}
forger 'From: x@evil.test' 'Sender: boss@b.test'
ok "the boss in the Sender of a forger who passed" is "$(judged -f x@evil.test -o allow_requires=pass)" none
forger 'From: x@evil.test'
ok "the boss in the envelope of a forger" is "$(judged -o allow_requires=pass)" none
ok "the boss in the envelope: mda-explain says why" has "$work/out" '^note .*boss@b.test .*does not count: it is for the envelope sender, and SPF'
ok "the boss in the envelope, whatever is required" is "$(judged -o allow_requires=nothing)" none
mail "$ours dmarc=none; spf=pass smtp.mailfrom=boss@b.test" "$received"
sed -i 's/^From: .*/From: news@c.test/' "$work/mail"
ok "the boss in the envelope, and SPF passed" is "$(judged)" allow
ok "the boss in the envelope, SPF passed, and nobody is believed" is "$(judged -o authserv_id=other.test)" none
mail "$ours dmarc=fail" "$received" "$ours dmarc=pass" "Authentication-Results: other.test; dmarc=pass" "$ours nonsense"

attempt -c "$conf" -f boss@b.test -r ann@a.test < "$work/mail"
stored=$(messages "$home")
ok "delivered" is "$status" 0
ok "delivered: to Junk" grep -q '/.Junk/' <<< "$stored"
ok "delivered: ours and the foreign field stay" is "$(grep -c '^Authentication-Results' "$stored")" 2
ok "delivered: his are gone" not grep -q "$ours dmarc=pass" "$stored"
ok "delivered: the one that cannot be read is gone" not grep -q nonsense "$stored"
ok "the log tells the result" has "$work/log" 'auth="dmarc=fail" list=none'
ok "the log tells what was removed" has "$work/log" 'an Authentication-Results field that our MTA did not add is removed: it came from outside'
done_testing
