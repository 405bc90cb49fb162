#include "filters/spam/spamd.h"

#include "base/net.h"

static const char usual_port[] = "783";

/* ---- the request ---- */

/*
 * Names the user whose Bayes data and preferences apply. Bytes that could end the line are left
 * out.
 */
static struct str user_line(const struct spam_question *q)
{
	struct str user = q->env->mailbox;
	for (size_t i = 0; i < user.n; i++)
		if (user.p[i] == ' ' || ascii_iscntrl(user.p[i]))
			return STR_EMPTY;
	return arena_fmt(q->mem, "User: " STR_FMT "\r\n", STR_ARGS(user));
}

static int talk(const struct spam_question *q, struct str head, struct buf *answer, struct err *err)
{
	struct str user = user_line(q);
	struct str start = arena_fmt(q->mem, STR_FMT "Content-length: %zu\r\n" STR_FMT "\r\n",
		STR_ARGS(head), q->message.n, STR_ARGS(user));
	const struct str pieces[] = {start, q->message};
	const struct net_exchange x = {.server = q->server,
		.usual_port = usual_port,
		.pieces = pieces,
		.count = 2,
		.half_close = true,
		.most = SPAM_ANSWER_MOST,
		.deadline = q->deadline};
	return net_exchange(&x, answer, err);
}

/* ---- the answer ---- */

/* Reads "SPAMD/1.1 0 EX_OK". */
static bool read_status(struct str line, const char **why)
{
	struct str word;
	unsigned long long code;
	if (!str_word(&line, &word) || !str_istarts(word, STR_LIT("SPAMD/"))) {
		*why = "it does not answer as spamd does";
		return false;
	}
	if (!str_word(&line, &word) || !str_number(word, 255, &code) || code != 0) {
		*why = "it answers with an error";
		return false;
	}
	return true;
}

/* Reads "True ; 15.0 / 5.0". */
static bool read_spam(struct str value, struct spam_result *r)
{
	size_t semicolon = str_find(value, ';'), slash = str_find(value, '/');
	struct str word = str_trim(str_slice(value, 0, semicolon));
	r->is_spam = str_ieq(word, STR_LIT("True")) || str_ieq(word, STR_LIT("Yes"));
	if (!r->is_spam && !str_ieq(word, STR_LIT("False")) && !str_ieq(word, STR_LIT("No")))
		return false;
	r->has_score = true;
	return semicolon < slash &&
	       spam_number(str_slice(value, semicolon + 1, slash), &r->score) &&
	       spam_number(str_slice(value, slash + 1, value.n), &r->limit);
}

static bool read_fields(struct str *rest, struct spam_result *r)
{
	struct str line;
	bool found = false;
	while (str_line(rest, &line) && line.n) {
		size_t colon = str_find(line, ':');
		if (!str_ieq(str_trim(str_slice(line, 0, colon)), STR_LIT("Spam")))
			continue;
		if (found || !read_spam(str_slice(line, colon + 1, line.n), r))
			return false;
		found = true;
	}
	return found;
}

bool spamd_read(struct str answer, struct arena *mem, struct spam_result *result, const char **why)
{
	struct str line;
	*result = (struct spam_result){0};
	if (!str_line(&answer, &line))
		line.n = 0;
	if (!read_status(line, why))
		return false;
	*why = "its answer does not say whether it is spam";
	if (!read_fields(&answer, result))
		return false;
	result->symbols = arena_str(mem, str_trim(answer));
	return true;
}

int spamd_ask(const struct spam_question *q, struct spam_result *result, struct err *err)
{
	struct buf answer = {0};
	const char *why;
	int r = talk(q, STR_LIT("SYMBOLS SPAMC/1.5\r\n"), &answer, err);
	if (r == 0 && !spamd_read(buf_str(&answer), q->mem, result, &why))
		r = err_temp(err, "%s: %s", q->server, why);
	buf_free(&answer);
	return r;
}

/* ---- learning ---- */

/* spamd reports what it did, even if it learned nothing new. */
static int judge_learning(const struct spam_question *q, struct str answer, struct err *err)
{
	const char *why;
	struct str line;
	if (!str_line(&answer, &line))
		line.n = 0;
	return read_status(line, &why) ? 0 : err_temp(err, "%s: %s", q->server, why);
}

int spamd_learn(const struct spam_question *q, bool is_spam, struct err *err)
{
	struct buf answer = {0};
	struct str head = arena_fmt(q->mem, "TELL SPAMC/1.5\r\nMessage-class: %s\r\nSet: local\r\n",
		is_spam ? "spam" : "ham");
	int r = talk(q, head, &answer, err);
	if (r == 0)
		r = judge_learning(q, buf_str(&answer), err);
	buf_free(&answer);
	return r;
}
