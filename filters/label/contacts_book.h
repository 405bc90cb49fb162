/*
 * Address books: vCard files and folders of them, as phones export them and CardDAV servers keep
 * them. Compiled into one LMDB file, a million cards cost a delivery no more than one; small books
 * need not be compiled.
 */
#ifndef FILTERS_LABEL_CONTACTS_BOOK_H
#define FILTERS_LABEL_CONTACTS_BOOK_H

#include "base/arena.h"
#include "base/err.h"

struct book {
	const struct str_list *paths; /* files and folders; missing ones count as empty */
	const char *compiled;         /* the file that contacts_book_compile() makes */
};

struct book_entry {
	struct str key, name; /* from address_key(); the name is UTF-8 and may be empty */
	struct str file;
};

/*
 * Does the book have a card with this address? 1, 0, or -1. What is found is in MEM. TELL gets a
 * text for the admin if the compiled form is older than the files but is used because the files are
 * large.
 */
int contacts_book_find(const struct book *book, struct str key, struct arena *mem,
	struct book_entry *found, void (*tell)(void *context, const char *text), void *context,
	struct err *err);

/* Calls VISIT for each address in the files; what it gets lives until it returns. 0, or -1. */
typedef void book_visit(void *context, const struct book_entry *entry);
int contacts_book_walk(const struct book *book, book_visit *visit, void *context, struct err *err);

struct book_compiled {
	size_t files, addresses;
	unsigned long long bytes;
};
/*
 * Reads the files and puts the compiled form in place. 1 done; 0 there are no files and nothing
 * compiled; -1 error.
 */
int contacts_book_compile(const struct book *book, struct book_compiled *done, struct err *err);

#endif
