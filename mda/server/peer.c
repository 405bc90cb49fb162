#include "mda/server/peer.h"

#include "base/hash.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

struct peer_network {
	bool is_verified; /* whoever is; the rest does not count */
	struct peer first;
	unsigned bits; /* of the 128 */
};

static const unsigned char mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

bool peer_is_ipv4(const struct peer *p)
{
	return memcmp(p->bytes, mapped, sizeof mapped) == 0;
}

void peer_name(struct peer *p)
{
	const char *done =
		peer_is_ipv4(p) ? inet_ntop(AF_INET, p->bytes + sizeof mapped, p->name, PEER_NAME)
				: inet_ntop(AF_INET6, p->bytes, p->name, PEER_NAME);
	if (!done)
		snprintf(p->name, PEER_NAME, "unknown"); /* it fits */
}

static void set_ipv4(struct peer *p, const void *four)
{
	memcpy(p->bytes, mapped, sizeof mapped);
	memcpy(p->bytes + sizeof mapped, four, 4);
}

void peer_of(const struct sockaddr_storage *address, struct peer *p)
{
	*p = (struct peer){.is_local = address->ss_family == AF_UNIX};
	if (address->ss_family == AF_INET)
		set_ipv4(p, &((const struct sockaddr_in *)(const void *)address)->sin_addr);
	else if (address->ss_family == AF_INET6)
		memcpy(p->bytes, &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr,
			sizeof p->bytes);
	if (p->is_local)
		snprintf(p->name, PEER_NAME, "unix"); /* it fits */
	else
		peer_name(p);
}

/* An address alone. */
static bool read_address(struct str text, struct peer *p)
{
	char word[PEER_NAME];
	unsigned char four[4];
	*p = (struct peer){.is_local = false};
	if (text.n == 0 || text.n >= sizeof word)
		return false;
	snprintf(word, sizeof word, STR_FMT, STR_ARGS(text)); /* it fits: see above */
	if (inet_pton(AF_INET, word, four) == 1)
		set_ipv4(p, four);
	else if (inet_pton(AF_INET6, word, p->bytes) != 1)
		return false;
	peer_name(p);
	return true;
}

bool peer_read(struct str text, struct peer *p)
{
	static const struct str prefix = STR_LIT("IPv6:");
	if (str_istarts(text, prefix))
		text = str_slice(text, prefix.n, text.n);
	return read_address(text, p);
}

void peer_set_unknown(struct peer *p)
{
	*p = (struct peer){.is_unknown = true, .name = "unknown"};
}

unsigned peer_bucket(const struct peer *p, struct str seed, unsigned count)
{
	const struct str parts[] = {seed, {(const char *)p->bytes, sizeof p->bytes}};
	uint32_t number;
	if (p->is_local)
		return 0;
	struct hash h = hash_of(parts, sizeof parts / sizeof *parts);
	memcpy(&number, h.bytes, sizeof number);
	return 1 + number % (count - 1);
}

static bool read_network(struct str word, struct peer_network *n)
{
	size_t slash = str_find(word, '/');
	unsigned long long bits;
	if (str_ieq(word, STR_LIT("unix"))) {
		*n = (struct peer_network){.first = {.is_local = true}};
		return true;
	}
	if (str_ieq(word, STR_LIT("tls"))) {
		*n = (struct peer_network){.is_verified = true};
		return true;
	}
	n->is_verified = false;
	if (!read_address(str_slice(word, 0, slash), &n->first))
		return false;
	unsigned most = peer_is_ipv4(&n->first) ? 32 : 128;
	bits = most;
	if (slash < word.n && !str_number(str_slice(word, slash + 1, word.n), most, &bits))
		return false;
	n->bits = 128 - most + (unsigned)bits;
	return true;
}

int peer_networks_read(const struct str_list *words, const char *key, struct arena *mem,
	struct peer_networks *networks, struct err *err)
{
	*networks = (struct peer_networks){0};
	for (size_t i = 0; i < words->count; i++) {
		struct peer_network n;
		if (!read_network(words->items[i], &n))
			return err_temp(err,
				"%s: \"" STR_FMT "\" is not an address, a network, unix or tls",
				key, STR_ARGS(words->items[i]));
		*(struct peer_network *)ARENA_PUSH(mem, networks->items, networks->count) = n;
	}
	return 0;
}

void peer_networks_add(
	struct peer_networks *networks, const struct peer_networks *more, struct arena *mem)
{
	for (size_t i = 0; i < more->count; i++)
		*(struct peer_network *)ARENA_PUSH(mem, networks->items, networks->count) =
			more->items[i];
}

static bool is_in(const struct peer *p, const struct peer_network *n)
{
	unsigned whole = n->bits / 8, rest = n->bits % 8;
	if (p->is_unknown)
		return false;
	if (n->is_verified)
		return p->is_verified;
	if (p->is_local || n->first.is_local)
		return p->is_local && n->first.is_local;
	if (memcmp(p->bytes, n->first.bytes, whole) != 0)
		return false;
	return rest == 0 || (p->bytes[whole] ^ n->first.bytes[whole]) >> (8 - rest) == 0;
}

bool peer_is_in(const struct peer *p, const struct peer_networks *networks)
{
	for (size_t i = 0; i < networks->count; i++)
		if (is_in(p, &networks->items[i]))
			return true;
	return false;
}
