/* The table of configuration keys. What a key means is explained in mda.conf and mda.conf(5). */
#ifndef MDA_CONF_CONF_KEY_H
#define MDA_CONF_CONF_KEY_H

#include "mda/conf/conf.h"
#include "mda/conf/conf_type.h"

/* The kinds of sections; SCOPE_GLOBAL is outside of them. */
enum conf_scope {
	SCOPE_GLOBAL = 1,
	SCOPE_DOMAIN = 2,
	SCOPE_ADDRESS = 4,
	SCOPE_ORGANIZATION = 8,
};

struct conf_key {
	const char *name;
	const struct conf_type *type;
	unsigned scopes;            /* the sections in which it may be set */
	size_t offset;              /* of its field in struct conf, or in struct organization */
	const char *default_text;   /* as in the file, without quotes; a list has a value a line */
	const char *const *choices; /* the words of a choice or a list, ended by NULL */
};

extern const struct conf_key conf_keys[];
extern const size_t conf_key_count;

/* The key with that name that may be set in SCOPE, or NULL. */
const struct conf_key *conf_key_find(struct str name, enum conf_scope scope);

/*
 * Sets the key's field in the struct at BASE. False with a sentence in WHY that says what is
 * allowed.
 */
bool conf_key_set(const struct conf_key *key, void *base, const struct str_list *values,
	struct arena *mem, char *why, size_t size);
/* The same for values that it has accepted before, and for defaults. */
void conf_key_put(
	const struct conf_key *key, void *base, const struct str_list *values, struct arena *mem);

/* The values of the default. */
struct str_list conf_key_default(const struct conf_key *key, struct arena *mem);

/* A sentence: "did you mean ...?", or the few keys of SCOPE whose names are nearest to NAME. */
struct str conf_key_suggest(struct str name, enum conf_scope scope, struct arena *mem);

#endif
