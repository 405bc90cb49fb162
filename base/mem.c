#include "base/mem.h"

#include <stdlib.h>
#include <unistd.h>

enum { EXIT_TEMPFAIL = 75 };

_Noreturn void mem_exhausted(void)
{
	static const char text[] = "4.3.0 out of memory\n";
	/* If this cannot be written either, nothing is left to do. */
	ssize_t ignored = write(STDERR_FILENO, text, sizeof text - 1);
	(void)ignored;
	_exit(EXIT_TEMPFAIL);
}

void *mem_alloc(size_t n)
{
	void *p = calloc(1, n ? n : 1);
	if (!p)
		mem_exhausted();
	return p;
}

void *mem_resize(void *p, size_t n)
{
	p = realloc(p, n ? n : 1);
	if (!p)
		mem_exhausted();
	return p;
}
