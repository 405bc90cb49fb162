#include "filters/sieve/unistring.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

static void *library(void)
{
	static const char *const names[] = {"libunistring.so.2", "libunistring.so.5"};
	static void *handle;
	static bool tried;
	for (size_t i = 0; !tried && !handle && i < sizeof names / sizeof *names; i++)
		handle = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
	tried = true;
	return handle;
}

bool unistring_find(const char *name, void *to)
{
	void *found = library() ? dlsym(library(), name) : NULL;
	if (!found)
		return false;
	/* POSIX allows dlsym() to return functions, but ISO C has no cast for that. */
	memcpy(to, &found, sizeof found);
	return true;
}
