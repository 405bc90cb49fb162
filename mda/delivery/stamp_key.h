/*
 * The keys that sign our redirects: a file with lines `id key`, where the key is 64 hexadecimal
 * digits. The first key signs, and all of them verify, so a new key can be put on top.
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
	 * For a process that must not have the keys, this asks the one that has: is SEAL that of
	 * PARTS with the key of that id? *WHY says why not. NULL: the keys are here.
	 */
	bool (*ask)(void *context, struct str id, const struct str_list *parts,
		const struct hash *seal, const char **why);
	void *context;
};

/*
 * Reads the file at PATH. If it is missing and MAKE is set, makes it first; its directory must
 * exist. -1 with the reason if it cannot be read or made, does not belong to this user or root
 * alone, or has no key. The keys are in memory that no child process gets (secret.h).
 */
int stamp_key_read(const char *path, bool make, struct stamp_keys *keys, struct err *err);

/* Is SEAL the HMAC of PARTS with the key of that id? *WHY says why not. */
bool stamp_key_sealed(const struct stamp_keys *keys, struct str id, const struct str_list *parts,
	const struct hash *seal, const char **why);

#endif
