/* How a compiled list lies in its file: what its compiler and its reader share. */
#ifndef FILTERS_LISTS_LIST_RECORD_H
#define FILTERS_LISTS_LIST_RECORD_H

#include "filters/lists/list_shape.h"

enum { LIST_INFO, LIST_ENTRIES, LIST_REST, LIST_BROKEN, LIST_TABLES };
extern const struct kv_layout list_layout;

/* Keys within the tables INFO and BROKEN. */
#define LIST_INFO_KEY   "list"
#define LIST_BROKEN_KEY "first"

/* What the text was like when it was compiled. */
struct list_state {
	int64_t size, seconds, nanoseconds;
};
/* That of the text at PATH now: 1, 0 there is none, -1. */
int list_state_of(const char *path, struct list_state *state, struct err *err);
/* The same, once the text is so old that no change of it can hide behind its time. */
int list_state_settled(const char *path, struct list_state *state, struct err *err);
bool list_state_same(const struct list_state *a, const struct list_state *b);

struct list_info {
	struct list_state text;
	uint64_t entries, rest, broken;
	struct shape_census shapes[SHAPE_COUNT];
};

/*
 * An entry; as it is written it stands behind the record, and if it has no shape its patterns
 * behind that. Of a line that cannot be read UNTIL is the column, and the entry what is wrong.
 */
struct list_record {
	uint32_t line, until;
	uint16_t literals, entry, local, domain;
	uint8_t subdomains, unused[3];
};

/*
 * Takes a record off the front of *REST; false when there is no whole one. *TEXT is what stands
 * behind it.
 */
bool list_record_next(struct str *rest, struct list_record *r, struct str *text);

/* PATH.lmdb, in MEM. */
const char *list_record_path(struct str path, struct arena *mem);

#endif
