/*
 * The way of a request: the allow lists of the admin, the database, and if the mail would be
 * deferred, the allow lists and contacts of the recipient. Whatever fails or takes too long, the
 * mail passes.
 */
#ifndef MDA_GREY_GREY_FLOW_H
#define MDA_GREY_GREY_FLOW_H

#include "mda/grey/grey_conn.h"
#include "mda/grey/grey_keeper.h"
#include "mda/grey/grey_settings.h"
#include "mda/grey/grey_tally.h"

/*
 * SEARCHES: so many senders are looked for at a time. INSTANCES: messages that have got a field.
 * SLOT_BITS: the lower bits of the numbers of connections and questions, which are the same.
 */
enum { GREY_SEARCHES = 8, GREY_INSTANCES = 64, GREY_SLOT_BITS = 20 };

struct grey_queue {
	struct grey_conn *first, **end;
};

struct grey_flow {
	const struct grey_settings *settings;
	struct grey_keeper keeper;
	struct grey_tally tally;
	struct grey_queue unasked, unsearched;
	size_t searches;    /* under way */
	uint64_t questions; /* so many were asked */
	struct hash instances[GREY_INSTANCES];
	size_t instance;
	/* Calls WATCH when a search of C has begun, and closes what a new process need not have. */
	void (*watch)(void *context, struct grey_conn *c);
	void (*clean)(void *context);
	void *context;
};

void grey_flow_init(struct grey_flow *f);

/* Goes on with C, all of whose requests are dealt with as far as possible. */
void grey_flow_go_on(struct grey_flow *f, struct grey_conn *c);
/* C, which is in state GREY_ASKED, has this answer of the database. */
void grey_flow_take_ruling(struct grey_flow *f, struct grey_conn *c, const struct grey_answer *a);
/* The search of C has an answer. */
void grey_flow_take_search(struct grey_flow *f, struct grey_conn *c);
/* The process with the database has died: C is answered without it. */
void grey_flow_without_keeper(struct grey_flow *f, struct grey_conn *c);
/* Looks whether C has waited too long at NOW. */
void grey_flow_hurry(struct grey_flow *f, struct grey_conn *c, long long now);
/* Goes on with those that wait for others. */
void grey_flow_pump(struct grey_flow *f);
/* To be called before C is freed. */
void grey_flow_forget(struct grey_flow *f, struct grey_conn *c);

#endif
