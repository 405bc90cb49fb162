#include "base/kv/kv_path.h"

#include "base/arena.h"
#include "base/kv/kv_page.h"
#include "base/limits.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

struct kv_path {
	int fd;
	void *map;
	size_t mapped; /* its size in bytes */
	struct kv_pages pages;
	struct kv_tree tables;
	uint64_t txn;
	unsigned char *checked; /* two bits a page: it is a sound branch, a sound leaf */
	unsigned char header[KV_HEADER_BYTES]; /* of the transaction, as it was read */
};

struct kv_path *kv_path_new(int fd)
{
	struct kv_path *p = mem_alloc(sizeof *p);
	p->fd = fd;
	return p;
}

static void forget_map(struct kv_path *p)
{
	if (p->map)
		munmap(p->map, p->mapped); /* fails only for bad addresses */
	p->map = NULL;
	free(p->checked);
	p->checked = NULL;
}

void kv_path_free(struct kv_path *p)
{
	if (!p)
		return;
	forget_map(p);
	free(p);
}

/* ---- the transaction ---- */

static bool map_file(struct kv_path *p, size_t size)
{
	forget_map(p);
	void *map = mmap(NULL, size, PROT_READ, MAP_SHARED, p->fd, 0);
	if (map == MAP_FAILED)
		return false;
	p->map = map;
	p->mapped = size;
	return true;
}

static bool read_page_size(struct kv_path *p)
{
	p->pages = (struct kv_pages){.map = p->map, .size = kv_header_page_size(p->map, p->mapped)};
	p->pages.count = p->pages.size ? p->mapped / p->pages.size : 0;
	return p->pages.size > 0;
}

static enum kv_verdict read_header(struct kv_path *p, uint64_t txn)
{
	struct kv_header h;
	if (!read_page_size(p))
		return KV_UNSOUND;
	if (!kv_header_find(&p->pages, txn, &h))
		return KV_GONE;
	p->pages.last = h.last_page;
	p->tables = h.tables;
	p->txn = txn;
	return KV_SOUND;
}

enum kv_verdict kv_path_begin(struct kv_path *p, uint64_t txn)
{
	struct stat st;
	if (fstat(p->fd, &st) < 0)
		return KV_UNREADABLE;
	size_t size = (size_t)st.st_size;
	/* What a transaction wrote does not change while somebody may still read it. */
	if (p->checked && p->txn == txn && p->mapped == size)
		return KV_SOUND;
	if (size == 0)
		return KV_UNSOUND;
	if ((!p->map || p->mapped != size) && !map_file(p, size))
		return KV_UNREADABLE;
	enum kv_verdict verdict = read_header(p, txn);
	free(p->checked);
	p->checked = verdict == KV_SOUND ? mem_alloc(p->pages.count / 4 + 1) : NULL;
	return verdict;
}

/* ---- without LMDB ---- */

/* The header of the last transaction, in the map. NULL: one of the two is not sound. */
static const unsigned char *last_header(const struct kv_pages *pages, uint64_t *txn)
{
	const unsigned char *last = NULL;
	struct kv_header h;
	*txn = 0;
	for (uint64_t i = 0; i < KV_HEADERS; i++) {
		const unsigned char *header = pages->map + i * pages->size;
		if (!kv_header_get(header, &h) || !kv_header_is_sound(&h) ||
			h.version != KV_DATA_VERSION)
			return NULL;
		if (last && h.txn <= *txn)
			continue;
		last = header;
		*txn = h.txn;
	}
	return last;
}

enum kv_verdict kv_path_begin_last(struct kv_path *p)
{
	struct stat st;
	uint64_t txn;
	if (fstat(p->fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_size == 0 ||
		!map_file(p, (size_t)st.st_size))
		return KV_UNREADABLE;
	const unsigned char *header = read_page_size(p) ? last_header(&p->pages, &txn) : NULL;
	if (!header)
		return KV_UNSOUND;
	memcpy(p->header, header, sizeof p->header);
	enum kv_verdict verdict = read_header(p, txn);
	if (verdict == KV_SOUND && !kv_path_is_current(p))
		verdict = KV_GONE;
	if (verdict == KV_SOUND)
		p->checked = mem_alloc(p->pages.count / 4 + 1);
	return verdict;
}

bool kv_path_is_current(const struct kv_path *p)
{
	return memcmp(p->header, p->pages.map + kv_header_place(p->txn) * p->pages.size,
		       sizeof p->header) == 0;
}

/* ---- one page ---- */

/* LMDB uses binary search, so the keys must be in order. */
static bool check_nodes(const struct kv_path *p, const unsigned char *page, bool leaf, size_t count)
{
	struct kv_slice before = {NULL, 0};
	size_t used = 0, size = 0;
	for (size_t i = 0; i < count; i++) {
		const unsigned char *node = kv_node_find(&p->pages, page, leaf, i, &size);
		if (!node)
			return false;
		used += size;
		if (!leaf && i == 0)
			continue; /* LMDB ignores this key */
		struct kv_slice key = kv_node_key(node);
		if (!kv_key_can_be(&p->pages, key) ||
			(before.p && kv_key_compare(&p->pages, before, key) >= 0))
			return false;
		before = key;
	}
	return kv_page_is_full(&p->pages, page, used);
}

static const unsigned char *sound_page(struct kv_path *p, uint64_t number, bool leaf, size_t *count)
{
	const unsigned char *page = kv_page_find(&p->pages, number, leaf, count);
	if (!page)
		return NULL;
	unsigned char bit = (unsigned char)((leaf ? 2u : 1u) << (number % 4 * 2));
	if (p->checked[number / 4] & bit)
		return page;
	if (!check_nodes(p, page, leaf, *count))
		return NULL;
	p->checked[number / 4] |= bit;
	return page;
}

/*
 * The last node whose key is not above KEY. The first node of a branch has no key and so is below
 * all. COUNT: there is none.
 */
static size_t search(const struct kv_path *p, const unsigned char *page, bool leaf, size_t count,
	struct kv_slice key)
{
	size_t low = leaf ? 0 : 1, high = count, size;
	while (low < high) {
		size_t i = low + (high - low) / 2;
		const unsigned char *node = kv_node_find(&p->pages, page, leaf, i, &size);
		if (kv_key_compare(&p->pages, kv_node_key(node), key) <= 0)
			low = i + 1;
		else
			high = i;
	}
	return low ? low - 1 : count;
}

/* ---- the path ---- */

/* False when it is not sound. *NODE is the node of KEY, or NULL when there is none. */
static bool walk(struct kv_path *p, const struct kv_tree *tree, struct kv_slice key,
	const unsigned char **node)
{
	uint64_t number = tree->root;
	size_t count, size;
	*node = NULL;
	if (number == KV_NO_PAGE)
		return tree->depth == 0;
	if (tree->depth < 1 || tree->depth > LIMIT_DATABASE_DEPTH)
		return false;
	for (unsigned level = 1; level < tree->depth; level++) {
		const unsigned char *page = sound_page(p, number, false, &count);
		if (!page)
			return false;
		size_t i = search(p, page, false, count, key);
		number = kv_node_child(kv_node_find(&p->pages, page, false, i, &size));
	}
	const unsigned char *page = sound_page(p, number, true, &count);
	if (!page)
		return false;
	size_t i = search(p, page, true, count, key);
	const unsigned char *found =
		i < count ? kv_node_find(&p->pages, page, true, i, &size) : NULL;
	if (found && kv_key_compare(&p->pages, kv_node_key(found), key) == 0)
		*node = found;
	return true;
}

static bool value_is_sound(const struct kv_path *p, const unsigned char *node)
{
	uint64_t pages;
	struct kv_slice value = kv_node_value(node);
	unsigned flags = kv_node_flags(node);
	return flags == 0 || flags == KV_NODE_TREE ||
	       (flags == KV_NODE_LARGE &&
		       kv_large_find(&p->pages, kv_page_get64(value.p), value.n, &pages));
}

/* False when the path to the table is not sound. A missing table has no pages. */
static bool find_table(struct kv_path *p, const char *name, struct kv_tree *tree)
{
	const unsigned char *node;
	*tree = p->tables;
	if (!p->checked)
		return false;
	if (!name)
		return true;
	const struct kv_slice key = {(const unsigned char *)name, strlen(name)};
	*tree = (struct kv_tree){.root = KV_NO_PAGE};
	if (!walk(p, &p->tables, key, &node))
		return false;
	if (!node)
		return true;
	if (kv_node_flags(node) != KV_NODE_TREE || kv_node_value(node).n != KV_TREE_BYTES)
		return false;
	*tree = kv_tree_get(kv_node_value(node).p);
	return tree->flags == 0;
}

bool kv_path_is_sound(struct kv_path *p, const char *table, struct str key)
{
	const unsigned char *node;
	const struct kv_slice k = {(const unsigned char *)key.p, key.n};
	struct kv_tree tree;
	return find_table(p, table, &tree) && walk(p, &tree, k, &node) &&
	       (!node || value_is_sound(p, node));
}

int kv_path_find(struct kv_path *p, const char *table, struct str key, struct str *value)
{
	const unsigned char *node;
	const struct kv_slice k = {(const unsigned char *)key.p, key.n};
	struct kv_tree tree;
	if (!find_table(p, table, &tree) || !walk(p, &tree, k, &node))
		return -1;
	if (!node)
		return 0;
	struct kv_slice found = kv_node_value(node);
	*value = (struct str){(const char *)found.p, found.n};
	return kv_node_flags(node) == 0 ? 1 : -1;
}

bool kv_path_whole_is_sound(struct kv_path *p, const char *table)
{
	struct kv_tree tree;
	return find_table(p, table, &tree) && kv_check_tree(&p->pages, &tree);
}
