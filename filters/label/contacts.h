/*
 * Is the sender one of the recipient's contacts? In his list, his address books, or among those
 * whom he has written to.
 */
#ifndef FILTERS_LABEL_CONTACTS_H
#define FILTERS_LABEL_CONTACTS_H

#include "base/err.h"
#include "base/verdict.h"

#include <stdint.h>

struct known;

/* What counts as a contact; each may be empty or missing. */
struct contacts {
	struct str list;       /* a plain list, in the form of the block and allow lists */
	struct str_list books; /* vCard files and folders */
	struct str dir;        /* what mda-contacts keeps */
	/* Looks there, from another process perhaps, with CONTEXT; NULL: known_find() from here. */
	int (*find_known)(void *context, const char *dir, struct str key, struct arena *mem,
		struct known *found, struct err *err);
	void *context;
};

/* Ordered by how sure the person is of them. */
enum contact_kind { CONTACT_NONE, CONTACT_WRITTEN, CONTACT_ADDED, CONTACT_BOOK, CONTACT_LISTED };

struct contact {
	enum contact_kind kind;
	struct reason reason; /* where it stands */
	struct str name;      /* as the book or the person's mail has it; may be empty */
	uint32_t count;       /* messages that the person wrote to it */
	int64_t last;         /* when the last one was sent; 0: never */
};

/* By address_key(). What cannot be read is a note of V, in whose memory *FOUND is. */
void contacts_find(
	const struct contacts *c, struct str key, struct verdict *v, struct contact *found);

/* Where mda-contacts keeps its things, below c->dir, in MEM. */
const char *contacts_known_dir(const struct contacts *c, struct arena *mem);
const char *contacts_book_path(const struct contacts *c, struct arena *mem);

#endif
