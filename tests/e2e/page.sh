#!/bin/bash
# The pages of mda-explain --html and mda-try --html in a real Chromium: they are shown, sorted and
# filtered, they load nothing, and what strangers wrote does nothing. PICTURES= keeps the pictures.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

if ! command -v chromium > /dev/null; then
	skip "pages in a browser" "needs chromium"
	done_testing
	exit
fi

set_up_vhosts
conf=$work/etc/mda.conf
home=$work/vhosts/a.test/ann
{
	base_conf
	echo 'organization "A" { domains = { "a.test" } }'
} > "$conf"
mkdir -p "$home/.mda" "$home/Maildir"/{cur,new,tmp}
hostile='invoice <img src=x onerror=alert(1)> "&amp;'"'"' </style></script><script>alert(2)</script>'
cat > "$home/.mda/rules.sieve" << 'END'
require ["fileinto", "imap4flags"];
if header :contains "subject" "invoice" { fileinto :flags "\\Seen" "Money"; stop; }
elsif header :contains "subject" "<img src=x onerror=alert(1)>" { fileinto "Pictures"; }
elsif header :contains "subject" "never" { discard; }
END

# mail SUBJECT: with a From and a field that would deceive, were they not shown as they are
mail()
{
	printf 'From: "<script>alert(3)</script>" <carl@c.test>\nTo: ann@a.test\nSubject: %s\n' "$1"
	printf 'X-Mda-Label: \xe2\x80\xaegpj\xe2\x80\xaeexe\a\nDate: Mon, 2 Nov 2026 10:00:00 +0100\nMessage-ID: <"><img src=x>@x>\n\nbody\n'
}

for number in $(seq 23); do
	case $((number % 4)) in
	0) mail "invoice $number" ;;
	1) mail "plain"$'\xe2\x80\xae'"gpj"$'\xe2\x80\xae'"exe $number" ;;
	2) mail "<img src=x onerror=alert(1)> $number" ;;
	3) mail "$hostile" ;;
	esac > "$home/Maildir/cur/$number.M1.host:2,S"
done
chown -hR "$owner" "$home"
mail "$hostile" > "$work/mail"

explain()
{
	"$bin/mda-explain" - -c "$conf" -r ann@a.test -f carl@c.test --trace --html < "$work/mail" > "$work/explain.html"
}
try()
{
	"$bin/mda-try" -c "$conf" -r ann@a.test --examples=20 --html > "$work/try.html"
}
ok "mda-explain writes a page" explain
ok "mda-try writes a page" try
ok "each is one HTML document" is "$(grep -c '^<!DOCTYPE html>$' "$work/explain.html" "$work/try.html" | grep -c ':1$')" 2
ok "a page names no other place" not grep -qE '(src|href)=[^x]|@import|url\(' "$work/explain.html" "$work/try.html"

kept()
{
	local i
	for i in 1 2; do
		{ echo "Received: from x by y; Mon, 2 Nov 2026 10:00:0$i +0100" && mail "$hostile"; } > "$work/mail"
		attempt -c "$conf" -o explain_keep=1d -f carl@c.test -r ann@a.test < "$work/mail"
		is "$status" 0 || return
	done
	"$bin/mda-explain" -c "$conf" -r ann@a.test --last 2 --html > "$work/kept.html" &&
		is "$(grep -c '^<article>$' "$work/kept.html")" 2 && is "$(grep -c '^<!DOCTYPE' "$work/kept.html")" 1 &&
		is "$(grep -c 'Stored in .*Money.* UID [12] ' "$work/kept.html")" 2 && not grep -q '<img' "$work/kept.html"
}
ok "records of deliveries are one page" kept

look()
{
	local pictures=${PICTURES:-$work}
	timeout $((5 * patience)) python3 tests/e2e/page_checks.py "$work/explain.html" "$work/try.html" "$pictures" > "$work/checks" 2>&1
	is "$(tail -n 1 "$work/checks")" "done" || cat "$work/checks"
}
ok "Chromium shows them" look
while read -r line; do
	case $line in
	"ok "*) ok "${line#ok }" true ;;
	"not ok "*) ok "${line#not ok }" false ;;
	esac
done < "$work/checks"
ok "no check was left out" is "$(grep -cE '^(not )?ok ' "$work/checks")" 79
done_testing
