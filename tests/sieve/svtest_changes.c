#include "tests/sieve/svtest.h"

static void add_list(struct buf *to, const struct str_list *fields)
{
	for (size_t i = 0; i < fields->count; i++)
		buf_add(to, fields->items[i]);
}

struct str svtest_compose(const struct svtest *t, const struct changes *c)
{
	struct buf all = {0};
	struct str body = message_body(t->msg);
	if (!c)
		return arena_str(t->mem, message_bytes(t->msg));
	add_list(&all, &c->first);
	for (size_t i = 0; i < message_header_count(t->msg); i++)
		if (!c->removed || !c->removed[i])
			buf_add(&all, message_header(t->msg, i)->whole);
	add_list(&all, &c->last);
	buf_byte(&all, '\n');
	buf_add(&all, c->body ? *c->body : body);
	struct str bytes = arena_str(t->mem, buf_str(&all));
	buf_free(&all);
	return bytes;
}
