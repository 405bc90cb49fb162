/* Messages with parts, and the extensions that read or change them. */
#include "tests/lib/pairs_inside.h"

/* ---- the message ---- */

static const char *const words[] = {
	"hello", "news", "spam", "world", "offer", "invoice", "list", "meeting", "abc", "5"};
static const char *const simple_parts[] = {
	"Content-Type: text/plain; charset=us-ascii\r\n\r\nhello world, a meeting\r\n",
	"Content-Type: text/plain; charset=iso-8859-1\r\n"
	"Content-Transfer-Encoding: quoted-printable\r\n\r\ngr=FCn news =\r\nand more\r\n",
	"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n"
	"c3BhbSBvZmZlcg==\r\n",
	"Content-Type: text/html; charset=utf-8\r\n\r\n<p>an offer</p><b>list</b>\r\n",
	"Content-Type: application/pdf; name=\"invoice.pdf\"\r\n"
	"Content-Disposition: attachment; filename=\"invoice.pdf\"\r\n"
	"Content-Transfer-Encoding: base64\r\n\r\naW52b2ljZQ==\r\n",
	"Content-Type: image/png\r\nContent-Disposition: inline\r\n"
	"Content-Transfer-Encoding: base64\r\n\r\nYWJj\r\n",
	"Content-Type: text/x-list\r\nX-List: hello\r\n\r\nabc 5\r\n",
	"Content-Type: text/plain (a comment); charset=(another) utf-8\r\n\r\nhello list\r\n",
	"Content-Type: (first) text/html;\r\n\tcharset=utf-8\r\n\r\n<p>news</p>\r\n",
	"Content-Type: application/pdf;\r\n\tname=\"invoice.pdf\" (x)\r\n"
	"Content-Disposition: attachment (y);\r\n\tfilename=invoice.pdf\r\n\r\nworld\r\n",
};

static void add_part(struct pair *p, unsigned depth);

static void add_parts(struct pair *p, unsigned depth)
{
	size_t n = 1 + below(p, 3);
	buf_fmt(&p->message, "Content-Type: multipart/%s; boundary=b%u\r\n\r\nin front of them\r\n",
		one_in(p, 2) ? "mixed" : "alternative", depth);
	for (size_t i = 0; i < n; i++) {
		buf_fmt(&p->message, "--b%u\r\n", depth);
		add_part(p, depth + 1);
	}
	buf_fmt(&p->message, "--b%u--\r\n", depth);
}

static void add_part(struct pair *p, unsigned depth)
{
	if (depth < 3 && one_in(p, 4))
		add_parts(p, depth);
	else
		buf_text(&p->message, ONE_OF(p, simple_parts));
}

void pair_make_parts(struct pair *p)
{
	buf_text(&p->message, "MIME-Version: 1.0\r\n");
	add_part(p, 0);
}

/* ---- tests ---- */

static const char *word(struct pair *p)
{
	return ONE_OF(p, words);
}

static const char *type(struct pair *p)
{
	static const char *const types[] = {"text", "text/plain", "text/html", "application",
		"application/pdf", "image/png", "multipart", "text/x-list", "TEXT/Plain", "video"};
	return ONE_OF(p, types);
}

/*
 * The two differ in what ends a part's last line, so nothing is compared up to its end. After a
 * change of the header, Pigeonhole looks at another place of the body.
 */
void pair_body_test(struct pair *p)
{
	if (p->edited) {
		pair_mime_test(p);
		return;
	}
	put(p, "body ");
	if (one_in(p, 2)) {
		put(p, ":content ");
		put_strings(p, type);
		put(p, " ");
	} else {
		put(p, ":raw ");
	}
	put(p, one_in(p, 2) ? ":contains " : ":comparator \"i;octet\" :contains ");
	put_strings(p, word);
}

void pair_mime_test(struct pair *p)
{
	static const char *const headers[] = {"content-type", "content-disposition", "x-list",
		"subject", "from", "x-score", "x-nothing"};
	static const char *const parts[] = {"", "", ":type ", ":subtype ", ":contenttype ",
		":param \"filename\" ", ":param [\"name\", \"charset\"] "};
	static const char *const keys[] = {"text", "plain", "text/plain", "invoice.pdf", "utf-8",
		"attachment", "image", "hello", "multipart/mixed", "html", ""};
	size_t part = below(p, COUNT(parts));
	put(p, "header :mime ");
	put(p, one_in(p, 2) ? ":anychild " : "");
	put(p, parts[part]);
	put(p, one_in(p, 2) ? ":contains " : ":is ");
	put_string(p, ONE_OF(p, headers));
	put(p, " ");
	put_string(p, ONE_OF(p, keys));
}

static const char *expression(struct pair *p)
{
	static const char *const expressions[] = {"^hello", "world$", "^(.*)$", "h.*o",
		"([a-z]+) ([a-z]+)", "[0-9]+", "^\\\\[(list)\\\\] *(.*)$", "(a|b)+c",
		"score=([0-9]+)", "^[^ ]+$", "a{1,3}", "(x)?abc", "[[:upper:]]+", "^re: *(.*)",
		"[^[:digit:]]", "^$", ".", "(h)(e)(l)"};
	return ONE_OF(p, expressions);
}

void pair_regex_test(struct pair *p)
{
	put(p, one_in(p, 3) ? "header :regex :comparator \"i;octet\" " : "header :regex ");
	put_string(p, pair_text_header(p));
	put(p, " ");
	put_strings(p, expression);
}

/* Both know it, and for these messages both have no value. */
void pair_small_test(struct pair *p)
{
	static const char *const tests[] = {"environment :contains \"location\" \"M\"",
		"environment :contains \"phase\" \"\"",
		"environment :contains \"vnd.nothing\" \"\"", "duplicate",
		"duplicate :handle \"h\" :header \"x-nothing\"", "ihave \"fileinto\"",
		"ihave [\"copy\", \"vnd.nothing\"]", "not ihave \"vnd.nothing\"",
		"spamtest :value \"eq\" :comparator \"i;ascii-numeric\" \"0\"",
		"spamtest :percent :value \"gt\" :comparator \"i;ascii-numeric\" \"0\"",
		"virustest :value \"eq\" :comparator \"i;ascii-numeric\" \"0\"",
		"string \"${env.vnd.nothing}\" \"\""};
	put(p, ONE_OF(p, tests));
}

/* ---- commands ---- */

void pair_small_command(struct pair *p)
{
	static const char *const commands[] = {"debug_log \"${a}\";",
		"if ihave \"vnd.nothing\" { frobnicate \"x\"; }", "set \"global.g\" \"${a}\";",
		"set :encodeurl \"a\" \"${a} &${1}\";", "fileinto :create \"Created\";"};
	put(p, ONE_OF(p, commands));
}

static const char *edited(struct pair *p)
{
	static const char *const names[] = {"X-List", "x-score", "Subject", "X-New", "X-Other"};
	return ONE_OF(p, names);
}

void pair_edit(struct pair *p)
{
	p->edited = true;
	if (one_in(p, 2)) {
		buf_fmt(&p->script, "addheader %s\"%s\" \"%s\";", one_in(p, 3) ? ":last " : "",
			edited(p), word(p));
		return;
	}
	put(p, "deleteheader ");
	if (one_in(p, 3))
		buf_fmt(&p->script, ":index %zu %s", 1 + below(p, 2), one_in(p, 2) ? ":last " : "");
	if (one_in(p, 2))
		buf_fmt(&p->script, ":contains \"%s\" \"%s\";", edited(p), word(p));
	else
		buf_fmt(&p->script, "\"%s\";", edited(p));
}

/* The result goes into a variable, which is used as the name of a folder. */
void pair_loop(struct pair *p)
{
	put(p, "foreverypart {\nif ");
	pair_mime_test(p);
	put(p, " {\n");
	if (one_in(p, 2))
		put(p, "if header :mime :type :is \"content-type\" \"text\" { extracttext "
		       ":first 4 \"a\"; }\n");
	else
		put(p, "set \"a\" \"${a}x\";\n");
	put(p, one_in(p, 3) ? "break;\n}\n}" : "}\n}");
}

void pair_answer(struct pair *p)
{
	bool days = one_in(p, 2);
	if (!p->notified && one_in(p, 2)) {
		p->notified = true;
		buf_fmt(&p->script, "notify %s:message \"%s\" \"mailto:joe@a.example\";",
			one_in(p, 2) ? ":importance \"1\" " : "", word(p));
		return;
	}
	/* For both a second one is an error, but they find it at different times. */
	if (p->answered)
		put(p, "keep;");
	else
		buf_fmt(&p->script, "vacation :%s %zu %s\"away: %s\";", days ? "days" : "seconds",
			below(p, 9) + (days ? 1 : 100000), one_in(p, 2) ? ":subject \"out\" " : "",
			word(p));
	p->answered = true;
}
