/* What libsieve knows, as tables: extensions, words and tags. */
#ifndef FILTERS_SIEVE_VOCABULARY_H
#define FILTERS_SIEVE_VOCABULARY_H

#include "filters/sieve/action.h"
#include "filters/sieve/lex.h"

enum { VOCABULARY_EXTENSIONS = 8 };
extern const char *const vocabulary_extensions[VOCABULARY_EXTENSIONS];

/* The extension's place in the table, VOCABULARY_EXTENSIONS when it is unknown. */
size_t vocabulary_extension(struct str name);

/* Where a test looks, and at which part of an address. */
enum vocabulary_source { SOURCE_HEADER, SOURCE_ADDRESS, SOURCE_ENVELOPE };
enum vocabulary_part { PART_ALL, PART_LOCAL, PART_DOMAIN };

enum vocabulary_role { ROLE_OTHER, ROLE_REQUIRE, ROLE_ACTION, ROLE_TEST };

struct vocabulary_word {
	const char *name;
	enum vocabulary_role role;
	const char *extension;         /* that must be required */
	enum vocabulary_source source; /* of a test */
	const struct sv_action_kind *action;
	const char *sample; /* an argument that libsieve accepts in the place of the real one */
};

/* NULL for an unknown word. */
const struct vocabulary_word *vocabulary_word(const struct lex_token *t);

struct vocabulary_tag {
	const char *name;
	const char *extension;
	bool takes_string;
	int key;  /* enum dialect_key, -1: says nothing about it */
	int part; /* enum vocabulary_part, -1: says nothing about it */
};

/* NULL if the tag is unknown, or T is not a tag. */
const struct vocabulary_tag *vocabulary_tag(const struct lex_token *t);

#endif
