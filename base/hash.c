#include "base/hash.h"

#include <nettle/sha2.h>
#include <string.h>

enum { BLOCK = 64 };

/* ---- SHA-256 ---- */

static void add(struct sha256_ctx *sha, struct str s)
{
	if (s.n)
		sha256_update(sha, s.n, (const uint8_t *)s.p);
}

static void add_parts(struct sha256_ctx *sha, const struct str *parts, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		unsigned long long length = parts[i].n;
		sha256_update(sha, sizeof length, (const uint8_t *)&length);
		add(sha, parts[i]);
	}
}

struct hash hash_of(const struct str *parts, size_t count)
{
	struct hash d;
	struct sha256_ctx sha;
	sha256_init(&sha);
	add_parts(&sha, parts, count);
	sha256_digest(&sha, sizeof d.bytes, d.bytes);
	return d;
}

struct hash_begun {
	struct sha256_ctx sha;
};

struct hash_begun *hash_begin(const struct str *parts, size_t count, struct arena *mem)
{
	struct hash_begun *begun = arena_alloc(mem, sizeof *begun);
	sha256_init(&begun->sha);
	add_parts(&begun->sha, parts, count);
	return begun;
}

struct hash hash_after(const struct hash_begun *begun, const struct str *parts, size_t count)
{
	struct hash d;
	struct sha256_ctx sha = begun->sha;
	add_parts(&sha, parts, count);
	sha256_digest(&sha, sizeof d.bytes, d.bytes);
	return d;
}

/* ---- HMAC ---- */

/* Starts the inner or the outer hash; FILL decides which. */
static void start_keyed(struct sha256_ctx *sha, struct str key, uint8_t fill)
{
	uint8_t block[BLOCK] = {0};
	if (key.n > BLOCK) {
		sha256_init(sha);
		add(sha, key);
		sha256_digest(sha, SHA256_DIGEST_SIZE, block);
	} else if (key.n) {
		memcpy(block, key.p, key.n);
	}
	for (size_t i = 0; i < BLOCK; i++)
		block[i] ^= fill;
	sha256_init(sha);
	sha256_update(sha, BLOCK, block);
}

static struct hash finish_keyed(struct sha256_ctx *inner, struct str key)
{
	struct hash d;
	struct sha256_ctx outer;
	sha256_digest(inner, sizeof d.bytes, d.bytes);
	start_keyed(&outer, key, 0x5c);
	sha256_update(&outer, sizeof d.bytes, d.bytes);
	sha256_digest(&outer, sizeof d.bytes, d.bytes);
	return d;
}

struct hash hash_hmac(struct str key, const struct str *parts, size_t count)
{
	struct sha256_ctx sha;
	start_keyed(&sha, key, 0x36);
	add_parts(&sha, parts, count);
	return finish_keyed(&sha, key);
}

struct hash hash_hmac_plain(struct str key, struct str text)
{
	struct sha256_ctx sha;
	start_keyed(&sha, key, 0x36);
	add(&sha, text);
	return finish_keyed(&sha, key);
}

/* ---- the digest of a body ---- */

struct hash hash_of_body(struct str body)
{
	struct hash d;
	struct sha256_ctx sha;
	struct str line;
	size_t blank = 0; /* blank lines, which count only if another line follows */
	sha256_init(&sha);
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
	sha256_digest(&sha, sizeof d.bytes, d.bytes);
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
