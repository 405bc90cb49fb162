#include "mda/compose.h"

static void add(struct pieces *p, struct str piece, struct arena *mem)
{
	if (piece.n)
		*(struct str *)ARENA_PUSH(mem, p->items, p->count) = piece;
}

/* Addresses come from the MTA, but the MTA has them from outside. */
static struct str one_line(struct str s, struct arena *mem)
{
	struct str copy = arena_str(mem, s);
	for (size_t i = 0; i < copy.n; i++) {
		unsigned char c = (unsigned char)copy.p[i];
		if (c < ' ' || c == 0x7f)
			((char *)copy.p)[i] = '?';
	}
	return copy;
}

static void add_field(struct pieces *p, const char *name, struct str value, struct arena *mem)
{
	struct str clean = one_line(value, mem);
	add(p, arena_fmt(mem, "%s: " STR_FMT "\n", name, STR_ARGS(clean)), mem);
}

/* The MTA may have written it already (Postfix: local(8), the pipe flags D and O). */
static void add_trace(
	struct pieces *p, const char *name, struct str address, const struct delivery *d)
{
	const struct header *top = message_find(d->msg, str_of(name));
	if (!top || !str_eq(header_text(top, d->mem), address))
		add_field(p, name, address, d->mem);
}

/* The message in as few slices as the removed fields leave. */
static void add_message(struct pieces *p, const struct delivery *d, const bool *removed)
{
	struct str bytes = message_bytes(d->msg);
	const char *from = bytes.p;
	for (size_t i = 0; i < message_header_count(d->msg); i++) {
		const struct header *h = message_header(d->msg, i);
		if (!removed[i])
			continue;
		add(p, (struct str){from, (size_t)(h->whole.p - from)}, d->mem);
		from = h->whole.p + h->whole.n;
	}
	add(p, (struct str){from, bytes.n - (size_t)(from - bytes.p)}, d->mem);
}

/* The removals of the verdict, and those of field NAME: only one of these shall remain, ours. */
static bool *removed_and(const struct delivery *d, struct str name)
{
	size_t n = message_header_count(d->msg);
	bool *removed = arena_alloc(d->mem, n * sizeof *removed);
	for (size_t i = 0; i < n; i++)
		removed[i] =
			d->verdict.removed[i] || str_ieq(message_header(d->msg, i)->name, name);
	return removed;
}

struct pieces compose_stored(const struct delivery *d)
{
	struct pieces p = {0};
	struct str path = arena_fmt(d->mem, "<" STR_FMT ">", STR_ARGS(d->env->sender));
	add_field(&p, "Return-Path", path, d->mem);
	add_trace(&p, "X-Original-To", d->env->original_recipient, d);
	add_trace(&p, "Delivered-To", d->env->recipient, d);
	for (size_t i = d->verdict.added_count; i-- > 0;)
		add(&p, d->verdict.added[i], d->mem);
	if (message_needs_blank_line(d->msg))
		add(&p, STR_LIT("\n"), d->mem);
	add_message(&p, d, removed_and(d, STR_LIT("Return-Path")));
	return p;
}

struct pieces compose_redirected(const struct delivery *d)
{
	struct pieces p = {0};
	add_message(&p, d, d->verdict.removed);
	return p;
}
