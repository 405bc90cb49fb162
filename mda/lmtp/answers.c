#include "mda/lmtp/answers.h"

#include "base/mem.h"

#include <stdlib.h>

struct kept_answer {
	enum channel_kind kind;
	uint64_t id;
	uint32_t index;
	struct reply reply;
	struct kept_answer *next;
};

void answers_init(struct answers *a, int channel, size_t most)
{
	*a = (struct answers){.channel = channel, .most = most};
	a->end = &a->first;
}

static void keep(struct answers *a, enum channel_kind kind, uint64_t id, uint32_t index,
	const struct reply *r)
{
	struct kept_answer *k = mem_alloc(sizeof *k);
	*k = (struct kept_answer){kind, id, index, *r, NULL};
	*a->end = k;
	a->end = &k->next;
	a->count++;
}

static void drop_first(struct answers *a)
{
	struct kept_answer *k = a->first;
	a->first = k->next;
	if (!a->first)
		a->end = &a->first;
	a->count--;
	free(k);
}

void answers_flush(struct answers *a)
{
	while (a->first) {
		const struct kept_answer *k = a->first;
		struct channel_message m = channel_reply(k->kind, k->id, k->index, &k->reply);
		if (a->channel >= 0 && channel_send(a->channel, &m, true) == 0)
			return;
		drop_first(a);
	}
}

void answers_send(struct answers *a, enum channel_kind kind, uint64_t id, uint32_t index,
	const struct reply *r)
{
	struct channel_message m = channel_reply(kind, id, index, r);
	if (a->channel < 0 || answers_are_too_many(a))
		return;
	if (a->first || channel_send(a->channel, &m, true) == 0)
		keep(a, kind, id, index, r);
}

bool answers_are_too_many(const struct answers *a)
{
	return a->count > a->most;
}
