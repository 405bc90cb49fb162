/*
 * The keys that our redirects are stamped with: a file with lines `id key`, the key in 64
 * hexadecimal digits. The first one signs, all of them verify, so that a new one can be put on top.
 */
#ifndef MDA_DELIVERY_STAMP_KEY_H
#define MDA_DELIVERY_STAMP_KEY_H

#include "base/arena.h"
#include "base/err.h"
#include "base/hash.h"

struct stamp_key {
	struct str id;
	struct hash secret;
};

struct stamp_keys {
	struct stamp_key *items;
	size_t count;
	/*
	 * Who has them, for a process that must not: is SEAL that of PARTS, by the key of that id?
	 * *WHY says why it is not. NULL: they are here.
	 */
	bool (*ask)(void *context, struct str id, const struct str_list *parts,
		const struct hash *seal, const char **why);
	void *context;
};

/*
 * Reads the file at PATH, and makes it first, in a directory that is there, when it is missing and
 * MAKE says so. -1 with the reason when it cannot be read or made, is not this user's or root's
 * alone, or holds no key. The keys are in memory that no child gets (secret.h).
 */
int stamp_key_read(const char *path, bool make, struct stamp_keys *keys, struct err *err);

/* Is SEAL the HMAC of PARTS by the key of that id? *WHY says why it is not. */
bool stamp_key_sealed(const struct stamp_keys *keys, struct str id, const struct str_list *parts,
	const struct hash *seal, const char **why);

#endif
