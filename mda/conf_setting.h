/* What somebody wrote into a configuration, before it is known for whom it is asked. Only conf*.c look into it. */
#ifndef MDA_CONF_SETTING_H
#define MDA_CONF_SETTING_H

#include "mda/conf_key.h"

/* A value that somebody wrote, and where. */
struct setting {
	const struct conf_key *key;
	struct str_list values;
	enum conf_scope scope;
	struct str title; /* of its section */
	unsigned line;    /* 0: from the command line */
};

struct conf_file {
	const char *path;
	struct arena *mem;
	struct setting *settings;
	size_t count;
};

/* Are VALUES what KEY takes? If not, a sentence about what is allowed in WHY. */
bool setting_is_valid(
	const struct conf_key *key, const struct str_list *values, char *why, size_t size);

#endif
