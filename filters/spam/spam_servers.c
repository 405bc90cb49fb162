#include "filters/spam/spam_servers.h"

#include "base/io.h"
#include "base/net.h"
#include "filters/spam/rspamd.h"
#include "filters/spam/spamd.h"

struct spam_protocol {
	const char *name, *usual, *usual_learning;
	spam_ask *ask;
	spam_learn *learn;
};

const struct spam_protocol spam_protocol_spamd = {
	"spamd", "127.0.0.1:783", "127.0.0.1:783", spamd_ask, spamd_learn};
const struct spam_protocol spam_protocol_rspamd = {
	"rspamd", "127.0.0.1:11333", "127.0.0.1:11334", rspamd_ask, rspamd_learn};

static struct spam_question question_of(const struct spam_servers *s, struct str message,
	const struct envelope *env, struct arena *mem)
{
	return (struct spam_question){.message = message,
		.env = env,
		.deadline = io_microseconds() + (long long)s->seconds * 1000000,
		.mem = mem};
}

/* The server with number I; NULL: there are no more. */
static const char *server_at(
	const struct spam_servers *s, const char *usual, size_t i, struct arena *mem)
{
	if (s->servers->count == 0)
		return i == 0 ? usual : NULL;
	return i < s->servers->count ? arena_cstr(mem, s->servers->items[i]) : NULL;
}

static size_t server_count(const struct spam_servers *s)
{
	return s->servers->count ? s->servers->count : 1;
}

/*
 * A server that hangs must leave time for those after it: each gets an equal part of the time left
 * until END.
 */
static long long deadline_at(const struct spam_servers *s, size_t i, long long end)
{
	long long now = io_microseconds();
	return now + (end - now) / (long long)(server_count(s) - i);
}

int spam_servers_ask(const struct spam_servers *s, const struct message *msg,
	const struct envelope *env, struct arena *mem, struct spam_result *result, struct err *err)
{
	struct spam_question q = question_of(s, message_bytes(msg), env, mem);
	long long end = q.deadline;
	net_limit_lookups((unsigned)(s->seconds / server_count(s)));
	for (size_t i = 0; (q.server = server_at(s, s->protocol->usual, i, mem)); i++) {
		q.deadline = deadline_at(s, i, end);
		if (s->protocol->ask(&q, result, err) < 0)
			continue;
		result->by = arena_fmt(mem, "%s %s", s->protocol->name, q.server);
		return 0;
	}
	*result = (struct spam_result){0};
	return -1;
}

int spam_servers_learn(const struct spam_servers *s, struct str message, const struct envelope *env,
	const char *password, bool is_spam, struct arena *mem, struct err *err)
{
	struct spam_question q = question_of(s, message, env, mem);
	long long end = q.deadline;
	q.password = password;
	for (size_t i = 0; (q.server = server_at(s, s->protocol->usual_learning, i, mem)); i++) {
		q.deadline = deadline_at(s, i, end);
		int r = s->protocol->learn(&q, is_spam, err);
		if (r >= 0)
			return r;
	}
	return -1;
}
