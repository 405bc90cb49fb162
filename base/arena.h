/* Memory that is freed all at once. Allocation never fails for the caller (see mem.h). */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/mem.h"
#include "base/str.h"

struct arena;

struct arena *arena_new(void);
void arena_free(struct arena *a);

/* RELEASE(DATA) is called when the arena is freed: for memory of libraries. */
void arena_on_free(struct arena *a, void (*release)(void *data), void *data);

/* N zeroed bytes, aligned for any type and owned by the arena. */
void *arena_alloc(struct arena *a, size_t n);
/* A copy, followed by a NUL that is not counted. */
struct str arena_str(struct arena *a, struct str s);
/* The same as a C string. S should not contain a NUL: what follows it would be lost. */
const char *arena_cstr(struct arena *a, struct str s);
/*
 * Formats into the arena. "%s" and STR_FMT end at a NUL, so bytes of a message are joined with
 * arena_join(), not formatted.
 */
struct str arena_fmt(struct arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* COUNT pieces one after the other, with any bytes; a NUL is data. */
struct str arena_join(struct arena *a, const struct str *pieces, size_t count);
#define ARENA_JOIN(a, ...)                                                                         \
	arena_join((a), (const struct str[]){__VA_ARGS__},                                         \
		sizeof((const struct str[]){__VA_ARGS__}) / sizeof(struct str))
/* A copy with its ASCII letters in lower case. */
struct str arena_lower(struct arena *a, struct str s);

/*
 * Adds an item to a list that is in the arena: returns the new, zeroed item and grows *ITEMS if
 * needed. Growing moves the old items.
 */
void *arena_push(struct arena *a, void **items, size_t *count, size_t size);
#define ARENA_PUSH(a, list, count) arena_push((a), (void **)&(list), &(count), sizeof *(list))

/* How many bytes the arena has. */
size_t arena_bytes(const struct arena *a);

/*
 * Frees what was taken from the arena since the mark, the latest first, so marks nest like blocks.
 * In between, nothing older may grow (arena_push()); afterwards, nothing that was freed may be
 * used.
 */
struct arena_mark {
	const void *block, *release;
	size_t used;
};
struct arena_mark arena_mark(const struct arena *a);
void arena_reset(struct arena *a, struct arena_mark mark);

#endif
