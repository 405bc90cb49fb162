/*
 * What somebody wrote into a configuration, before it is known for whom it is asked. Only conf*.c
 * look into it.
 */
#ifndef MDA_CONF_CONF_SETTING_H
#define MDA_CONF_CONF_SETTING_H

#include "mda/conf/conf_key.h"
#include "mda/conf/conf_text.h"

/* A value that somebody wrote, and where. */
struct setting {
	const struct conf_key *key;
	struct str_list values;
	struct conf_place *places; /* of the values, in a file */
	size_t place_count;
	enum conf_scope scope;
	struct str title;        /* of its section */
	struct conf_place place; /* of the key; no text: from the command line */
};

struct settings {
	struct setting *items;
	size_t count;
};

struct conf_file {
	const char *path;
	struct arena *mem;
	struct settings settings; /* but for those of sections that were set apart: */
	struct conf_aparts apart;
};

/*
 * Adds what the section APART sets to SETTINGS. -1 with file, line and column of what is wrong
 * there. Memory is MEM's.
 */
int conf_load_apart(const struct conf_apart *apart, struct settings *settings, struct arena *mem,
	struct err *err);

/* Are VALUES what KEY takes? If not, a sentence about what is allowed in WHY. */
bool setting_is_valid(
	const struct conf_key *key, const struct str_list *values, char *why, size_t size);

#endif
