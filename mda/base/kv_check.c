/*
 * The file is a row of pages; pages 0 and 1 are two headers, of which the one with the higher transaction counts. It names
 * the roots of two trees: one of free pages, one of the tables, whose values are the roots of the tables' trees.
 *
 * A page of a tree: 16 bytes (its number, flags, end of the list of offsets, start of the nodes), a list of offsets of
 * nodes, room, nodes without gaps. A node: 8 bytes (low and high half of a size or of a page, flags, size of the key), the
 * key, the value; a large value is the number of the first of its own pages.
 */
#include "mda/base/kv_check.h"

#include "mda/base/arena.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PAGE_HEADER = 16, NODE_HEADER = 8, TREE_BYTES = 48, DEPTH_MAX = 32, HEADERS = 2 };
enum { BRANCH = 1, LEAF = 2, OVERFLOW = 4, HEADER = 8 }; /* flags of a page */
enum { BIG = 1, TREE = 2 };                              /* of a node */
enum { INTEGER_KEYS = 8, ORDER_FLAGS = 0x7f };           /* of a tree */
enum { SMALLEST_PAGE = 512, LARGEST_PAGE = 32768, DATA_VERSION = 1 };
static const uint32_t magic = 0xbeefc0de;
static const uint64_t no_page = UINT64_MAX, largest_map = (uint64_t)1 << 46;

struct tree {
	unsigned flags, depth;
	uint64_t entries, root;
};

struct header {
	uint32_t magic, version, page_size;
	uint64_t map_size, last_page, txn;
	struct tree free, tables;
};

enum { HEADER_BYTES = 152 };

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

static uint64_t get64(const unsigned char *p)
{
	uint64_t v;
	memcpy(&v, p, sizeof v);
	return v;
}

static struct tree get_tree(const unsigned char *p)
{
	return (struct tree){get16(p + 4), get16(p + 6), get64(p + 32), get64(p + 40)};
}

/* ---- the header ---- */

static bool get_header(const unsigned char *p, struct header *h)
{
	*h = (struct header){.magic = get32(p + 16),
		.version = get32(p + 20),
		.map_size = get64(p + 32),
		.page_size = get32(p + 40),
		.free = get_tree(p + 40),
		.tables = get_tree(p + 88),
		.last_page = get64(p + 136),
		.txn = get64(p + 144)};
	return (get16(p + 10) & HEADER) && h->magic == magic;
}

static bool is_sound(const struct header *h)
{
	uint32_t size = h->page_size;
	if (size < SMALLEST_PAGE || size > LARGEST_PAGE || (size & (size - 1)))
		return false;
	return h->map_size <= largest_map && h->last_page < h->map_size / size &&
	       (h->free.flags & ORDER_FLAGS) == INTEGER_KEYS && h->tables.flags == 0;
}

/* 1 read, 0 the file ends before, -1 with errno. */
static int read_header(int fd, off_t at, unsigned char *bytes)
{
	ssize_t n = 0;
	for (size_t got = 0; got < HEADER_BYTES; got += (size_t)n) {
		do
			n = pread(fd, bytes + got, HEADER_BYTES - got, at + (off_t)got);
		while (n < 0 && errno == EINTR);
		if (n <= 0)
			return (int)n;
	}
	return 1;
}

enum kv_verdict kv_check_header(int fd)
{
	unsigned char bytes[HEADER_BYTES];
	struct header h[HEADERS] = {{.page_size = 0}};
	for (int i = 0; i < HEADERS; i++) {
		int found = read_header(fd, i ? (off_t)h[0].page_size : 0, bytes);
		if (found < 0)
			return KV_UNREADABLE;
		if (!found || !get_header(bytes, &h[i]))
			return KV_UNSOUND;
		if (h[i].version == DATA_VERSION && !is_sound(&h[i]))
			return KV_UNSOUND;
		/* Another version's header may be laid out in another way behind that. */
		if (i == 0 && h[0].version != DATA_VERSION)
			return KV_OTHER_VERSION;
	}
	return h[0].version == h[1].version && h[0].page_size == h[1].page_size ? KV_SOUND
										: KV_UNSOUND;
}

/* ---- the pages ---- */

struct slice {
	const unsigned char *p;
	size_t n;
};

/* The walk through one tree. */
struct check {
	const unsigned char *map;
	size_t pages, page_size; /* of the file */
	uint64_t last_page;
	unsigned char *taken; /* a bit a page: each one belongs to one place */
	bool integers, of_tables, of_free_pages;
	uint64_t entries;
	unsigned depth;
	struct slice before; /* the key of the leaf node that was seen last */
	struct slice low;    /* what the next one may not be below, if anything */
};

static bool check_tree(const struct check *where, const struct tree *tree);

static bool take(const struct check *c, uint64_t page)
{
	if (page < HEADERS || page > c->last_page || page >= c->pages)
		return false;
	unsigned char bit = (unsigned char)(1u << (page & 7));
	if (c->taken[page / 8] & bit)
		return false;
	c->taken[page / 8] |= bit;
	return true;
}

static int compare(const struct check *c, struct slice a, struct slice b)
{
	if (c->integers)
		return (get64(a.p) > get64(b.p)) - (get64(a.p) < get64(b.p));
	int r = memcmp(a.p, b.p, a.n < b.n ? a.n : b.n);
	return r ? r : (a.n > b.n) - (a.n < b.n);
}

/* The pages of a large value: which starts behind the header of the first. */
static bool take_large(const struct check *c, uint64_t page, size_t size, const unsigned char **p)
{
	uint64_t needed = (PAGE_HEADER - 1 + (uint64_t)size) / c->page_size + 1;
	if (page >= c->pages)
		return false;
	const unsigned char *first = c->map + page * c->page_size;
	uint64_t count = get32(first + 12);
	if (get64(first) != page || get16(first + 10) != OVERFLOW || count < needed ||
		count > c->pages - page)
		return false;
	for (uint64_t i = 0; i < count; i++)
		if (!take(c, page + i))
			return false;
	*p = first + PAGE_HEADER;
	return true;
}

/* The numbers of pages that some transaction freed: a count, then they, from the highest to the lowest. */
static bool check_free(const struct check *c, struct slice list)
{
	if (list.n < 8 || list.n % 8 || get64(list.p) > list.n / 8 - 1)
		return false;
	uint64_t count = get64(list.p), above = no_page;
	for (uint64_t i = 1; i <= count; i++) {
		uint64_t page = get64(list.p + i * 8);
		/* The last ones may never have been written. */
		if (page >= above || (page < c->pages ? !take(c, page) : page > c->last_page))
			return false;
		above = page;
	}
	return true;
}

static bool check_value(const struct check *c, const unsigned char *node, struct slice value)
{
	unsigned flags = get16(node + 4);
	if (flags == BIG && !take_large(c, get64(value.p), value.n, &value.p))
		return false;
	if (c->of_free_pages)
		return flags <= BIG && check_free(c, value);
	if (!c->of_tables || flags != TREE)
		return flags <= BIG;
	if (value.n != TREE_BYTES)
		return false;
	struct tree tree = get_tree(value.p);
	struct check table = *c;
	table.of_tables = false;
	return tree.flags == 0 && check_tree(&table, &tree);
}

/* Where node I of a page stands, when all that its header names is within the page. */
static const unsigned char *find_node(
	const struct check *c, const unsigned char *page, bool leaf, size_t i, size_t *size)
{
	size_t at = get16(page + PAGE_HEADER + i * 2), room;
	if (at < get16(page + 14) || at % 2 || at > c->page_size - NODE_HEADER)
		return NULL;
	const unsigned char *node = page + at;
	room = c->page_size - at;
	*size = NODE_HEADER + (size_t)get16(node + 6);
	if (leaf)
		*size += get16(node + 4) & BIG ? 8 : get32(node);
	*size += *size & 1;
	return *size <= room ? node : NULL;
}

static struct slice node_key(const unsigned char *node)
{
	return (struct slice){node + NODE_HEADER, get16(node + 6)};
}

static bool check_leaf_node(struct check *c, const unsigned char *node)
{
	struct slice key = node_key(node), value = {key.p + key.n, get32(node)};
	if (key.n == 0 || (c->integers && key.n != 8))
		return false;
	if (c->before.p && compare(c, c->before, key) >= 0)
		return false;
	if (c->low.p && compare(c, c->low, key) > 0)
		return false;
	c->before = key;
	c->low.p = NULL;
	c->entries++;
	return check_value(c, node, value);
}

static bool check_page(struct check *c, uint64_t number, unsigned level);

/* All keys below it are at least its own, which the first one of a page does without; those before it are lower. */
static bool check_branch_node(struct check *c, const unsigned char *node, size_t i, unsigned level)
{
	struct slice key = node_key(node);
	uint64_t child = get32(node) | (uint64_t)get16(node + 4) << 32;
	if (i > 0) {
		if (key.n == 0 || (c->integers && key.n != 8) || !c->before.p ||
			compare(c, c->before, key) >= 0)
			return false;
		c->low = key;
	}
	return check_page(c, child, level + 1);
}

static bool check_page(struct check *c, uint64_t number, unsigned level)
{
	if (level > c->depth || !take(c, number))
		return false;
	const unsigned char *page = c->map + number * c->page_size;
	bool leaf = level == c->depth;
	size_t lower = get16(page + 12), upper = get16(page + 14), used = 0, size = 0;
	if (get64(page) != number || get16(page + 10) != (leaf ? LEAF : BRANCH) ||
		lower < PAGE_HEADER || lower % 2 || lower > upper || upper > c->page_size)
		return false;
	size_t count = (lower - PAGE_HEADER) / 2;
	if (count < (leaf ? 1 : 2))
		return false;
	for (size_t i = 0; i < count; i++) {
		const unsigned char *node = find_node(c, page, leaf, i, &size);
		if (!node ||
			!(leaf ? check_leaf_node(c, node) : check_branch_node(c, node, i, level)))
			return false;
		used += size;
	}
	return used == c->page_size - upper;
}

/* As a tree of the kind that WHERE says. */
static bool check_tree(const struct check *where, const struct tree *tree)
{
	struct check c = *where;
	c.entries = 0;
	c.before = c.low = (struct slice){NULL, 0};
	c.depth = tree->depth;
	if (tree->root == no_page)
		return tree->entries == 0 && tree->depth == 0;
	return tree->depth >= 1 && tree->depth <= DEPTH_MAX && check_page(&c, tree->root, 1) &&
	       c.entries == tree->entries;
}

/* The header that TXN wrote. */
static bool find_header(const struct check *c, uint64_t txn, struct header *h)
{
	for (size_t i = 0; i < HEADERS; i++)
		if (get_header(c->map + i * c->page_size, h) && h->txn == txn && is_sound(h))
			return h->page_size == c->page_size;
	return false;
}

static bool check_trees(const struct check *c, const struct header *h)
{
	struct check tables = *c, free_pages = *c;
	tables.of_tables = true;
	free_pages.of_free_pages = free_pages.integers = true;
	return check_tree(&tables, &h->tables) && check_tree(&free_pages, &h->free);
}

static enum kv_verdict check_map(struct check *c, size_t size, uint64_t txn)
{
	struct header h;
	if (!get_header(c->map, &h) || !is_sound(&h) || size < (size_t)h.page_size * HEADERS)
		return KV_UNSOUND;
	c->page_size = h.page_size;
	c->pages = size / h.page_size;
	if (!find_header(c, txn, &h))
		return KV_GONE;
	c->last_page = h.last_page;
	c->taken = mem_alloc(c->pages / 8 + 1);
	memset(c->taken, 0, c->pages / 8 + 1);
	bool sound = check_trees(c, &h);
	free(c->taken);
	return sound ? KV_SOUND : KV_UNSOUND;
}

enum kv_verdict kv_check_pages(int fd, uint64_t txn)
{
	struct stat st;
	struct check c = {.taken = NULL};
	if (fstat(fd, &st) < 0)
		return KV_UNREADABLE;
	if (st.st_size < HEADER_BYTES)
		return KV_UNSOUND;
	size_t size = (size_t)st.st_size;
	void *map = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		return KV_UNREADABLE;
	c.map = map;
	enum kv_verdict verdict = check_map(&c, size, txn);
	munmap(map, size); /* fails for bad addresses only */
	return verdict;
}
