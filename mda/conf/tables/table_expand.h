/*
 * The templates of a table in Postfix's manner: a query with pieces of the key in it, and a result
 * with pieces of the value. %s is all of it, %u the local part, %d the domain, %% a percent sign;
 * %S %U %D are those of the key also in a result; %1 to %9 are the labels of the key's domain, the
 * last one first.
 */
#ifndef MDA_CONF_TABLES_TABLE_EXPAND_H
#define MDA_CONF_TABLES_TABLE_EXPAND_H

#include "base/buf.h"

/*
 * What all templates of a table need. As in Postfix, it counts for each of them: a key without a
 * domain is not looked up if one of them has %D.
 */
struct table_needs {
	bool key_domain, key_user, value_domain, value_user;
	unsigned labels; /* of the key's domain */
	bool is_dynamic; /* something is to be replaced */
};

/* Adds what TEMPLATE needs. A sentence about a letter that does not exist; NULL: it is right. */
const char *table_expand_needs(struct str template, bool is_query, struct table_needs *needs);

/* Appends TEXT so that it cannot end the string or word it is in. False: that is impossible. */
typedef bool table_quote(void *context, struct str text, struct buf *to);

/*
 * Appends the query TEMPLATE for KEY. 1; 0 when the key does not have what is needed; -1 when it
 * cannot be quoted.
 */
int table_expand_query(const struct table_needs *needs, struct str template, struct str key,
	table_quote *quote, void *context, struct buf *to);

/*
 * Appends the result TEMPLATE for VALUE, and before it a comma if TO is not empty. False when there
 * is nothing to add, as for an empty value.
 */
bool table_expand_result(const struct table_needs *needs, struct str template, struct str value,
	struct str key, struct buf *to);

#endif
