#include "mda/tools/refile/refile_bare.h"

#include "base/buf.h"
#include "base/message.h"
#include "base/str_list.h"
#include "filters/label/tag.h"
#include "filters/spam/subject_mark.h"

#include <stdlib.h>

/* The address between < and >, or as it is. */
static const char *path_text(const struct header *h, struct arena *mem)
{
	struct str v = message_header_text(h, mem);
	if (v.n >= 2 && v.p[0] == '<' && v.p[v.n - 1] == '>')
		v = str_slice(v, 1, v.n - 1);
	return str_find(v, '\0') < v.n ? NULL : arena_cstr(mem, v);
}

/* The number after NAME in our own field X-Mda-Spam. */
static bool take_number(struct str text, const char *name, struct arena *mem, double *value)
{
	struct str key = arena_fmt(mem, "; %s=", name);
	size_t at = str_ifind(text, key);
	if (at == text.n)
		return false;
	struct str number = str_slice(text, at + key.n, text.n);
	*value = strtod(arena_cstr(mem, str_slice(number, 0, str_find(number, ';'))), NULL);
	return true;
}

/* "yes; score=12.50; limit=6; by=rspamd ...": see spam_write(). */
static struct spam_result recorded(const struct header *h, struct arena *mem)
{
	struct str text = message_header_text(h, mem);
	struct spam_result r = {.by = STR_LIT("recorded"),
		.is_spam = str_istarts(text, STR_LIT("yes")),
		.failed = str_istarts(text, STR_LIT("unknown"))};
	r.has_score = take_number(text, "score", mem, &r.score) &&
		      take_number(text, "limit", mem, &r.limit);
	return r;
}

static void take_ours(struct refile_bare *b, const struct header *h, struct arena *mem)
{
	if (str_ieq(h->name, STR_LIT("Return-Path")) && !b->sender)
		b->sender = path_text(h, mem);
	else if (str_ieq(h->name, STR_LIT("X-Original-To")) && !b->original)
		b->original = path_text(h, mem);
	else if (str_ieq(h->name, STR_LIT("Delivered-To")) && !b->recipient)
		b->recipient = path_text(h, mem);
	else if (str_ieq(h->name, STR_LIT("X-Mda-Spam")) && !b->scan.by.n)
		b->scan = recorded(h, mem);
}

static void take_place(struct refile_bare *b, const struct header *h, struct arena *mem)
{
	const char *place = path_text(h, mem);
	if (place)
		str_list_add(&b->been, str_of(place), mem);
}

static bool is_ours(const struct header *h)
{
	return str_ieq(h->name, STR_LIT("Return-Path")) ||
	       str_ieq(h->name, STR_LIT("X-Original-To")) ||
	       str_ieq(h->name, STR_LIT("Delivered-To"));
}

/* Fields of our own namespace are nobody else's, wherever they are. */
static bool is_dropped(const struct header *h, bool on_top)
{
	return (on_top && is_ours(h)) || str_istarts(h->name, STR_LIT("X-Mda-"));
}

static void put_field(struct buf *to, const struct header *h, struct arena *mem)
{
	if (!str_ieq(h->name, STR_LIT("Subject"))) {
		buf_add(to, h->whole);
		return;
	}
	struct str value = subject_mark_remove(h->value, &tag_subject_marks, mem);
	buf_add(to, str_slice(h->whole, 0, (size_t)(h->value.p - h->whole.p)));
	buf_add(to, value);
	const char *end = h->value.p + h->value.n;
	buf_add(to, (struct str){end, (size_t)(h->whole.p + h->whole.n - end)});
}

struct refile_bare refile_bare(struct str stored, struct arena *mem)
{
	struct refile_bare b = {.bytes = stored, .scan = {.by = STR_EMPTY}};
	struct message *m = message_borrow(stored, NULL);
	if (!m)
		return b; /* it is judged as it is, and refused for the same reason */
	size_t count = message_header_count(m), top = 0;
	while (top < count && !str_ieq(message_header(m, top)->name, STR_LIT("Received")))
		top++;
	bool delivered = top < count;
	struct buf out = {0};
	const char *from = stored.p;
	for (size_t i = 0; i < count; i++) {
		const struct header *h = message_header(m, i);
		bool on_top = delivered && i < top;
		if (i == 0 && h->whole.p > from) /* a "From " line */
			buf_add(&out, (struct str){from, (size_t)(h->whole.p - from)});
		if (on_top)
			take_ours(&b, h, mem);
		if (str_ieq(h->name, STR_LIT("Delivered-To")))
			take_place(&b, h, mem);
		if (!is_dropped(h, on_top))
			put_field(&out, h, mem);
		from = h->whole.p + h->whole.n;
	}
	buf_add(&out, (struct str){from, (size_t)(stored.p + stored.n - from)});
	b.bytes = arena_str(mem, buf_str(&out));
	buf_free(&out);
	message_free(m);
	return b;
}
