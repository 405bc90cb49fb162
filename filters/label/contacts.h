/*
 * Is the sender one of the recipient's contacts: in their list, in their address books, or among
 * those they have written to?
 */
#ifndef FILTERS_LABEL_CONTACTS_H
#define FILTERS_LABEL_CONTACTS_H

#include "base/err.h"
#include "base/verdict.h"

#include <stdint.h>

struct known;

/* The sources of contacts; each may be empty or missing. */
struct contacts {
	struct str list;       /* a text file in the form of the block and allow lists */
	struct str_list books; /* vCard files and folders */
	struct str dir;        /* the directory in which mda-contacts keeps its data */
	/*
	 * Looks into DIR, possibly in another process. NULL: contacts_known_find() is called here.
	 */
	int (*find_known)(const char *dir, struct str key, struct arena *mem, struct known *found,
		struct err *err);
};

/* Ordered: later kinds are more certain. */
enum contact_kind { CONTACT_NONE, CONTACT_WRITTEN, CONTACT_ADDED, CONTACT_BOOK, CONTACT_LISTED };

struct contact {
	enum contact_kind kind;
	struct reason reason; /* where the contact was found */
	struct str name;      /* from the book or from the person's mail; may be empty */
	uint32_t count;       /* how many messages the person has sent there */
	int64_t last;         /* when the last one was sent; 0: never */
};

/*
 * Looks for KEY, an address_key(). If something cannot be read, V gets a note. *FOUND is in V's
 * memory.
 */
void contacts_find(
	const struct contacts *c, struct str key, struct verdict *v, struct contact *found);

/* The directory of mda-contacts' database, below c->dir, in MEM. */
const char *contacts_known_dir(const struct contacts *c, struct arena *mem);
const char *contacts_book_path(const struct contacts *c, struct arena *mem);

#endif
