#include "mda/tools/doctor/doctor_spam.h"

#include "base/io.h"
#include "base/net.h"
#include "mda/tools/doctor/doctor.h"

/* A server that takes longer for a ping will not judge mail in time. */
enum { PING_SECONDS = 5, REPLY_MOST = 64 * 1024 };

/* How a kind of server is asked whether it is there, and how it says so. */
struct ping {
	const char *name, *request, *answer, *usual, *usual_learning;
	bool half_close;
};
static const struct ping pings[] = {
	[SPAM_BY_SPAMD] = {"spamd", "PING SPAMC/1.2\r\n\r\n", "PONG", "127.0.0.1:783",
		"127.0.0.1:783", true},
	[SPAM_BY_RSPAMD] = {"rspamd", "GET /ping HTTP/1.0\r\n\r\n", "pong", "127.0.0.1:11333",
		"127.0.0.1:11334", false},
};

static const struct ping *ping_of(const struct conf *c)
{
	return c->antispam == SPAM_BY_SPAMD || c->antispam == SPAM_BY_RSPAMD ? &pings[c->antispam]
									     : NULL;
}

/* Returns 0, or -1 with the reason. */
static int ask(const struct ping *ping, const char *server, struct err *err)
{
	const struct str request = str_of(ping->request);
	const struct net_exchange x = {.server = server,
		.usual_port = ping->usual + sizeof "127.0.0.1:" - 1,
		.pieces = &request,
		.count = 1,
		.half_close = ping->half_close,
		.most = REPLY_MOST,
		.deadline = io_microseconds() + PING_SECONDS * 1000000LL};
	struct buf reply = {0};
	int r = net_exchange(&x, &reply, err);
	struct str text = buf_str(&reply);
	if (r == 0 && str_ifind(text, str_of(ping->answer)) == text.n)
		r = err_temp(err, "%s: what answers is not %s", server, ping->name);
	buf_free(&reply);
	return r;
}

static void ask_all(struct doctor *d, const struct ping *ping, const struct str_list *servers,
	const char *usual, const char *mend)
{
	struct str one = str_of(usual);
	const struct str_list all = servers->count ? *servers : (struct str_list){&one, 1};
	for (size_t i = 0; i < all.count; i++) {
		struct err err;
		bool bad = ask(ping, arena_cstr(d->mem, all.items[i]), &err) < 0;
		doctor_judge(d, bad, DOCTOR_ERROR, bad ? DOCTOR_TEXT(d, "%s", err.text) : STR_EMPTY,
			str_of(mend),
			DOCTOR_TEXT(
				d, "%s " STR_FMT " answers", ping->name, STR_ARGS(all.items[i])));
	}
}

void doctor_spam_filter(struct doctor *d)
{
	doctor_judge(d, d->conf->antispam == SPAM_BY_NOBODY, DOCTOR_WARNING,
		STR_LIT("antispam = none: nothing is spam unless a list blocks it"),
		STR_LIT("set antispam = headers, spamd or rspamd"),
		STR_LIT("there is somebody who decides what is spam"));
}

void doctor_spam_server(struct doctor *d)
{
	const struct ping *ping = ping_of(d->conf);
	if (ping)
		ask_all(d, ping, &d->conf->antispam_servers, ping->usual,
			"start it, or set antispam_servers");
}

/* Only a server that is written out: nobody may ever want to teach the usual one. */
void doctor_spam_learn(struct doctor *d)
{
	const struct ping *ping = ping_of(d->conf);
	if (ping && d->conf->learn_servers.count)
		ask_all(d, ping, &d->conf->learn_servers, ping->usual_learning,
			"start it, or set learn_servers");
}
