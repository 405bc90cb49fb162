# The demo's table: awk -v prefix=DIR/ -f table.awk deliveries log

# The key=value pairs of a log line. A quoted value contains no quote, because quotes are escaped.
function parse(line, f,    key, end)
{
	split("", f)
	sub(/^.* level=/, "level=", line)
	while (match(line, /^ *[a-z_]+=/)) {
		key = substr(line, 1, RLENGTH - 1)
		sub(/^ */, "", key)
		line = substr(line, RLENGTH + 1)
		end = index(line, " ")
		if (substr(line, 1, 1) == "\"") {
			line = substr(line, 2)
			end = index(line, "\"")
		}
		if (!end)
			end = length(line) + 1
		f[key] = without_prefix(substr(line, 1, end - 1))
		line = substr(line, end + 1)
		sub(/^\.\.\./, "", line)
	}
}

function without_prefix(value,    at, done)
{
	while ((at = index(value, prefix))) {
		done = done substr(value, 1, at - 1)
		value = substr(value, at + length(prefix))
	}
	return done value
}

function is_by_rule(f)
{
	return f["rule"] ~ /\.sieve:/
}

function decision_of(f)
{
	if (f["status"] == "refused")
		return f["list"] == "block" ? "blocked, refused" : "refused"
	if (f["list"] == "block")
		return "blocked"
	if (f["spam"] == "yes")
		return "spam"
	if (f["status"] == "stored,redirected")
		return "kept, redirected"
	if (f["status"] != "stored")
		return f["status"]
	if (is_by_rule(f))
		return "filed"
	return f["list"] == "allow" ? "allowed" : "kept"
}

# What decided. If that is only the implicit keep, the reason for the label.
function reason_of(f)
{
	if (f["list"] == "block")
		return f["list_entry"]
	if (f["spam"] == "yes")
		return f["spam_why"]
	if (is_by_rule(f))
		return in_one_file(f["rule"])
	return f["list"] == "allow" ? f["list_entry"] : f["label_why"]
}

# "a:1,a:2" as "a:1,2"
function in_one_file(places,    n, i, place, file)
{
	n = split(places, place, ",")
	file = place[1]
	sub(/[0-9]*$/, "", file)
	places = place[1]
	for (i = 2; i <= n; i++)
		places = places "," (index(place[i], file) == 1 ? substr(place[i], length(file) + 1) : place[i])
	return places
}

# Padded to N characters; the locale's awk counts bytes.
function pad(text, n,    characters)
{
	characters = text
	gsub(/[\200-\277]/, "", characters)
	while (n-- > length(characters))
		text = text " "
	return text
}

function row(name, to, what, folder, uid, label, why)
{
	if (length(why) > 54)
		why = substr(why, 1, 51) "..."
	print pad(name, 18) "  " pad(to, 23) "  " pad(what, 16) "  " pad(folder, 15) "  " \
		pad(uid, 3) "  " pad(label, 8) "  " why
}

function or_dash(value)
{
	return value == "" || value == "none" ? "-" : value
}

FILENAME ~ /deliveries$/ {
	if (NF >= 3 && $1 != "#") {
		message[++planned] = $1
		recipient[planned] = $3
		if (NF > 3)
			recipient[planned] = $3 " (" substr($4, 1, index($4, "@")) ")"
	}
	next
}

{ parse($0, f) }

f["event"] == "note" {
	gsub(/\\x22/, "\"", f["text"])
	notes = notes f["text"] "\n"
}

f["event"] == "delivery" {
	if (!done++) {
		row("message", "recipient (original)", "decision", "folder", "UID", "label", "what decided")
		line = "--------------------------------------------------------"
		row(substr(line, 1, 18), substr(line, 1, 23), substr(line, 1, 16), substr(line, 1, 15),
			"---", "--------", substr(line, 1, 54))
	}
	row(message[done], recipient[done], decision_of(f), or_dash(f["folder"]), or_dash(f["uid"]),
		or_dash(f["label"]), reason_of(f))
}

END {
	printf "\n%s", notes
	exit done == planned ? 0 : 1
}
