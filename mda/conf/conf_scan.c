#include "mda/conf/conf_scan.h"

#include <stdint.h>
#include <string.h>

/* GCC and clang compile these to the vector instructions that every machine of its kind has. */
typedef uint8_t bytes __attribute__((vector_size(16)));
typedef uint64_t halves __attribute__((vector_size(16)));

enum { WIDTH = sizeof(bytes) };

static bytes load(const char *p)
{
	bytes b;
	memcpy(&b, p, sizeof b);
	return b;
}

/* The number of the first byte of HALF, as it is in memory, that is not 0. */
static unsigned first_in(uint64_t half)
{
	const union {
		uint16_t number;
		uint8_t first;
	} order = {.number = 1};
	int zeros = order.first ? __builtin_ctzll(half) : __builtin_clzll(half);
	return (unsigned)zeros / 8;
}

/* The number of the first byte of HITS that is not 0; WIDTH when all are 0. */
static unsigned first(bytes hits)
{
	halves h = (halves)hits;
	if (h[0])
		return first_in(h[0]);
	return h[1] ? WIDTH / 2 + first_in(h[1]) : WIDTH;
}

/* One comparison for " and #, which differ in one bit, and one for ' and /. */
static bytes hits_of_section(bytes b)
{
	return (bytes)((b | 1) == '#') | (bytes)((b | 8) == '/') | (bytes)(b == '$') |
	       (bytes)(b == '{') | (bytes)(b == '}');
}

static bytes hits_of_string(bytes b, uint8_t quote)
{
	return (bytes)(b == quote) | (bytes)(b == '\\') | (bytes)(b == '$');
}

/* The last bytes of a text, which are fewer than WIDTH, followed by blanks. */
static bytes load_last(const char *p, const char *end)
{
	bytes b = {0};
	memcpy(&b, p, (size_t)(end - p));
	return b;
}

const char *conf_scan_section(const char *p, const char *end)
{
	for (; end - p >= WIDTH; p += WIDTH) {
		unsigned n = first(hits_of_section(load(p)));
		if (n < WIDTH)
			return p + n;
	}
	unsigned n = first(hits_of_section(load_last(p, end)));
	return n < WIDTH ? p + n : end;
}

const char *conf_scan_string(const char *p, const char *end, char quote)
{
	const uint8_t q = (uint8_t)quote;
	for (; end - p >= WIDTH; p += WIDTH) {
		unsigned n = first(hits_of_string(load(p), q));
		if (n < WIDTH)
			return p + n;
	}
	unsigned n = first(hits_of_string(load_last(p, end), q));
	return n < WIDTH ? p + n : end;
}
