/* Finds what extensions define by name. Case does not matter (RFC 5228 section 2.1). */
#ifndef FILTERS_SIEVE_LOOKUP_H
#define FILTERS_SIEVE_LOOKUP_H

#include "filters/sieve/ext.h"

/* What a name means, and which extension defines it. */
struct lookup {
	const struct sv_ext *ext;
	bool active; /* ext needs no `require`, or is required */
	/* one of these is set; none: the name is unknown */
	const struct sv_word *word;
	const struct sv_tag *tag;
	const struct sv_match_type *match;
	const struct sv_comparator *comparator;
	const struct sv_address_part *part;
};

/* What was found before: a script uses few names, and each is in one of many extensions. */
enum { LOOKUP_KEPT = 32 };
struct lookup_memo {
	struct {
		struct str name;
		const void *kind; /* of what the name is */
		struct lookup found;
	} items[LOOKUP_KEPT];
	size_t count;
};

/* Where to look. */
struct lookup_in {
	const struct sv_host *host;
	const bool *active; /* indexed by the extension's number */
	/* to be emptied when ACTIVE changes; NULL: nothing is kept */
	struct lookup_memo *memo;
};

/* Finds a command or test. One that can be used is preferred. */
struct lookup lookup_word(const struct lookup_in *in, struct str name, enum sv_role role);
/* The extension that defines it, but cannot be used here and says why; NULL: there is none. */
const struct sv_ext *lookup_off(const struct lookup_in *in, struct str name, enum sv_role role);
/* Finds a tag of WORD by its name without colon: a plain tag, a match type or an address part. */
struct lookup lookup_tag(const struct lookup_in *in, struct str name, const struct sv_word *word);
struct lookup lookup_comparator(const struct lookup_in *in, struct str name);

/* The known name that is nearest to a misspelt one, or NULL. */
const char *lookup_similar_word(const struct lookup_in *in, struct str name, enum sv_role role);
const char *lookup_similar_tag(
	const struct lookup_in *in, struct str name, const struct sv_word *word);
const char *lookup_similar_ext(const struct lookup_in *in, struct str name);
const char *lookup_similar_comparator(const struct lookup_in *in, struct str name);

/* Is NAME one of WORDS, which are separated by blanks? */
bool lookup_listed(const char *words, struct str name);

#endif
