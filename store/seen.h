/*
 * What a mailbox has seen: ids that deliveries are recognised by (RFC 7352), each for a time. It
 * stands in a database of its own, "seen" in the state directory, so that no harm to it is one to
 * the UIDs. Who loses it takes a duplicate for new.
 */
#ifndef STORE_SEEN_H
#define STORE_SEEN_H

#include "base/err.h"
#include "store/store.h"

#include <stdint.h>

/* Parts are what the id is made of, such as a name and a text; their lengths count. */
struct seen_key {
	unsigned char bytes[32];
};

struct seen_key seen_key_of(const struct str *parts, size_t count);
/* Of an id that rules track (RFC 7352), or whom they answered. */
struct seen_key seen_tracked_key(struct str handle, struct str id);

struct seen_item {
	struct seen_key key;
	uint64_t seconds; /* that it is remembered from now on */
};

/*
 * Is KEY remembered at the time NOW, from another delivery than ID? What an attempt at the same
 * delivery left does not count. -1 when the database cannot be read.
 */
int seen_find(const char *state_dir, const struct seen_key *key, const struct store_id *id,
	int64_t now, bool *seen, struct err *err);

/*
 * Both at once: *SEEN as seen_find() says it, and if it is not, the item is remembered. Of two
 * deliveries at the same time one finds it seen.
 */
int seen_claim(const char *state_dir, const struct seen_item *item, const struct store_id *id,
	int64_t now, bool *seen, struct err *err);

/* Remembers all of them, durably, and forgets some that are over. */
int seen_remember(const char *state_dir, const struct seen_item *items, size_t count,
	const struct store_id *id, int64_t now, struct err *err);

#endif
