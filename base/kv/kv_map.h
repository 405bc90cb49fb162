/*
 * Look-ups in an LMDB map that another program built, for example `postmap lmdb:FILE`: one table
 * without a name.
 */
#ifndef BASE_KV_KV_MAP_H
#define BASE_KV_KV_MAP_H

#include "base/err.h"
#include "base/str.h"

/* Is KEY in the map at PATH, with or without a NUL at its end? 1, 0, or -1 with the reason. */
int kv_map_holds(const char *path, struct str key, struct err *err);

#endif
