#include "base/hash.h"

#include <sha2.h>
#include <string.h>

enum { BLOCK = 64 };

/* ---- SHA-256 ---- */

static void add(SHA2_CTX *sha, struct str s)
{
	if (s.n)
		SHA256Update(sha, (const uint8_t *)s.p, s.n);
}

static void add_parts(SHA2_CTX *sha, const struct str *parts, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		unsigned long long length = parts[i].n;
		SHA256Update(sha, (const uint8_t *)&length, sizeof length);
		add(sha, parts[i]);
	}
}

struct hash hash_of(const struct str *parts, size_t count)
{
	struct hash d;
	SHA2_CTX sha;
	SHA256Init(&sha);
	add_parts(&sha, parts, count);
	SHA256Final(d.bytes, &sha);
	return d;
}

/* ---- HMAC ---- */

/* Starts the inner or the outer hash; FILL decides which. */
static void start_keyed(SHA2_CTX *sha, struct str key, uint8_t fill)
{
	uint8_t block[BLOCK] = {0};
	if (key.n > BLOCK) {
		SHA256Init(sha);
		add(sha, key);
		SHA256Final(block, sha);
	} else if (key.n) {
		memcpy(block, key.p, key.n);
	}
	for (size_t i = 0; i < BLOCK; i++)
		block[i] ^= fill;
	SHA256Init(sha);
	SHA256Update(sha, block, BLOCK);
}

static struct hash finish_keyed(SHA2_CTX *inner, struct str key)
{
	struct hash d;
	SHA2_CTX outer;
	SHA256Final(d.bytes, inner);
	start_keyed(&outer, key, 0x5c);
	SHA256Update(&outer, d.bytes, sizeof d.bytes);
	SHA256Final(d.bytes, &outer);
	return d;
}

struct hash hash_hmac(struct str key, const struct str *parts, size_t count)
{
	SHA2_CTX sha;
	start_keyed(&sha, key, 0x36);
	add_parts(&sha, parts, count);
	return finish_keyed(&sha, key);
}

struct hash hash_hmac_plain(struct str key, struct str text)
{
	SHA2_CTX sha;
	start_keyed(&sha, key, 0x36);
	add(&sha, text);
	return finish_keyed(&sha, key);
}

/* ---- the digest of a body ---- */

struct hash hash_of_body(struct str body)
{
	struct hash d;
	SHA2_CTX sha;
	struct str line;
	size_t blank = 0; /* blank lines, which count only if another line follows */
	SHA256Init(&sha);
	while (str_line(&body, &line)) {
		if (line.n == 0) {
			blank++;
			continue;
		}
		for (; blank; blank--)
			add(&sha, STR_LIT("\n"));
		add(&sha, line);
		add(&sha, STR_LIT("\n"));
	}
	SHA256Final(d.bytes, &sha);
	return d;
}

/* ---- comparing, writing ---- */

bool hash_same(const struct hash *a, const struct hash *b)
{
	unsigned differs = 0;
	for (size_t i = 0; i < HASH_BYTES; i++)
		differs |= (unsigned)(a->bytes[i] ^ b->bytes[i]);
	return differs == 0;
}

static const char digits[] = "0123456789abcdef";

void hash_hex(const struct hash *d, char hex[HASH_HEX])
{
	for (size_t i = 0; i < HASH_BYTES; i++) {
		hex[2 * i] = digits[d->bytes[i] >> 4];
		hex[2 * i + 1] = digits[d->bytes[i] & 15];
	}
	hex[HASH_HEX - 1] = '\0';
}

bool hash_from_hex(struct str text, struct hash *d)
{
	if (text.n != HASH_HEX - 1)
		return false;
	for (size_t i = 0; i < text.n; i++) {
		size_t v = str_find(str_of(digits), ascii_lower(text.p[i]));
		if (v == 16)
			return false;
		uint8_t *byte = &d->bytes[i / 2];
		*byte = (uint8_t)(i % 2 ? *byte | v : v << 4);
	}
	return true;
}
