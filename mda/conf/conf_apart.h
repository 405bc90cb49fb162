/*
 * The sections of domains and addresses, which are left for later: there may be tens of thousands,
 * and a delivery needs one. Of each, eight bytes are kept.
 */
#ifndef MDA_CONF_CONF_APART_H
#define MDA_CONF_CONF_APART_H

#include "mda/conf/conf_key.h"
#include "mda/conf/conf_lex.h"

#include <stdint.h>

struct conf_apart_block;

/* Of all files, in the order in which they are read. */
struct conf_aparts {
	struct conf_apart_block *first, *last;
};

/* One of them. */
struct conf_apart {
	const struct conf_text *text;
	size_t start; /* the offset of the title with its quotes, if it has any */
	size_t at;    /* the offset of the title without them */
	struct str title;
	enum conf_scope scope;
};

/* Adds the section with this title at the end. Memory is MEM's. */
void conf_apart_add(struct conf_aparts *all, const struct conf_text *text,
	const struct conf_token *title, enum conf_scope scope, struct arena *mem);

/* Where a walk over sections is. */
struct conf_apart_walk {
	const struct conf_apart_block *block;
	size_t next;
	struct arena *mem;
	bool of_everybody;
	uint32_t address_key, domain_key; /* of the titles that are wanted */
};

/* A walk over all sections. A title with escapes or variables is decoded into MEM. */
struct conf_apart_walk conf_apart_all(const struct conf_aparts *all, struct arena *mem);

/* A walk that leaves out nearly all sections that are not RECIPIENT's, and none that is. */
struct conf_apart_walk conf_apart_of(
	const struct conf_aparts *all, struct str recipient, struct arena *mem);

/* The next section in *A. False at the end. */
bool conf_apart_next(struct conf_apart_walk *walk, struct conf_apart *a);

/* Fills ERR with the place of the title of A, which exists twice; returns -1. */
int conf_apart_fail_twice(const struct conf_apart *a, struct err *err);

/*
 * Checks that no two sections have the same scope and title. -1 with the place of the second one.
 */
int conf_apart_check_twice(const struct conf_aparts *all, struct arena *mem, struct err *err);

#endif
