#!/bin/bash
# The wall time of one delivery, beside /bin/true and the peers that are installed, in one run: COUNT deliveries of one
# message each, in turn, median and 90th percentile. Speed is compared within a run only.
set -eu
cd "$(dirname "$(readlink -f "$0")")/../.."
BUILD=${BUILD:-build}
COUNT=${COUNT:-300}
# dovecot-lda as root wants an authentication server.
[ "$(id -u)" != 0 ] || exec setpriv --reuid=65534 --regid=65534 --clear-groups env BUILD="$BUILD" COUNT="$COUNT" bash "$0"
work=$(mktemp -d "${TMPDIR:-/var/tmp}/mda-bench.XXXXXX")
trap 'rm -rf "$work"' EXIT
home=$work/home
mkdir -p "$home"
export HOME=$home

cat > "$work/message" <<EOF
Received: from a.example by b.example id 12345; Mon, 2 Nov 2026 10:00:00 +0000
From: Alice <alice@outside.test>
To: bob@example.com
Subject: Minutes
Message-ID: <1@outside.test>

$(for _ in $(seq 150); do echo "A line of some sixty characters, as they stand in plain mail."; done)
EOF
cat > "$work/mda.conf" <<EOF
users = virtual
virtual_user = ""
virtual_home = "$home/mda/%d/%n"
log = "$work/log"
organization "example" { domains = { "example.com" } }
EOF
cp "$work/mda.conf" "$work/mda-rules.conf"
echo "virtual_home = \"$home/rules/%d/%n\"" >> "$work/mda-rules.conf"
cp "$work/mda-rules.conf" "$work/mda-libsieve.conf"
echo 'sieve_engine = "libsieve"' >> "$work/mda-libsieve.conf"
mkdir -p "$home/rules/example.com/bob/.mda"
printf 'require "fileinto";\nif header :contains "subject" "minutes" { fileinto "Minutes"; }\n' |
	tee "$home/rules/example.com/bob/.mda/rules.sieve" > "$home/bob.sieve"
echo 'DEFAULT='"$home"'/procmail/' > "$work/procmailrc"
echo 'to "'"$home"'/maildrop"' > "$work/mailfilter"
chmod 600 "$work/mailfilter"
mkdir -p "$home"/{maildrop,procmail}/{new,cur,tmp}
cat > "$work/dovecot.conf" <<EOF
log_path = $work/dovecot.log
base_dir = $work/dovecot
mail_location = maildir:$home/dovecot
hostname = bench.example
EOF
sed 's/dovecot$/dovecot-sieve/' "$work/dovecot.conf" > "$work/dovecot-sieve.conf"
cat >> "$work/dovecot-sieve.conf" <<EOF
protocol lda {
  mail_plugins = sieve
}
plugin {
  sieve = file:$home/bob.sieve
}
lda_mailbox_autocreate = yes
EOF

measure()
{
	local name=$1 median
	shift
	command -v "$1" > /dev/null || {
		printf '%-34s not installed\n' "$name"
		return 0
	}
	median=$("$BUILD/tests/bench/spawn" "$COUNT" "$work/message" "$@" 2> "$work/error") || {
		printf '%-34s failed: %s\n' "$name" "$(head -n 1 "$work/error")"
		return 0
	}
	: "${mda:=}"
	printf '%-34s %6d us  (90 %%: %d)%s\n' "$name" $median "${mda:+   $(awk "BEGIN { printf \"%.2f x mda\", ${median% *} / $mda }")}"
	last=${median% *}
}

printf 'one delivery of a %d byte message, median of %d\n' "$(stat -c %s "$work/message")" "$COUNT"
measure "/bin/true" /bin/true
measure "mda, no rules" "$BUILD/mda" -c "$work/mda.conf" -f alice@outside.test -r bob@example.com
mda=$last
measure "mda, a rule" "$BUILD/mda" -c "$work/mda-rules.conf" -f alice@outside.test -r bob@example.com
measure "mda, a rule (libsieve)" "$BUILD/mda" -c "$work/mda-libsieve.conf" -f alice@outside.test -r bob@example.com
measure "procmail, no rules" procmail -m "$work/procmailrc"
measure "maildrop" maildrop "$work/mailfilter"
measure "dovecot-lda, no rules" /usr/lib/dovecot/dovecot-lda -c "$work/dovecot.conf" -f alice@outside.test
measure "dovecot-lda, Sieve" /usr/lib/dovecot/dovecot-lda -c "$work/dovecot-sieve.conf" -f alice@outside.test
