#include "filters/spam/rspamd.h"

#include "base/http.h"

#include <jansson.h>

static const char usual_port[] = "11333", controller_port[] = "11334";

/* ---- the request ---- */

static void add_field(
	struct str_list *fields, const char *name, struct str value, struct arena *mem)
{
	struct str *field = ARENA_PUSH(mem, fields->items, fields->count);
	*field = arena_fmt(mem, "%s: " STR_FMT, name, STR_ARGS(value));
}

static int post(const struct spam_question *q, const char *port, const char *path,
	long also_welcome, const struct str_list *fields, struct buf *answer, struct err *err)
{
	const struct http_request r = {.server = q->server,
		.usual_port = port,
		.path = path,
		.fields = fields,
		.body = q->message,
		.most = SPAM_ANSWER_MOST,
		.also_welcome = also_welcome,
		.deadline = q->deadline};
	return http_post(&r, answer, err);
}

/* ---- the answer ---- */

/* After SMTP the sender can no longer be asked to wait or to come back. */
static const struct {
	const char *action;
	bool is_spam; /* whatever the score is */
} actions[] = {
	{"no action", false},
	{"greylist", false},
	{"soft reject", false},
	{"add header", true},
	{"rewrite subject", true},
	{"quarantine", true},
	{"reject", true},
	{"discard", true},
};

/* If rspamd skips a message, the limit is 0. */
static bool is_spam(struct str action, const struct spam_result *r)
{
	for (size_t i = 0; i < sizeof actions / sizeof *actions; i++)
		if (actions[i].is_spam && str_ieq(action, str_of(actions[i].action)))
			return true;
	return r->limit > 0 && r->score >= r->limit;
}

static struct str names_of(json_t *symbols, struct arena *mem)
{
	struct str text = STR_EMPTY;
	struct buf b = {0};
	for (void *i = json_object_iter(symbols); i; i = json_object_iter_next(symbols, i)) {
		if (b.n)
			buf_byte(&b, ',');
		buf_text(&b, json_object_iter_key(i));
	}
	if (b.n)
		text = arena_str(mem, buf_str(&b));
	buf_free(&b);
	return text;
}

static bool read_object(json_t *o, struct arena *mem, struct spam_result *r, const char **why)
{
	json_t *score = json_object_get(o, "score");
	json_t *limit = json_object_get(o, "required_score");
	const char *action = json_string_value(json_object_get(o, "action"));
	*why = "its answer has no score and no action";
	if (!json_is_number(score) || !json_is_number(limit) || !action)
		return false;
	r->has_score = true;
	r->score = json_number_value(score);
	r->limit = json_number_value(limit);
	r->action = arena_str(mem, str_of(action));
	r->symbols = names_of(json_object_get(o, "symbols"), mem);
	r->is_spam = is_spam(r->action, r);
	return true;
}

bool rspamd_read(struct str answer, struct arena *mem, struct spam_result *result, const char **why)
{
	json_error_t error;
	*result = (struct spam_result){0};
	json_t *o = json_loadb(answer.p ? answer.p : "", answer.n, JSON_REJECT_DUPLICATES, &error);
	*why = "its answer is not a JSON object";
	bool good = json_is_object(o) && read_object(o, mem, result, why);
	json_decref(o);
	return good;
}

int rspamd_ask(const struct spam_question *q, struct spam_result *result, struct err *err)
{
	struct str_list fields = {0};
	struct buf answer = {0};
	const char *why;
	add_field(&fields, "From", q->env->sender, q->mem);
	add_field(&fields, "Rcpt", q->env->recipient, q->mem);
	add_field(&fields, "Deliver-To", q->env->mailbox, q->mem);
	int r = post(q, usual_port, "/checkv2", 0, &fields, &answer, err);
	if (r == 0 && !rspamd_read(buf_str(&answer), q->mem, result, &why))
		r = err_temp(err, "%s: %s", q->server, why);
	buf_free(&answer);
	return r;
}

/* ---- learning ---- */

enum { DENIED = 404 };

/*
 * rspamd answers 204 without a text when a message is too short to be learned, 208 with a text when
 * it has learned the message already, and 404 with a text when its conditions for learning exclude
 * the message.
 */
static int read_learned(struct str answer, const char *server, struct err *err)
{
	json_error_t error;
	json_t *o = json_loadb(answer.p ? answer.p : "", answer.n, 0, &error);
	const char *text = json_string_value(json_object_get(o, "error"));
	int r = answer.n == 0 || text ? 1 : -1;
	if (json_is_true(json_object_get(o, "success")) ||
		(text && str_ifind(str_of(text), STR_LIT("already learned")) < str_of(text).n))
		r = 0;
	if (r < 0)
		err_temp(err, "%s: this is not an answer of rspamd", server);
	if (r > 0)
		err_temp(err, "%s", text ? text : "");
	json_decref(o);
	return r;
}

int rspamd_learn(const struct spam_question *q, bool spam, struct err *err)
{
	struct str_list fields = {0};
	struct buf answer = {0};
	if (q->password)
		add_field(&fields, "Password", str_of(q->password), q->mem);
	add_field(&fields, "Deliver-To", q->env->mailbox, q->mem);
	const char *path = spam ? "/learnspam" : "/learnham";
	int r = post(q, controller_port, path, DENIED, &fields, &answer, err);
	if (r == 0)
		r = read_learned(buf_str(&answer), q->server, err);
	buf_free(&answer);
	return r;
}
