/* A table that postmap(1) has compiled: "lmdb:/etc/postfix/virtual" is the file virtual.lmdb. */
#ifndef MDA_CONF_TABLES_TABLE_LMDB_H
#define MDA_CONF_TABLES_TABLE_LMDB_H

#include "base/arena.h"
#include "base/err.h"

struct kv;

/* Opens the file; kv_close() closes it. NULL with the reason. */
struct kv *table_lmdb_open(struct str path, struct arena *mem, struct err *err);

/*
 * Looks KEY up, with and without a NUL after it, as Postfix does: 1 with the value, in MEM and
 * without a NUL after it; 0; -1.
 */
int table_lmdb_find(
	struct kv *kv, struct str key, struct arena *mem, struct str *value, struct err *err);

#endif
