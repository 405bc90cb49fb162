#include "base/kv/kv_page.h"

#include <string.h>

enum { BRANCH = 1, LEAF = 2, OVERFLOW = 4, HEADER = 8 }; /* flags of a page */
enum { INTEGER_KEYS = 8, ORDER_FLAGS = 0x7f };           /* of a tree */
enum { SMALLEST_PAGE = 512, LARGEST_PAGE = 32768 };
static const uint32_t magic = 0xbeefc0de;
static const uint64_t largest_map = (uint64_t)1 << 46;

static uint16_t get16(const unsigned char *p)
{
	uint16_t v;
	memcpy(&v, p, sizeof v);
	return v;
}

static uint32_t get32(const unsigned char *p)
{
	uint32_t v;
	memcpy(&v, p, sizeof v);
	return v;
}

uint64_t kv_page_get64(const unsigned char *p)
{
	uint64_t v;
	memcpy(&v, p, sizeof v);
	return v;
}

struct kv_tree kv_tree_get(const unsigned char *p)
{
	return (struct kv_tree){
		get16(p + 4), get16(p + 6), kv_page_get64(p + 32), kv_page_get64(p + 40)};
}

/* ---- the header ---- */

bool kv_header_get(const unsigned char *p, struct kv_header *h)
{
	*h = (struct kv_header){.magic = get32(p + 16),
		.version = get32(p + 20),
		.map_size = kv_page_get64(p + 32),
		.page_size = get32(p + 40),
		.free = kv_tree_get(p + 40),
		.tables = kv_tree_get(p + 88),
		.last_page = kv_page_get64(p + 136),
		.txn = kv_page_get64(p + 144)};
	return (get16(p + 10) & HEADER) && h->magic == magic;
}

bool kv_header_is_sound(const struct kv_header *h)
{
	uint32_t size = h->page_size;
	if (size < SMALLEST_PAGE || size > LARGEST_PAGE || (size & (size - 1)))
		return false;
	return h->map_size <= largest_map && h->last_page < h->map_size / size &&
	       (h->free.flags & ORDER_FLAGS) == INTEGER_KEYS && h->tables.flags == 0;
}

size_t kv_header_place(uint64_t txn)
{
	return (size_t)(txn % KV_HEADERS);
}

bool kv_header_find(const struct kv_pages *pages, uint64_t txn, struct kv_header *h)
{
	const unsigned char *page = pages->map + kv_header_place(txn) * pages->size;
	return kv_header_get(page, h) && h->txn == txn && kv_header_is_sound(h) &&
	       h->page_size == pages->size;
}

size_t kv_header_page_size(const unsigned char *map, size_t size)
{
	struct kv_header h;
	if (size < KV_HEADER_BYTES || !kv_header_get(map, &h) || !kv_header_is_sound(&h))
		return 0;
	return size < (size_t)h.page_size * KV_HEADERS ? 0 : h.page_size;
}

/* ---- pages ---- */

const unsigned char *kv_page_find(
	const struct kv_pages *pages, uint64_t number, bool leaf, size_t *count)
{
	if (number < KV_HEADERS || number > pages->last || number >= pages->count)
		return NULL;
	const unsigned char *page = pages->map + number * pages->size;
	size_t lower = get16(page + 12), upper = get16(page + 14);
	if (kv_page_get64(page) != number || get16(page + 10) != (leaf ? LEAF : BRANCH) ||
		lower < KV_PAGE_HEADER || lower % 2 || lower > upper || upper > pages->size)
		return NULL;
	*count = (lower - KV_PAGE_HEADER) / 2;
	return *count < (leaf ? 1 : 2) ? NULL : page;
}

bool kv_page_is_full(const struct kv_pages *pages, const unsigned char *page, size_t used)
{
	return used == pages->size - get16(page + 14);
}

const unsigned char *kv_large_find(
	const struct kv_pages *pages, uint64_t number, size_t size, uint64_t *count)
{
	uint64_t needed = (KV_PAGE_HEADER - 1 + (uint64_t)size) / pages->size + 1;
	if (number < KV_HEADERS || number >= pages->count)
		return NULL;
	const unsigned char *first = pages->map + number * pages->size;
	*count = get32(first + 12);
	if (kv_page_get64(first) != number || get16(first + 10) != OVERFLOW || *count < needed ||
		*count > pages->count - number)
		return NULL;
	return first + KV_PAGE_HEADER;
}

/* ---- nodes ---- */

const unsigned char *kv_node_find(
	const struct kv_pages *pages, const unsigned char *page, bool leaf, size_t i, size_t *size)
{
	size_t at = get16(page + KV_PAGE_HEADER + i * 2), room;
	if (at < get16(page + 14) || at % 2 || at > pages->size - KV_NODE_HEADER)
		return NULL;
	const unsigned char *node = page + at;
	room = pages->size - at;
	*size = KV_NODE_HEADER + (size_t)get16(node + 6);
	if (leaf)
		*size += get16(node + 4) & KV_NODE_LARGE ? 8 : get32(node);
	*size += *size & 1;
	return *size <= room ? node : NULL;
}

unsigned kv_node_flags(const unsigned char *node)
{
	return get16(node + 4);
}

struct kv_slice kv_node_key(const unsigned char *node)
{
	return (struct kv_slice){node + KV_NODE_HEADER, get16(node + 6)};
}

struct kv_slice kv_node_value(const unsigned char *node)
{
	struct kv_slice key = kv_node_key(node);
	return (struct kv_slice){key.p + key.n, get32(node)};
}

uint64_t kv_node_child(const unsigned char *node)
{
	return get32(node) | (uint64_t)get16(node + 4) << 32;
}

bool kv_key_can_be(const struct kv_pages *pages, struct kv_slice key)
{
	return key.n > 0 && (!pages->integers || key.n == 8);
}

int kv_key_compare(const struct kv_pages *pages, struct kv_slice a, struct kv_slice b)
{
	if (pages->integers) {
		uint64_t x = kv_page_get64(a.p), y = kv_page_get64(b.p);
		return (x > y) - (x < y);
	}
	int r = memcmp(a.p, b.p, a.n < b.n ? a.n : b.n);
	return r ? r : (a.n > b.n) - (a.n < b.n);
}
