/*
 * A process that asks a server for the values of a table. It reads the table's file as root, gives
 * up root's rights, and only then loads the library and talks to the server. So a password is in no
 * other process, and a library that fails, hangs or is taken over harms no other.
 */
#ifndef MDA_CONF_TABLES_TABLE_ASKER_H
#define MDA_CONF_TABLES_TABLE_ASKER_H

#include "mda/conf/tables/table_query.h"

/* Gives up root's rights for good, and does nothing without them. -1 with the reason. */
typedef int table_drop(void *context, struct err *err);

struct table_asker;

/*
 * Starts the process for the file at PATH. NULL with the reason. It ends when MEM is freed, or with
 * the process that has started it, which alone may ask.
 */
struct table_asker *table_asker_start(const struct table_driver *driver, const char *path,
	table_drop *drop, void *context, struct arena *mem, struct err *err);

/* As table_query_find(). Once the process was late or gone, it always fails. */
int table_asker_find(struct table_asker *a, struct str key, unsigned seconds, struct arena *mem,
	struct str *value, struct err *err);

#endif
