/*
 * The keys that our redirects are stamped with: a file with lines `id key`, the key in 64 hexadecimal digits. The first
 * one signs, all of them verify, so that a new one can be put on top.
 */
#ifndef MDA_STAMP_KEY_H
#define MDA_STAMP_KEY_H

#include "mda/base/arena.h"
#include "mda/base/err.h"
#include "mda/base/hash.h"

struct stamp_key {
	struct str id;
	struct hash secret;
};

struct stamp_keys {
	struct stamp_key *items;
	size_t count;
};

/*
 * Reads the file at PATH, and makes it first, in a directory that is there, when it is missing and MAKE says so. -1 with the reason when it cannot be
 * read or made, is not this user's or root's alone, or holds no key.
 */
int stamp_key_read(
	const char *path, bool make, struct arena *mem, struct stamp_keys *keys, struct err *err);

/* The key of that id; NULL: there is none. */
const struct stamp_key *stamp_key_find(const struct stamp_keys *keys, struct str id);

#endif
