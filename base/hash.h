/*
 * SHA-256 and HMAC (RFC 2104) over parts: each goes in with its length, so that "ab","c" is not
 * "a","bc".
 */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include "base/str.h"

#include <stdint.h>

enum { HASH_BYTES = 32 };

struct hash {
	uint8_t bytes[HASH_BYTES];
};

struct hash hash_of(const struct str *parts, size_t count);
struct hash hash_hmac(struct str key, const struct str *parts, size_t count);
/* HMAC-SHA-256 of TEXT alone, as RFC 4231 has it. */
struct hash hash_hmac_plain(struct str key, struct str text);

/*
 * The digest of a body, which stays the same when line ends become CRLF or LF, or blank lines at
 * the end come or go.
 */
struct hash hash_of_body(struct str body);

/* In a time that does not tell where they differ. */
bool hash_same(const struct hash *a, const struct hash *b);

enum { HASH_HEX = 2 * HASH_BYTES + 1 };
void hash_hex(const struct hash *d, char hex[HASH_HEX]);
/* False when TEXT is not 64 hexadecimal digits. */
bool hash_from_hex(struct str text, struct hash *d);

#endif
