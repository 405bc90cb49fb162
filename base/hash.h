/*
 * SHA-256 and HMAC (RFC 2104) over parts. The length of each part is hashed too, so "ab","c" and
 * "a","bc" differ.
 */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include "base/arena.h"
#include "base/str.h"

#include <stdint.h>

enum { HASH_BYTES = 32 };

struct hash {
	uint8_t bytes[HASH_BYTES];
};

struct hash hash_of(const struct str *parts, size_t count);
/* A hash that PARTS are in, in MEM: many hashes that begin with the same parts read them once. */
struct hash_begun *hash_begin(const struct str *parts, size_t count, struct arena *mem);
/* hash_of() the parts that it was begun with and of PARTS after them. It can be asked again. */
struct hash hash_after(const struct hash_begun *begun, const struct str *parts, size_t count);

struct hash hash_hmac(struct str key, const struct str *parts, size_t count);
/* HMAC-SHA-256 of TEXT alone, as in RFC 4231. */
struct hash hash_hmac_plain(struct str key, struct str text);

/*
 * The digest of a body. It does not change when line ends become CRLF or LF, or when blank lines at
 * the end are added or removed.
 */
struct hash hash_of_body(struct str body);

/* Compares in constant time, so that the time does not show where they differ. */
bool hash_same(const struct hash *a, const struct hash *b);

enum { HASH_HEX = 2 * HASH_BYTES + 1 };
void hash_hex(const struct hash *d, char hex[HASH_HEX]);
/* False when TEXT is not 64 hexadecimal digits. */
bool hash_from_hex(struct str text, struct hash *d);

#endif
