/*
 * The key of an entry for look-ups: its shape, and the fixed parts of its local part and its
 * domain.
 */
#ifndef FILTERS_LISTS_LIST_SHAPE_H
#define FILTERS_LISTS_LIST_SHAPE_H

#include "base/kv/kv.h"
#include "base/wild.h"

/*
 * Where the wildcards of an entry are: three kinds of local part and four of domain. Two shapes
 * never match for the same reason.
 */
enum { SHAPE_LOCAL_EXACT, SHAPE_LOCAL_PREFIX, SHAPE_LOCAL_ANY, SHAPE_LOCALS };
enum { SHAPE_DOMAIN_EXACT, SHAPE_DOMAIN_TREE, SHAPE_DOMAIN_BELOW, SHAPE_DOMAIN_ANY, SHAPE_DOMAINS };

enum {
	SHAPE_COUNT = SHAPE_LOCALS * SHAPE_DOMAINS,
	SHAPE_NONE = SHAPE_COUNT, /* wildcards in other places */
	SHAPE_LENGTHS = 512,      /* an entry has at most 320 characters */
	SHAPE_LABELS = 256,
};

/* Which kinds of entries of one shape a list has, so that nothing else is looked up. */
struct shape_census {
	uint32_t count;
	uint8_t lengths[SHAPE_LENGTHS / 8]; /* bits: lengths of the fixed part of the local part */
	uint8_t labels[SHAPE_LABELS / 8];   /* bits: labels in the fixed part of the domain */
};

/* A key, and its parts. */
struct shape_key {
	char bytes[KV_KEY_MAX];
	size_t n;
};

/* The shape of an entry, and its key. SHAPE_NONE when it has none or is too long. */
unsigned list_shape_of(const struct wild *w, struct shape_key *key);
void list_shape_count(struct shape_census *census, unsigned shape, const struct shape_key *key);

/* An address, split for look-ups. Points into the key. */
struct shape_address {
	struct str local, domain;
	/* where the parts of the domain after each dot start, the longest first */
	uint16_t tails[SHAPE_LABELS];
	size_t tail_count;
};
/* False for a key that no entry matches. */
bool list_shape_take_apart(struct str key, struct shape_address *a);

/*
 * Calls TRY for each key that an entry of this SHAPE which matches the address may have. If TRY
 * returns less than 0, stops and returns that.
 */
typedef int shape_try(void *context, struct str key, struct err *err);
int list_shape_each_key(const struct shape_address *a, unsigned shape,
	const struct shape_census *census, shape_try *try, void *context, struct err *err);

#endif
