/*
 * The grammar of Authentication-Results (RFC 8601 section 2.2), for hostile bytes: one pass, with
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
		value; /* the type is empty where there is none, as some write "action=none" */
};

/* "dkim=pass reason=..." and its properties. */
struct authres_item {
	/*
	 * as they are written, compared without case; the method is empty when its version is not 1
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
 * Parses the value of a field, folds and all. False when it is no Authentication-Results: *WHY says
 * why, and FIELD->id holds what could be read of it. What it holds is in MEM or in VALUE.
 */
bool authres_parse(
	struct str value, struct arena *mem, struct authres_field *field, const char **why);

/* The value of the property TYPE.NAME; empty when there is none. */
struct str authres_property(const struct authres_item *item, const char *type, const char *name);

#endif
