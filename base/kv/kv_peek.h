/*
 * Finds one key in a database that others write to, without opening it in LMDB: that takes forty
 * system calls, and this takes six.
 */
#ifndef BASE_KV_KV_PEEK_H
#define BASE_KV_KV_PEEK_H

#include "base/arena.h"
#include "base/kv/kv.h"

/*
 * Is KEY in TABLE of the database in the directory DIR? 1 and its value, in MEM; or 0, also when
 * there is no database. -1: this cannot tell (the database is damaged, for example, or others
 * write to it all the time); kv_open_read_only() can, or says why not.
 */
int kv_peek(const struct kv_layout *layout, const char *dir, unsigned table, struct str key,
	struct arena *mem, struct str *value);

#endif
