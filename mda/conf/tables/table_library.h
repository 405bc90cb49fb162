/* Loads the client library of a kind of server, when the first table of that kind is asked. */
#ifndef MDA_CONF_TABLES_TABLE_LIBRARY_H
#define MDA_CONF_TABLES_TABLE_LIBRARY_H

#include <stdbool.h>
#include <stddef.h>

/* A function of the library, and where its address goes. */
struct table_symbol {
	const char *name;
	void **function;
};

/*
 * Loads the first of NAMES, ended by NULL, that is installed; it stays until the process ends.
 * False if there is none, or if it lacks one of the COUNT functions.
 */
bool table_library_load(const char *const *names, const struct table_symbol *symbols, size_t count);

#endif
