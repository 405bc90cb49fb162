#include "base/arena.h"

#include <stdarg.h>
#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * A block of at least `large` bytes has pages of its own, unless a sanitizer watches: it sees only
 * what malloc() has given.
 */
#ifdef MDA_SANITIZED
static const size_t large = SIZE_MAX;
#else
static const size_t large = (size_t)1024 * 1024;
#endif

/* Many arenas are small, and zeroing memory takes time: each block doubles what an arena has. */
enum { BLOCK_LEAST = 1024, BLOCK_MOST = 16 * 1024 };

struct block {
	struct block *next;
	size_t used, size;
	alignas(max_align_t) char bytes[];
};

struct release {
	struct release *next;
	void (*call)(void *data);
	void *data;
};

struct arena {
	struct block *blocks;
	struct release *releases;
	size_t held; /* the size of its blocks in bytes */
};

struct arena *arena_new(void)
{
	return mem_alloc(sizeof(struct arena));
}

void arena_free(struct arena *a)
{
	if (!a)
		return;
	arena_reset(a, (struct arena_mark){0});
	free(a);
}

size_t arena_bytes(const struct arena *a)
{
	return a->held;
}

struct arena_mark arena_mark(const struct arena *a)
{
	return (struct arena_mark){a->blocks, a->releases, a->blocks ? a->blocks->used : 0};
}

static void free_block(struct block *b)
{
	if (b->size < large)
		free(b);
	else
		mem_unmap(b, sizeof *b + b->size);
}

void arena_reset(struct arena *a, struct arena_mark mark)
{
	while (a->releases != mark.release) {
		const struct release *r = a->releases;
		a->releases = r->next;
		r->call(r->data);
	}
	while (a->blocks != mark.block) {
		struct block *b = a->blocks;
		a->blocks = b->next;
		a->held -= b->size;
		free_block(b);
	}
	if (!a->blocks)
		return;
	memset(a->blocks->bytes + mark.used, 0, a->blocks->used - mark.used);
	a->blocks->used = mark.used;
}

static struct block *add_block(struct arena *a, size_t n)
{
	size_t size = a->held < BLOCK_LEAST  ? BLOCK_LEAST
		      : a->held < BLOCK_MOST ? a->held
					     : BLOCK_MOST;
	if (size < n)
		size = n;
	if (size > SIZE_MAX - sizeof(struct block))
		mem_exhausted();
	struct block *b = (size < large ? mem_alloc : mem_map)(sizeof *b + size);
	b->size = size;
	b->next = a->blocks;
	a->held += size;
	a->blocks = b;
	return b;
}

void *arena_alloc(struct arena *a, size_t n)
{
	const size_t unit = alignof(max_align_t);
	if (n > SIZE_MAX - unit)
		mem_exhausted();
	n = (n + unit - 1) / unit * unit;
	struct block *b = a->blocks;
	if (!b || b->size - b->used < n)
		b = add_block(a, n);
	void *p = b->bytes + b->used;
	b->used += n;
	return p;
}

void arena_on_free(struct arena *a, void (*release)(void *data), void *data)
{
	struct release *r = arena_alloc(a, sizeof *r);
	*r = (struct release){a->releases, release, data};
	a->releases = r;
}

struct str arena_str(struct arena *a, struct str s)
{
	char *p = arena_alloc(a, s.n + 1);
	if (s.n)
		memcpy(p, s.p, s.n);
	return (struct str){p, s.n};
}

const char *arena_cstr(struct arena *a, struct str s)
{
	return arena_str(a, s).p;
}

struct str arena_join(struct arena *a, const struct str *pieces, size_t count)
{
	size_t n = 0, at = 0;
	for (size_t i = 0; i < count; i++) {
		if (pieces[i].n >= SIZE_MAX - n)
			mem_exhausted();
		n += pieces[i].n;
	}
	char *p = arena_alloc(a, n + 1);
	for (size_t i = 0; i < count; i++) {
		if (pieces[i].n)
			memcpy(p + at, pieces[i].p, pieces[i].n);
		at += pieces[i].n;
	}
	return (struct str){p, n};
}

struct str arena_lower(struct arena *a, struct str s)
{
	char *p = arena_alloc(a, s.n + 1);
	for (size_t i = 0; i < s.n; i++)
		p[i] = ascii_lower(s.p[i]);
	return (struct str){p, s.n};
}

struct str arena_fmt(struct arena *a, const char *fmt, ...)
{
	char small[256]; /* most texts fit, and are formatted once */
	va_list args, again;
	va_start(args, fmt);
	va_copy(again, args);
	int n = vsnprintf(small, sizeof small, fmt, args);
	va_end(args);
	if (n < 0)
		mem_exhausted();
	char *p = arena_alloc(a, (size_t)n + 1);
	if ((size_t)n < sizeof small)
		memcpy(p, small, (size_t)n);
	else
		vsnprintf(p, (size_t)n + 1, fmt, again); /* it fits */
	va_end(again);
	return (struct str){p, (size_t)n};
}

void *arena_push(struct arena *a, void **items, size_t *count, size_t size)
{
	/* The capacity is the next power of two, so it is not stored. */
	size_t n = *count;
	if (n == 0 || (n >= 4 && (n & (n - 1)) == 0)) {
		size_t room = n ? n * 2 : 4;
		if (room > SIZE_MAX / size)
			mem_exhausted();
		char *grown = arena_alloc(a, room * size);
		if (n)
			memcpy(grown, *items, n * size);
		*items = grown;
	}
	*count = n + 1;
	return (char *)*items + n * size;
}
