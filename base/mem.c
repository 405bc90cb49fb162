#include "base/mem.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum { EXIT_TEMPFAIL = 75 };
enum { PAGE = 4096, HUGE_PAGE = 2 * 1024 * 1024 };

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

/* The last huge page is one only if at least half of it is used. */
static size_t mapped_size(size_t n)
{
	size_t last = n % HUGE_PAGE;
	size_t unit = last >= HUGE_PAGE / 2 ? HUGE_PAGE : PAGE;
	if (n > SIZE_MAX - 2 * (size_t)HUGE_PAGE)
		mem_exhausted();
	return (n + unit - 1) / unit * unit;
}

void *mem_map(size_t n)
{
	size_t size = mapped_size(n);
	char *p = mmap(
		NULL, size + HUGE_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		mem_exhausted();
	size_t before = HUGE_PAGE - (uintptr_t)p % HUGE_PAGE;
	munmap(p, before); /* if this fails, the address space is used, not the memory */
	munmap(p + before + size, HUGE_PAGE - before);
	(void)madvise(p + before, size, MADV_HUGEPAGE); /* without it, there are more page faults */
	return p + before;
}

void mem_unmap(void *p, size_t n)
{
	munmap(p, mapped_size(n)); /* cannot fail for what mem_map() returned */
}
