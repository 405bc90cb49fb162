#include "base/kv/kv_check.h"

#include "base/arena.h"
#include "base/kv/kv_page.h"
#include "base/limits.h"
#include "base/mapguard.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- the header ---- */

/* 1 read, 0 the file is too short, -1 with errno. */
static int read_header(int fd, off_t at, unsigned char *bytes)
{
	ssize_t n = 0;
	for (size_t got = 0; got < KV_HEADER_BYTES; got += (size_t)n) {
		do
			n = pread(fd, bytes + got, KV_HEADER_BYTES - got, at + (off_t)got);
		while (n < 0 && errno == EINTR);
		if (n <= 0)
			return (int)n;
	}
	return 1;
}

enum kv_verdict kv_check_header(int fd)
{
	unsigned char bytes[KV_HEADER_BYTES];
	struct kv_header h[KV_HEADERS] = {{.page_size = 0}};
	for (int i = 0; i < KV_HEADERS; i++) {
		int found = read_header(fd, i ? (off_t)h[0].page_size : 0, bytes);
		if (found < 0)
			return KV_UNREADABLE;
		if (!found || !kv_header_get(bytes, &h[i]))
			return KV_UNSOUND;
		if (h[i].version == KV_DATA_VERSION && !kv_header_is_sound(&h[i]))
			return KV_UNSOUND;
		/* Another version's header may have another layout after this field. */
		if (i == 0 && h[0].version != KV_DATA_VERSION)
			return KV_OTHER_VERSION;
		/*
		 * LMDB would look for this transaction in the other header. 0: the header was never
		 * used.
		 */
		if (h[i].txn && kv_header_place(h[i].txn) != (size_t)i)
			return KV_UNSOUND;
	}
	return h[0].version == h[1].version && h[0].page_size == h[1].page_size ? KV_SOUND
										: KV_UNSOUND;
}

/* ---- the pages ---- */

/* A walk through one tree. */
struct check {
	struct kv_pages pages;
	unsigned char *taken; /* a bit for each page: a page is used only once */
	bool of_tables, of_free_pages;
	uint64_t entries;
	unsigned depth;
	struct kv_slice before; /* the key of the last leaf node */
	struct kv_slice low;    /* the lowest key that may come next, if there is one */
};

static bool check_tree(const struct check *where, const struct kv_tree *tree);

static bool take(const struct check *c, uint64_t page)
{
	if (page < KV_HEADERS || page > c->pages.last || page >= c->pages.count)
		return false;
	unsigned char bit = (unsigned char)(1u << (page & 7));
	if (c->taken[page / 8] & bit)
		return false;
	c->taken[page / 8] |= bit;
	return true;
}

/* The pages of a large value, which starts after the header of the first page. */
static bool take_large(const struct check *c, uint64_t page, size_t size, const unsigned char **p)
{
	uint64_t count;
	*p = kv_large_find(&c->pages, page, size, &count);
	for (uint64_t i = 0; *p && i < count; i++)
		if (!take(c, page + i))
			return false;
	return *p != NULL;
}

/* A list of pages that a transaction freed: their count, then their numbers in descending order. */
static bool check_free(const struct check *c, struct kv_slice list)
{
	if (list.n < 8 || list.n % 8 || kv_page_get64(list.p) > list.n / 8 - 1)
		return false;
	uint64_t count = kv_page_get64(list.p), above = KV_NO_PAGE;
	for (uint64_t i = 1; i <= count; i++) {
		uint64_t page = kv_page_get64(list.p + i * 8);
		/* The last pages may never have been written. */
		if (page >= above ||
			(page < c->pages.count ? !take(c, page) : page > c->pages.last))
			return false;
		above = page;
	}
	return true;
}

static bool check_value(const struct check *c, const unsigned char *node)
{
	struct kv_slice value = kv_node_value(node);
	unsigned flags = kv_node_flags(node);
	if (flags == KV_NODE_LARGE && !take_large(c, kv_page_get64(value.p), value.n, &value.p))
		return false;
	if (c->of_free_pages)
		return flags <= KV_NODE_LARGE && check_free(c, value);
	if (!c->of_tables || flags != KV_NODE_TREE)
		return flags <= KV_NODE_LARGE;
	if (value.n != KV_TREE_BYTES)
		return false;
	struct kv_tree tree = kv_tree_get(value.p);
	struct check table = *c;
	table.of_tables = false;
	return tree.flags == 0 && check_tree(&table, &tree);
}

static bool check_leaf_node(struct check *c, const unsigned char *node)
{
	struct kv_slice key = kv_node_key(node);
	if (!kv_key_can_be(&c->pages, key))
		return false;
	if (c->before.p && kv_key_compare(&c->pages, c->before, key) >= 0)
		return false;
	if (c->low.p && kv_key_compare(&c->pages, c->low, key) > 0)
		return false;
	c->before = key;
	c->low.p = NULL;
	c->entries++;
	return check_value(c, node);
}

static bool check_page(struct check *c, uint64_t number, unsigned level);

/*
 * All keys below a node are at least the node's own key (the first node of a page has none), and
 * those before it are lower.
 */
static bool check_branch_node(struct check *c, const unsigned char *node, size_t i, unsigned level)
{
	struct kv_slice key = kv_node_key(node);
	if (i > 0) {
		if (!kv_key_can_be(&c->pages, key) || !c->before.p ||
			kv_key_compare(&c->pages, c->before, key) >= 0)
			return false;
		c->low = key;
	}
	return check_page(c, kv_node_child(node), level + 1);
}

static bool check_page(struct check *c, uint64_t number, unsigned level)
{
	bool leaf = level == c->depth;
	size_t count, used = 0, size = 0;
	if (level > c->depth || !take(c, number))
		return false;
	const unsigned char *page = kv_page_find(&c->pages, number, leaf, &count);
	mapguard_progress();
	for (size_t i = 0; page && i < count; i++) {
		const unsigned char *node = kv_node_find(&c->pages, page, leaf, i, &size);
		if (!node ||
			!(leaf ? check_leaf_node(c, node) : check_branch_node(c, node, i, level)))
			return false;
		used += size;
	}
	return page && kv_page_is_full(&c->pages, page, used);
}

/* Checks a tree of the kind that WHERE describes. */
static bool check_tree(const struct check *where, const struct kv_tree *tree)
{
	struct check c = *where;
	c.entries = 0;
	c.before = c.low = (struct kv_slice){NULL, 0};
	c.depth = tree->depth;
	if (tree->root == KV_NO_PAGE)
		return tree->entries == 0 && tree->depth == 0;
	return tree->depth >= 1 && tree->depth <= LIMIT_DATABASE_DEPTH &&
	       check_page(&c, tree->root, 1) && c.entries == tree->entries;
}

bool kv_check_tree(const struct kv_pages *pages, const struct kv_tree *tree)
{
	struct check c = {.pages = *pages, .taken = mem_alloc(pages->count / 8 + 1)};
	bool sound = check_tree(&c, tree);
	free(c.taken);
	return sound;
}

static bool check_trees(const struct check *c, const struct kv_header *h)
{
	struct check tables = *c, free_pages = *c;
	tables.of_tables = true;
	free_pages.of_free_pages = free_pages.pages.integers = true;
	return check_tree(&tables, &h->tables) && check_tree(&free_pages, &h->free);
}

static enum kv_verdict check_map(struct check *c, size_t size, uint64_t txn)
{
	struct kv_header h;
	c->pages.size = kv_header_page_size(c->pages.map, size);
	if (c->pages.size == 0)
		return KV_UNSOUND;
	c->pages.count = size / c->pages.size;
	if (!kv_header_find(&c->pages, txn, &h))
		return KV_GONE;
	c->pages.last = h.last_page;
	c->taken = mem_alloc(c->pages.count / 8 + 1);
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
	if (st.st_size < KV_HEADER_BYTES)
		return KV_UNSOUND;
	size_t size = (size_t)st.st_size;
	void *map = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		return KV_UNREADABLE;
	c.pages.map = map;
	enum kv_verdict verdict = check_map(&c, size, txn);
	munmap(map, size); /* fails only for bad addresses */
	return verdict;
}
