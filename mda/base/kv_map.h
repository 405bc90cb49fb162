/* Look-ups in a map that another program built in LMDB, such as `postmap lmdb:FILE`: one table without a name. */
#ifndef MDA_BASE_KV_MAP_H
#define MDA_BASE_KV_MAP_H

#include "mda/base/err.h"
#include "mda/base/str.h"

/* Does KEY stand in the map at PATH, with a NUL behind it or without? 1, 0, or -1 with the reason. */
int kv_map_holds(const char *path, struct str key, struct err *err);

#endif
