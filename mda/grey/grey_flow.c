#include "mda/grey/grey_flow.h"

#include "base/io.h"
#include "mda/grey/grey_report.h"
#include "mda/server/event.h"

#include <string.h>
#include <time.h>

/* ---- queues ---- */

static void append(struct grey_queue *q, struct grey_conn *c)
{
	c->next = NULL;
	*q->end = c;
	q->end = &c->next;
}

static void take_out(struct grey_queue *q, const struct grey_conn *c)
{
	struct grey_conn **at = &q->first;
	while (*at && *at != c)
		at = &(*at)->next;
	if (!*at)
		return;
	*at = c->next;
	if (!*at)
		q->end = at;
}

void grey_flow_init(struct grey_flow *f)
{
	*f = (struct grey_flow){.keeper = {.socket = -1}};
	f->unasked.end = &f->unasked.first;
	f->unsearched.end = &f->unsearched.first;
}

/* ---- the answer ---- */

/* A message with many recipients gets one field: each of them is asked about with its instance. */
static bool is_new_instance(struct grey_flow *f, struct str instance)
{
	struct hash h = hash_of(&instance, 1);
	if (instance.n == 0)
		return true;
	for (size_t i = 0; i < GREY_INSTANCES; i++)
		if (hash_same(&h, &f->instances[i]))
			return false;
	f->instances[f->instance++ % GREY_INSTANCES] = h;
	return true;
}

static void answer(
	struct grey_flow *f, struct grey_conn *c, enum grey_reason reason, int64_t seconds)
{
	const struct grey_decision d = {reason, seconds};
	struct buf text = {0};
	bool shows = reason == GREY_REASON_DELAYED && f->settings->session.conf->grey_header &&
		     is_new_instance(f, c->request.instance);
	f->tally.reasons[reason]++;
	grey_report_answer(&text, &d, shows ? f->settings->host : NULL, (int64_t)time(NULL));
	grey_report_log(&d, &c->request);
	grey_conn_answer(c, buf_str(&text));
	buf_free(&text);
}

/* ---- the database ---- */

static uint16_t keep(char *to, size_t room, struct str text)
{
	size_t n = text.n < room ? text.n : room;
	memcpy(to, text.p, n);
	return (uint16_t)n;
}

static void ask(struct grey_flow *f, struct grey_conn *c)
{
	const uint64_t slot = c->id & ((1U << GREY_SLOT_BITS) - 1);
	c->ticket = ++f->questions << GREY_SLOT_BITS | slot;
	int r = f->unasked.first ? 0 : grey_keeper_ask(&f->keeper, c->ticket, &c->question);
	c->state = r > 0 ? GREY_ASKED : GREY_UNASKED;
	if (r == 0)
		append(&f->unasked, c);
	else if (r < 0)
		answer(f, c, GREY_REASON_DATABASE, 0);
}

static void prepare(struct grey_flow *f, struct grey_conn *c, const struct peer *client)
{
	const struct grey_settings *s = f->settings;
	const struct grey_request *r = &c->request;
	struct grey_question *q = &c->question;
	memset(q, 0, sizeof *q); /* all of it goes to another process */
	q->now = (int64_t)time(NULL);
	q->terms = s->terms;
	q->is_tentative = s->session.conf->grey_contacts && r->sender.n;
	q->triplet = grey_key_triplet(client, s->bits, r->sender, r->recipient);
	memcpy(q->client, client->bytes, sizeof q->client);
	q->address_n = keep(q->address, sizeof q->address, str_of(client->name));
	q->sender_n = keep(q->sender, sizeof q->sender, r->sender);
	q->recipient_n = keep(q->recipient, sizeof q->recipient, r->recipient);
}

static void begin(struct grey_flow *f, struct grey_conn *c)
{
	const struct grey_settings *s = f->settings;
	const struct grey_request *r = &c->request;
	struct peer client;
	if (grey_policy_doubt(r) || !peer_read(r->client_address, &client)) {
		answer(f, c, GREY_REASON_QUESTION, 0);
	} else if (grey_exempt_client(s->exempt, &client, r->client_name)) {
		answer(f, c, GREY_REASON_ALLOWED_CLIENT, 0);
	} else if (grey_exempt_recipient(
			   s->exempt, r->recipient, s->session.conf->recipient_delimiter)) {
		answer(f, c, GREY_REASON_ALLOWED_RECIPIENT, 0);
	} else {
		prepare(f, c, &client);
		ask(f, c);
	}
}

void grey_flow_go_on(struct grey_flow *f, struct grey_conn *c)
{
	while (c->state == GREY_READING && grey_conn_has_request(c))
		begin(f, c);
}

/* ---- the search ---- */

static unsigned search_seconds(const struct grey_flow *f)
{
	size_t most = f->settings->session.conf->grey_timeout;
	return most > 1 ? (unsigned)most / 2 : 1;
}

static void ask_finally(struct grey_flow *f, struct grey_conn *c)
{
	c->question.is_tentative = false;
	ask(f, c);
}

static void search(struct grey_flow *f, struct grey_conn *c)
{
	const struct session *s = &f->settings->session;
	struct err err;
	if (f->searches >= GREY_SEARCHES) {
		c->state = GREY_UNSEARCHED;
		append(&f->unsearched, c);
		return;
	}
	f->tally.searches++;
	if (grey_known_start(&c->search, s->file, s->conf, c->request.sender, c->request.recipient,
		    search_seconds(f), f->clean, f->context, &err) < 0) {
		event_trouble("%s", err.text);
		ask_finally(f, c);
		return;
	}
	f->searches++;
	c->state = GREY_SEARCHING;
	f->watch(f->context, c);
}

static enum grey_acquaintance end_search(struct grey_flow *f, struct grey_conn *c)
{
	f->searches--;
	return grey_known_end(&c->search);
}

void grey_flow_take_search(struct grey_flow *f, struct grey_conn *c)
{
	enum grey_acquaintance known = end_search(f, c);
	if (known == GREY_STRANGER)
		ask_finally(f, c);
	else
		answer(f, c,
			known == GREY_CONTACT ? GREY_REASON_CONTACT : GREY_REASON_ALLOWED_SENDER,
			0);
	grey_flow_go_on(f, c);
}

/* ---- what others say ---- */

void grey_flow_take_ruling(struct grey_flow *f, struct grey_conn *c, const struct grey_answer *a)
{
	static const enum grey_reason reasons[] = {
		[GREY_NEW] = GREY_REASON_NEW,
		[GREY_EARLY] = GREY_REASON_EARLY,
		[GREY_DELAYED] = GREY_REASON_DELAYED,
		[GREY_KNOWN] = GREY_REASON_KNOWN,
		[GREY_CLIENT] = GREY_REASON_CLIENT,
	};
	const struct grey_ruling *r = &a->ruling;
	if (!a->is_ruled)
		answer(f, c, GREY_REASON_DATABASE, 0);
	else if (grey_rule_defers(r->outcome) && c->question.is_tentative)
		search(f, c);
	else
		answer(f, c, reasons[r->outcome], r->seconds);
	grey_flow_go_on(f, c);
}

void grey_flow_without_keeper(struct grey_flow *f, struct grey_conn *c)
{
	if (c->state != GREY_ASKED && c->state != GREY_UNASKED)
		return;
	take_out(&f->unasked, c);
	answer(f, c, GREY_REASON_DATABASE, 0);
	grey_flow_go_on(f, c);
}

void grey_flow_hurry(struct grey_flow *f, struct grey_conn *c, long long now)
{
	long long most = (long long)f->settings->session.conf->grey_timeout * 1000000;
	long long waited = now - c->since;
	bool is_searched = c->state == GREY_SEARCHING || c->state == GREY_UNSEARCHED;
	if (c->state == GREY_READING) {
		/* A client may be idle, but not in the middle of a request. */
		if (c->in.n && waited > most) {
			c->is_over = true;
			f->tally.closed++;
		}
	} else if (is_searched && waited > most / 2) {
		if (c->state == GREY_SEARCHING)
			(void)end_search(f, c); /* it has found nothing yet */
		else
			take_out(&f->unsearched, c);
		ask_finally(f, c);
	} else if (waited > most) {
		take_out(&f->unasked, c);
		answer(f, c, GREY_REASON_LATE, 0);
		grey_flow_go_on(f, c);
	}
}

void grey_flow_pump(struct grey_flow *f)
{
	struct grey_conn *c;
	while ((c = f->unasked.first)) {
		int r = grey_keeper_ask(&f->keeper, c->ticket, &c->question);
		if (r == 0)
			break;
		if (r < 0)
			return; /* its death will be noticed */
		take_out(&f->unasked, c);
		c->state = GREY_ASKED;
	}
	while ((c = f->unsearched.first) && f->searches < GREY_SEARCHES) {
		take_out(&f->unsearched, c);
		search(f, c);
	}
}

void grey_flow_forget(struct grey_flow *f, struct grey_conn *c)
{
	take_out(&f->unasked, c);
	take_out(&f->unsearched, c);
	if (c->search.pid)
		(void)end_search(f, c); /* nobody wants to know it */
}
