/* Warnings about an entry that is valid but may not do what the person expects. */
#ifndef MDA_TOOLS_LISTS_LISTS_ADVICE_H
#define MDA_TOOLS_LISTS_LISTS_ADVICE_H

#include "mda/tools/lists/lists_cover.h"
#include "mda/tools/lists/lists_tool.h"

/* A list in compiled form, which can be searched for entries that cover another one. */
struct lists_index {
	struct list_map *map; /* NULL: the list does not exist */
	char dir[64];         /* of the temporary compiled form; empty: the list's own is used */
};

/*
 * Opens the list. If it has no current compiled form, it is compiled into a temporary directory. -1
 * on error.
 */
int lists_index_open(const char *path, struct lists_index *index, struct err *err);
void lists_index_close(struct lists_index *index);

/* The lists that matter for an entry. */
struct lists_advisor {
	struct lists_tool *tool;
	const struct named_list *list;
	struct lists_index own, opposite;
	unsigned today;
};
int lists_advisor_open(struct lists_tool *tool, const struct named_list *list,
	struct lists_advisor *a, struct err *err);
void lists_advisor_close(struct lists_advisor *a);

enum lists_advice {
	LISTS_EVERYTHING, /* it matches every address */
	LISTS_OWN_DOMAIN, /* an allowed entry is in a domain of ours */
	LISTS_COVERED,    /* another entry of the list matches all that it matches */
	LISTS_OVERRULED,  /* an entry of the opposite list wins wherever it matches */
};

/*
 * Calls TELL with a sentence for each warning about the entry in LINE of the list (0: it is about
 * to be added). -1 if a list cannot be searched.
 */
typedef void lists_tell(void *context, enum lists_advice kind, struct str sentence);
int lists_advise(const struct lists_advisor *a, const struct wild *w, unsigned line,
	lists_tell *tell, void *context, struct err *err);

#endif
