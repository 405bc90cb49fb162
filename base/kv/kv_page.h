/*
 * The format of an LMDB 0.9 file, as far as its pages must be checked. The file is a row of pages.
 * Pages 0 and 1 are two headers; the one with the higher transaction counts. It has the roots of
 * two trees: one of free pages, and one of tables, whose values are the roots of the tables' trees.
 *
 * A page of a tree: 16 bytes (its number, flags, the end of the list of offsets, the start of the
 * nodes), a list of the nodes' offsets, free space, and nodes without gaps. A node: 8 bytes (the
 * low and high half of a size or of a page number, flags, the size of the key), the key, the value.
 * For a large value it has the number of the first of the value's own pages.
 */
#ifndef BASE_KV_KV_PAGE_H
#define BASE_KV_KV_PAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { KV_PAGE_HEADER = 16, KV_NODE_HEADER = 8, KV_TREE_BYTES = 48, KV_HEADER_BYTES = 152 };
enum { KV_HEADERS = 2, KV_DATA_VERSION = 1 };
enum { KV_NODE_LARGE = 1, KV_NODE_TREE = 2 }; /* flags of a node */
#define KV_NO_PAGE UINT64_MAX

struct kv_slice {
	const unsigned char *p;
	size_t n;
};

struct kv_tree {
	unsigned flags, depth;
	uint64_t entries, root;
};

struct kv_header {
	uint32_t magic, version, page_size;
	uint64_t map_size, last_page, txn;
	struct kv_tree free, tables;
};

/* The pages of a mapped file. */
struct kv_pages {
	const unsigned char *map;
	size_t count, size; /* how many pages the file has, and the size of one */
	uint64_t last;      /* the last page that the header knows */
	bool integers;      /* the keys of this tree are numbers */
};

/* Reads KV_HEADER_BYTES at P. False: this is not a header. */
bool kv_header_get(const unsigned char *p, struct kv_header *h);
/* Are all its values possible? */
bool kv_header_is_sound(const struct kv_header *h);
/* The header that transaction TXN writes. LMDB reads that one, whatever the other one has. */
size_t kv_header_place(uint64_t txn);
/* Finds the header that transaction TXN wrote. PAGES has a map, a count and a size. */
bool kv_header_find(const struct kv_pages *pages, uint64_t txn, struct kv_header *h);
/* The page size, from the first header in a map of SIZE bytes; 0: not a database. */
size_t kv_header_page_size(const unsigned char *map, size_t size);

/* Reads KV_TREE_BYTES at P. */
struct kv_tree kv_tree_get(const unsigned char *p);

/*
 * Page NUMBER, if it is a leaf or a branch as wanted and its list of nodes fits into it. *COUNT is
 * the number of nodes. NULL otherwise.
 */
const unsigned char *kv_page_find(
	const struct kv_pages *pages, uint64_t number, bool leaf, size_t *count);
/* Do the nodes, USED bytes in all, fill the page to its end, as LMDB leaves them? */
bool kv_page_is_full(const struct kv_pages *pages, const unsigned char *page, size_t used);

/*
 * Node I of a page from kv_page_find(), if everything that its head refers to is in the page. *SIZE
 * is its size. NULL otherwise.
 */
const unsigned char *kv_node_find(
	const struct kv_pages *pages, const unsigned char *page, bool leaf, size_t i, size_t *size);
unsigned kv_node_flags(const unsigned char *node);
struct kv_slice kv_node_key(const unsigned char *node);
/* The value in the node of a leaf. For a large value: its size, and where its page number is. */
struct kv_slice kv_node_value(const unsigned char *node);
/* The page to which the node of a branch leads. */
uint64_t kv_node_child(const unsigned char *node);
/* May a tree of this kind have that key? */
bool kv_key_can_be(const struct kv_pages *pages, struct kv_slice key);
int kv_key_compare(const struct kv_pages *pages, struct kv_slice a, struct kv_slice b);

/*
 * The bytes of a large value whose first page is NUMBER; *COUNT is the number of its pages. NULL
 * when that is impossible.
 */
const unsigned char *kv_large_find(
	const struct kv_pages *pages, uint64_t number, size_t size, uint64_t *count);

uint64_t kv_page_get64(const unsigned char *p);

#endif
