#include "mda/grey/grey_key.h"

#include <string.h>

static bool is_of_word(char c)
{
	return ascii_isalnum(c) || c == '_';
}

/* "prvs=TAG=user". */
static struct str without_tag(struct str user)
{
	static const struct str tag = STR_LIT("prvs=");
	if (!str_starts(user, tag))
		return user;
	struct str rest = str_slice(user, tag.n, user.n);
	size_t end = str_find(rest, '=');
	return end < rest.n ? str_slice(rest, end + 1, rest.n) : user;
}

static void add_lower(struct buf *to, struct str text)
{
	for (size_t i = 0; i < text.n; i++)
		buf_byte(to, ascii_lower(text.p[i]));
}

/* A run of digits is a number if no letter, digit or "_" is beside it. */
static void add_numbered(struct buf *to, struct str text)
{
	for (size_t i = 0; i < text.n;) {
		size_t end = i;
		while (end < text.n && is_of_word(text.p[end]))
			end++;
		struct str word = str_slice(text, i, end);
		size_t digits = 0;
		while (digits < word.n && ascii_isdigit(word.p[digits]))
			digits++;
		if (word.n && digits == word.n)
			buf_byte(to, '#');
		else
			add_lower(to, word);
		if (end < text.n)
			buf_byte(to, text.p[end++]);
		i = end;
	}
}

void grey_key_sender(struct buf *to, struct str sender)
{
	size_t at = str_find(sender, '@');
	if (at == sender.n) {
		add_lower(to, sender);
		return;
	}
	struct str user = without_tag(str_slice(sender, 0, at));
	add_numbered(to, str_slice(user, 0, str_find(user, '+')));
	add_lower(to, str_slice(sender, at, sender.n));
}

static void mask(unsigned char bytes[16], unsigned bits)
{
	for (unsigned i = 0; i < 16; i++) {
		unsigned kept = bits > 8 * i ? bits - 8 * i : 0;
		if (kept < 8)
			bytes[i] &= (unsigned char)(0xff00 >> kept);
	}
}

struct hash grey_key_triplet(
	const struct peer *client, struct grey_bits bits, struct str sender, struct str recipient)
{
	unsigned char network[16];
	struct buf text = {0};
	memcpy(network, client->bytes, sizeof network);
	mask(network, peer_is_ipv4(client) ? 96 + bits.ipv4 : bits.ipv6);
	grey_key_sender(&text, sender);
	size_t end = text.n;
	add_lower(&text, recipient);
	const struct str parts[] = {{(const char *)network, sizeof network},
		str_slice(buf_str(&text), 0, end), str_slice(buf_str(&text), end, text.n)};
	struct hash key = hash_of(parts, sizeof parts / sizeof *parts);
	buf_free(&text);
	return key;
}
