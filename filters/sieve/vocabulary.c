#include "filters/sieve/vocabulary.h"

#include "filters/sieve/dialect.h"

const char *const vocabulary_extensions[VOCABULARY_EXTENSIONS] = {
	"fileinto",
	"reject",
	"envelope",
	"relational",
	"regex",
	"comparator-i;octet",
	"comparator-i;ascii-casemap",
	"comparator-i;ascii-numeric",
};

static const struct vocabulary_word words[] = {
	{"require", ROLE_REQUIRE, NULL, 0, NULL, NULL},
	{"if", ROLE_OTHER, NULL, 0, NULL, NULL},
	{"elsif", ROLE_OTHER, NULL, 0, NULL, NULL},
	{"else", ROLE_OTHER, NULL, 0, NULL, NULL},
	{"stop", ROLE_OTHER, NULL, 0, NULL, NULL},
	{"true", ROLE_OTHER, NULL, 0, NULL, NULL},
	{"false", ROLE_OTHER, NULL, 0, NULL, NULL},
	{"not", ROLE_OTHER, NULL, 0, NULL, NULL},
	{"allof", ROLE_OTHER, NULL, 0, NULL, NULL},
	{"anyof", ROLE_OTHER, NULL, 0, NULL, NULL},
	{"size", ROLE_OTHER, NULL, 0, NULL, NULL},
	{"keep", ROLE_ACTION, NULL, 0, &action_keep, "\"x\""},
	{"discard", ROLE_ACTION, NULL, 0, &action_discard, "\"x\""},
	{"fileinto", ROLE_ACTION, "fileinto", 0, &action_fileinto, "\"x\""},
	{"redirect", ROLE_ACTION, NULL, 0, &action_redirect, "\"x@example.com\""},
	{"reject", ROLE_ACTION, "reject", 0, &action_reject, "\"x\""},
	{"header", ROLE_TEST, NULL, SOURCE_HEADER, NULL, NULL},
	{"exists", ROLE_TEST, NULL, SOURCE_HEADER, NULL, NULL},
	{"address", ROLE_TEST, NULL, SOURCE_ADDRESS, NULL, NULL},
	{"envelope", ROLE_TEST, "envelope", SOURCE_ENVELOPE, NULL, NULL},
};

static const struct vocabulary_tag tags[] = {
	{"is", NULL, false, DIALECT_PLAIN, -1},
	{"contains", NULL, false, DIALECT_PLAIN, -1},
	{"matches", NULL, false, DIALECT_WILD, -1},
	{"regex", "regex", false, DIALECT_REGEX, -1},
	{"value", "relational", true, DIALECT_PLAIN, -1},
	{"count", "relational", true, DIALECT_PLAIN, -1},
	{"comparator", NULL, true, -1, -1},
	{"all", NULL, false, -1, PART_ALL},
	{"localpart", NULL, false, -1, PART_LOCAL},
	{"domain", NULL, false, -1, PART_DOMAIN},
	{"over", NULL, false, -1, -1},
	{"under", NULL, false, -1, -1},
};

size_t vocabulary_extension(struct str name)
{
	size_t i = 0;
	while (i < VOCABULARY_EXTENSIONS && !str_eq(name, str_of(vocabulary_extensions[i])))
		i++;
	return i;
}

const struct vocabulary_word *vocabulary_word(const struct lex_token *t)
{
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (lex_is_word(t, words[i].name))
			return &words[i];
	return NULL;
}

const struct vocabulary_tag *vocabulary_tag(const struct lex_token *t)
{
	for (size_t i = 0; i < sizeof tags / sizeof *tags; i++)
		if (lex_is_tag(t, tags[i].name))
			return &tags[i];
	return NULL;
}
