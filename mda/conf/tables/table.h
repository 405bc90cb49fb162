/*
 * Tables in Postfix's manner, by which a site says what belongs to an address: "text:/path",
 * "lmdb:/path", "socketmap:...", and "pgsql:/path", "mysql:/path" and "ldap:/path", whose files are
 * Postfix's. A key that a table has leads to a value of one line.
 */
#ifndef MDA_CONF_TABLES_TABLE_H
#define MDA_CONF_TABLES_TABLE_H

#include "mda/conf/tables/table_asker.h"

struct table_map;

/* Does NAME begin with one of these kinds? Otherwise it is something else, such as a path. */
bool table_is(struct str name);
/* A sentence about what is wrong with the name of a table, or NULL. */
const char *table_wrong_name(struct str name);
/* The file of a table of a server's, which may hold a password; NULL: it has none. */
const char *table_password_file(struct str name, struct arena *mem);

/*
 * The table NAME. Nothing is opened and nobody is asked before the first question, which must come
 * while the process may still read the files. Memory is MEM's.
 */
struct table_map *table_new(struct str name, struct arena *mem);
const char *table_name(const struct table_map *t);
/* How long a question may take; without this, ten seconds. */
void table_wait(struct table_map *t, size_t seconds);
/* How the process that asks a server gives up root's rights; without this, root cannot ask. */
void table_drop_by(struct table_map *t, table_drop *drop, void *context);

/*
 * Whom to ask instead: a process without a network asks its parent, which answers with
 * table_find(). As table_find().
 */
typedef int table_finder(
	void *context, struct str key, struct arena *mem, struct str *value, struct err *err);
void table_find_by(struct table_map *t, table_finder *finder, void *context);

/*
 * Looks KEY up: 1 with the value, 0, or -1 with the reason, which names the table and the key. A
 * key is asked for once, and after a failure nothing is asked. The value is in the table's memory:
 * text in UTF-8 without control characters.
 */
int table_find(struct table_map *t, struct str key, struct str *value, struct err *err);

/* -1 with the reason if a question has failed. ERR may be NULL. */
int table_check(const struct table_map *t, struct err *err);

/* T knows what ANOTHER table with the same name has found. */
void table_learn(struct table_map *t, const struct table_map *another);

#endif
