/* The table of configuration keys: everything that is known about a key stands in its row. */
#ifndef MDA_CONF_CONF_KEY_H
#define MDA_CONF_CONF_KEY_H

#include "mda/conf/conf.h"
#include "mda/conf/conf_type.h"

/* Where a key may stand. */
enum conf_scope {
	SCOPE_GLOBAL = 1,
	SCOPE_DOMAIN = 2,
	SCOPE_ADDRESS = 4,
	SCOPE_ORGANIZATION = 8,
};

struct conf_key {
	const char *name;
	const struct conf_type *type;
	unsigned scopes;
	const char *standard;       /* the default; words of a list are separated by LF */
	size_t offset;              /* in struct conf, or in struct organization */
	const char *const *choices; /* of a choice, ended by NULL; in the order of its enum */
	const char *meaning;
};

extern const struct conf_key conf_keys[];
extern const size_t conf_key_count;

/* The key of that name that may stand in SCOPE, or NULL. */
const struct conf_key *conf_key_find(struct str name, enum conf_scope scope);

/* Sets the key's field in the struct at BASE; false with a sentence about what is allowed in WHY. */
bool conf_key_set(const struct conf_key *key, void *base, const struct str_list *values,
	struct arena *mem, char *why, size_t size);

/* The default as values. */
struct str_list conf_key_standard(const struct conf_key *key, struct arena *mem);

/* "did you mean ...?" or the few nearest of the names that are allowed, as a sentence. */
struct str conf_key_suggest(struct str name, enum conf_scope scope, struct arena *mem);

#endif
