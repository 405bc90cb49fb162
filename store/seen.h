/*
 * What a mailbox has seen: ids by which rules recognise duplicates (RFC 7352), each remembered for
 * a time. It is a database of its own, "seen" in the state directory, so damage to it does not
 * touch the UIDs. If it is lost, duplicates count as new.
 */
#ifndef STORE_SEEN_H
#define STORE_SEEN_H

#include "base/err.h"
#include "store/store.h"

#include <stdbool.h>
#include <stdint.h>

/* PARTS are what the id is made of, such as a name and a text. Their lengths count too. */
struct seen_key {
	unsigned char bytes[32];
};

struct seen_key seen_key_of(const struct str *parts, size_t count);
/* The key of an id that rules track (RFC 7352), or of an address that they answered. */
struct seen_key seen_tracked_key(struct str handle, struct str id);

struct seen_item {
	struct seen_key key;
	uint64_t seconds; /* how long it is remembered */
	bool is_hint;     /* a loss of power may undo it */
};

/*
 * Is KEY remembered at the time NOW, from a delivery other than ID? What an earlier attempt at the
 * same delivery left does not count. -1 when the database cannot be read.
 */
int seen_find(const char *state_dir, const struct seen_key *key, const struct store_id *id,
	int64_t now, bool *seen, struct err *err);

/*
 * Both in one step: sets *SEEN as seen_find() does, and if it is false, remembers the item. Of two
 * deliveries at the same time, one finds it seen. -1 on error.
 */
int seen_claim(const char *state_dir, const struct seen_item *item, const struct store_id *id,
	int64_t now, bool *seen, struct err *err);

/*
 * Remembers all the items, durably unless all are hints, and forgets a few that have expired. -1 on
 * error.
 */
int seen_remember(const char *state_dir, const struct seen_item *items, size_t count,
	const struct store_id *id, int64_t now, struct err *err);

#endif
