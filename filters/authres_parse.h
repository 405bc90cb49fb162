/*
 * The grammar of Authentication-Results (RFC 8601 section 2.2), for hostile input: one pass, with
 * limits.
 */
#ifndef FILTERS_AUTHRES_PARSE_H
#define FILTERS_AUTHRES_PARSE_H

#include "base/arena.h"

enum {
	AUTHRES_VALUE_MOST = 64 * 1024,
	AUTHRES_ITEMS_MOST = 100,
	AUTHRES_PROPERTIES_MOST = 50,
	AUTHRES_NESTING_MOST = 20,
};

/* "header.d=example.com" */
struct authres_property {
	struct str type, name,
		value; /* the type is empty when there is none: some write "action=none" */
};

/* One result: "dkim=pass reason=..." and its properties. */
struct authres_item {
	/*
	 * as they are written, to be compared without case; the method is empty when its version is
	 * not 1
	 */
	struct str method, result, reason;
	struct authres_property *properties;
	size_t property_count;
};

struct authres_field {
	struct str id;
	struct authres_item *items;
	size_t item_count; /* 0: "none" */
};

/*
 * Parses the value of a field, folded or not. False when it is not an Authentication-Results: *WHY
 * has the reason, and FIELD->id what could be read of the id. The result is in MEM or points into
 * VALUE.
 */
bool authres_parse(
	struct str value, struct arena *mem, struct authres_field *field, const char **why);

/* The value of the property TYPE.NAME; empty when there is none. */
struct str authres_property(const struct authres_item *item, const char *type, const char *name);

#endif
