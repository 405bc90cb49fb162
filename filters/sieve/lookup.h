/* Finds by name what the extensions define. Names have no case (RFC 5228 section 2.1). */
#ifndef FILTERS_SIEVE_LOOKUP_H
#define FILTERS_SIEVE_LOOKUP_H

#include "filters/sieve/ext.h"

/* What a name stands for, and whose it is. */
struct lookup {
	const struct sv_ext *ext;
	bool active; /* ext need not be required, or is */
	/* one of these; none: the name is unknown */
	const struct sv_word *word;
	const struct sv_tag *tag;
	const struct sv_match_type *match;
	const struct sv_comparator *comparator;
	const struct sv_address_part *part;
};

/* Where it is looked for. */
struct lookup_in {
	const struct sv_host *host;
	const bool *active; /* by the extension's number */
};

/* A command or test. What can be used now goes before what cannot. */
struct lookup lookup_word(const struct lookup_in *in, struct str name, enum sv_role role);
/* The extension that has it, cannot be used here and says why; NULL: there is none. */
const struct sv_ext *lookup_off(const struct lookup_in *in, struct str name, enum sv_role role);
/* A tag of WORD, without its colon: of the tables, a match type or an address part. */
struct lookup lookup_tag(const struct lookup_in *in, struct str name, const struct sv_word *word);
struct lookup lookup_comparator(const struct lookup_in *in, struct str name);

/* The nearest known name for a misspelt one, or NULL. */
const char *lookup_similar_word(const struct lookup_in *in, struct str name, enum sv_role role);
const char *lookup_similar_tag(
	const struct lookup_in *in, struct str name, const struct sv_word *word);
const char *lookup_similar_ext(const struct lookup_in *in, struct str name);
const char *lookup_similar_comparator(const struct lookup_in *in, struct str name);

/* Is NAME among WORDS, which have blanks between them? */
bool lookup_listed(const char *words, struct str name);

#endif
