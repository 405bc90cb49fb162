/*
 * Memory that is freed at once. Allocation never fails for the caller: when the system has no more,
 * the process ends with status 75 (the MTA retries), which is as safe as being killed at that
 * instant, and the store survives that.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/str.h"

struct arena;

struct arena *arena_new(void);
void arena_free(struct arena *a);

/* RELEASE(DATA) is called when the arena is freed: for memory of libraries. */
void arena_on_free(struct arena *a, void (*release)(void *data), void *data);

/* N zeroed bytes, aligned for any type, owned by the arena. */
void *arena_alloc(struct arena *a, size_t n);
/* A copy with a NUL behind it that is not counted. */
struct str arena_str(struct arena *a, struct str s);
/* The same as a C string; S must hold no NUL (what follows one is cut off). */
const char *arena_cstr(struct arena *a, struct str s);
/*
 * Formats into the arena. A "%s" and a STR_FMT end at a NUL: bytes of a message are joined, not
 * formatted.
 */
struct str arena_fmt(struct arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* COUNT pieces one after the other, whatever bytes they hold; a NUL is data. */
struct str arena_join(struct arena *a, const struct str *pieces, size_t count);
#define ARENA_JOIN(a, ...)                                                                         \
	arena_join((a), (const struct str[]){__VA_ARGS__},                                         \
		sizeof((const struct str[]){__VA_ARGS__}) / sizeof(struct str))
/* A copy with ASCII letters in lower case. */
struct str arena_lower(struct arena *a, struct str s);

/*
 * Room for one more item in a list that lives in the arena: returns the zeroed new item and grows
 * *ITEMS as needed. Old items move when it grows.
 */
void *arena_push(struct arena *a, void **items, size_t *count, size_t size);
#define ARENA_PUSH(a, list, count) arena_push((a), (void **)&(list), &(count), sizeof *(list))

/* How many bytes it holds. */
size_t arena_bytes(const struct arena *a);

/*
 * What was taken from the arena since its mark goes, the latest first; so marks nest as blocks do.
 * Nothing from before may have grown meanwhile (arena_push) or be used from what goes.
 */
struct arena_mark {
	const void *block, *release;
	size_t used;
};
struct arena_mark arena_mark(const struct arena *a);
void arena_reset(struct arena *a, struct arena_mark mark);

/* malloc and realloc with the same promise. */
void *mem_alloc(size_t n);
void *mem_resize(void *p, size_t n);

#endif
