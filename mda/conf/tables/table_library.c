#include "mda/conf/tables/table_library.h"

#include <dlfcn.h>

bool table_library_load(const char *const *names, const struct table_symbol *symbols, size_t count)
{
	void *library = NULL;
	for (; *names && !library; names++)
		library = dlopen(*names, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
	if (!library)
		return false;
	for (size_t i = 0; i < count; i++) {
		*symbols[i].function = dlsym(library, symbols[i].name);
		if (!*symbols[i].function)
			return false;
	}
	return true;
}
