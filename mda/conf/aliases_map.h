/* The compiled form of the file of aliases: an LMDB file beside it. */
#ifndef MDA_CONF_ALIASES_MAP_H
#define MDA_CONF_ALIASES_MAP_H

#include "base/arena.h"
#include "base/err.h"
#include "filters/lists/list_compile.h"

/* Compiles the file at PATH as list_compile() and list_compile_to() do; an entry is an alias. */
int aliases_map_compile(struct str path, struct list_compiled *done, struct err *err);
int aliases_map_compile_to(
	struct str path, const char *to, struct list_compiled *done, struct err *err);

struct kv;

/*
 * Opens the compiled form of the file TEXT. 1 with *MAP, which kv_close() closes; 0 when there is
 * none; -1 when it cannot be used, for example because the text was changed later.
 */
int aliases_map_open(struct str text, struct arena *mem, struct kv **map, struct err *err);

/* Looks for KEY: 1 with its target, in MEM; 0 when there is none, or the file cannot be read. */
int aliases_map_find(struct kv *map, struct str key, struct arena *mem, struct str *target);

#endif
