#!/bin/bash
# mda-apply with a real Courier: a client gives flags and keywords, mail is filed by the rules and put back, and the client
# sees them where the mail is.
# shellcheck source-path=SCRIPTDIR disable=SC2154
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib-courier.sh"

needs_courier "mda-apply beside Courier"
set_up_courier
printf 'scripts_user = { "%%h/.mda/filter.sieve" }\n' >> "$conf"

deliver()
{
	simple_message "$1" | "$bin/mda" -c "$conf" -f x@b.test -d ann@a.test
}

# seen FOLDER: a line "UID [FLAGS] WORD" for each message, as a client sees it
seen()
{
	imap "SELECT \"$1\"" 'UID FETCH 1:* (FLAGS BODY.PEEK[HEADER.FIELDS (SUBJECT)])' || return
	awk '/FETCH \(/ { match($0, /UID [0-9]+/); uid = substr($0, RSTART + 4, RLENGTH - 4)
		match($0, /FLAGS \([^)]*\)/); n = split(substr($0, RSTART + 7, RLENGTH - 8), flag, " "); text = ""
		for (i = 2; i <= n; i++) for (j = i; j > 1 && flag[j] < flag[j - 1]; j--) { t = flag[j]; flag[j] = flag[j - 1]; flag[j - 1] = t }
		for (i = 1; i <= n; i++) if (flag[i] != "\\Recent") text = text " " flag[i] }
		/^Subject:/ { print uid, "[" substr(text, 2) "]", $3 }' "$work/answers"
}

# is_seen FOLDER LINE...
is_seen()
{
	is "$(seen "$1")" "$(printf '%s\n' "${@:2}")"
}

# apply ARGUMENT...
apply()
{
	"$bin/mda-apply" -c "$conf" -r ann@a.test "$@" > "$work/out" 2> "$work/err" || { cat "$work/out" "$work/err"; return 1; }
}

fill()
{
	local word
	for word in one two three four five; do
		deliver "$word" || return 1
	done
}
ok "mail is delivered without rules" fill
ok "a client gives flags and keywords" imap 'SELECT INBOX' 'UID STORE 1 FLAGS (\Seen work urgent)' 'UID STORE 2 FLAGS (work)' \
	'UID STORE 3 FLAGS (other)' 'UID STORE 4 FLAGS (\Flagged)'
ok "reads them, so that Courier makes its list" is_seen INBOX '1 [\Seen urgent work] one' '2 [work] two' '3 [other] three' \
	'4 [\Flagged] four' '5 [] five'
ok "there is a list" test -s "$maildir/courierimapkeywords/:list"
ok "takes one back, and adds one" imap 'SELECT INBOX' 'UID STORE 3 -FLAGS (other)' 'UID STORE 4 +FLAGS (late)'
ok "has a folder with a keyword" imap 'CREATE INBOX.Filed' 'SUBSCRIBE INBOX.Filed'
text=$(simple_message old | sed 's/$/\r/'; printf x)
text=${text%x}
ok "of its own" imap "APPEND INBOX.Filed (else work) {${#text}}"$'\r\n'"$text"

mkdir -p "$home/.mda"
printf 'require ["fileinto", "imap4flags"];\nif not header :contains "subject" "five" { fileinto :flags "$Filed" "Filed"; }\n' > "$home/.mda/filter.sieve"
chown -R "$owner" "$home/.mda"
ok "mail is filed" apply
undo=$(sed -n 's/.* --undo //p' "$work/out")
ok "the client sees it in the folder, with new UIDs, the same flags and keywords, and the rule's" is_seen INBOX.Filed \
	'1 [else work] old' '2 [$Filed \Seen urgent work] one' '3 [$Filed work] two' '4 [$Filed] three' '5 [$Filed \Flagged late] four'
ok "and again, when Courier has taken them into its list" is_seen INBOX.Filed \
	'1 [else work] old' '2 [$Filed \Seen urgent work] one' '3 [$Filed work] two' '4 [$Filed] three' '5 [$Filed \Flagged late] four'
ok "the INBOX has the rest" is_seen INBOX '5 [] five'
ok "the client changes one" imap 'SELECT INBOX.Filed' 'UID STORE 3 +FLAGS (mine)'
ok "put back" apply --undo "$undo"
ok "with the keywords that the client gave" is_seen INBOX '5 [] five' '6 [\Seen urgent work] one' '7 [mine work] two' '8 [] three' \
	'9 [\Flagged late] four'
ok "the folder has what it had" is_seen INBOX.Filed '1 [else work] old'
ok "no file of ours is left over" is "$(find "$maildir" -name '*.mda' -type f | wc -l)" 0

# A directory that leads elsewhere is not followed, and then nothing is moved.
mv "$maildir/courierimapkeywords" "$work/elsewhere"
ln -s "$work/elsewhere" "$maildir/courierimapkeywords"
ok "keywords that cannot be read" not apply
ok "are told" has "$work/err" 'cannot open courierimapkeywords'
rm "$maildir/courierimapkeywords" && mv "$work/elsewhere" "$maildir/courierimapkeywords"
ok "and nothing was moved" is_seen INBOX '5 [] five' '6 [\Seen urgent work] one' '7 [mine work] two' '8 [] three' '9 [\Flagged late] four'
ok "our UIDs are Courier's" "$bin/mda-reindex" check -c "$conf" -d ann@a.test
done_testing
