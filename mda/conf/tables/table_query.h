/*
 * A table of a server, in Postfix's manner: its file is read, its servers are tried in turn, and
 * the rows of an answer become a value. It runs in the process of table_asker.h.
 */
#ifndef MDA_CONF_TABLES_TABLE_QUERY_H
#define MDA_CONF_TABLES_TABLE_QUERY_H

#include "mda/conf/tables/table_driver.h"

/* A longer value is an error. */
enum { TABLE_VALUE_MOST = 64 << 10 };

struct table_query;

/* Reads the file at PATH. NULL with its path, the line and the reason. Memory is MEM's. */
struct table_query *table_query_open(
	const struct table_driver *driver, const char *path, struct arena *mem, struct err *err);
/* The same for its bytes. */
struct table_query *table_query_parse(const struct table_driver *driver, struct str text,
	const char *path, struct arena *mem, struct err *err);

/* Loads the library that the table needs. NULL, or why that is impossible. */
const char *table_query_load(const struct table_query *q);

/*
 * Looks KEY up, for at most so many seconds: 1 with the value, 0 when the table does not have the
 * key, -1 with the reason. The value is in MEM.
 */
int table_query_find(struct table_query *q, struct str key, unsigned seconds, struct arena *mem,
	struct str *value, struct err *err);

#endif
