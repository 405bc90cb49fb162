/*
 * The format of a file of LMDB 0.9, as far as its pages must be checked. It is a row of pages;
 * pages 0 and 1 are two headers, of which the one with the higher transaction counts. It names the
 * roots of two trees: one of free pages, one of the tables, whose values are the roots of the
 * tables' trees.
 *
 * A page of a tree: 16 bytes (its number, flags, end of the list of offsets, start of the nodes), a
 * list of offsets of nodes, room, nodes without gaps. A node: 8 bytes (low and high half of a size
 * or of a page, flags, size of the key), the key, the value; a large value is the number of the
 * first of its own pages.
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

/* The pages of a file that is mapped. */
struct kv_pages {
	const unsigned char *map;
	size_t count, size; /* the pages in the file, the bytes of one */
	uint64_t last;      /* the last page that the header knows */
	bool integers;      /* the keys of this tree are numbers */
};

/* From KV_HEADER_BYTES at P. False: this is not a header. */
bool kv_header_get(const unsigned char *p, struct kv_header *h);
/* Can all that it says be? */
bool kv_header_is_sound(const struct kv_header *h);
/* Which of the headers transaction TXN writes: LMDB reads that one, whatever the other says. */
size_t kv_header_place(uint64_t txn);
/* The header that transaction TXN wrote. PAGES has a map, a count and a size. */
bool kv_header_find(const struct kv_pages *pages, uint64_t txn, struct kv_header *h);
/* The size of a page, from the first header in a map of SIZE bytes; 0: it holds no database. */
size_t kv_header_page_size(const unsigned char *map, size_t size);

/* From KV_TREE_BYTES at P. */
struct kv_tree kv_tree_get(const unsigned char *p);

/*
 * Page NUMBER, when it is a leaf, or a branch, whose list of nodes fits into it. *COUNT: of the
 * nodes. NULL: it is not.
 */
const unsigned char *kv_page_find(
	const struct kv_pages *pages, uint64_t number, bool leaf, size_t *count);
/* Do the nodes, of USED bytes, fill the page to its end, as LMDB leaves them? */
bool kv_page_is_full(const struct kv_pages *pages, const unsigned char *page, size_t used);

/*
 * Node I of a page of kv_page_find(), when all that its header names is within the page. *SIZE: its
 * bytes.
 */
const unsigned char *kv_node_find(
	const struct kv_pages *pages, const unsigned char *page, bool leaf, size_t i, size_t *size);
unsigned kv_node_flags(const unsigned char *node);
struct kv_slice kv_node_key(const unsigned char *node);
/* The value within the node of a leaf; of a large one its size, and where its page number is. */
struct kv_slice kv_node_value(const unsigned char *node);
/* The page that the node of a branch leads to. */
uint64_t kv_node_child(const unsigned char *node);
/* Can a tree of this kind have that key? */
bool kv_key_can_be(const struct kv_pages *pages, struct kv_slice key);
int kv_key_compare(const struct kv_pages *pages, struct kv_slice a, struct kv_slice b);

/*
 * The bytes of a large value whose first page is NUMBER, and how many pages it has. NULL: it cannot
 * be.
 */
const unsigned char *kv_large_find(
	const struct kv_pages *pages, uint64_t number, size_t size, uint64_t *count);

uint64_t kv_page_get64(const unsigned char *p);

#endif
