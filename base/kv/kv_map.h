/*
 * Look-ups in a map that another program built in LMDB, such as `postmap lmdb:FILE`: one table
 * without a name.
 */
#ifndef BASE_KV_KV_MAP_H
#define BASE_KV_KV_MAP_H

#include "base/err.h"
#include "base/str.h"

/*
 * Does KEY stand in the map at PATH, with a NUL behind it or without? 1, 0, or -1 with the reason.
 */
int kv_map_holds(const char *path, struct str key, struct err *err);

#endif
