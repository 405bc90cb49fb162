#include "base/self.h"

#include <limits.h>
#include <stdint.h>
#include <sys/auxv.h>
#include <unistd.h>

/*
 * As the kernel was told to run it. A set-uid copy, whose caller is not to be trusted with that,
 * runs nothing.
 */
static struct str as_started(void)
{
	const char *path = (const char *)(uintptr_t)getauxval(AT_EXECFN);
	return path && path[0] == '/' ? str_of(path) : STR_EMPTY;
}

struct str self_dir(struct arena *mem)
{
	char path[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", path, sizeof path);
	struct str program = n > 0 ? (struct str){path, (size_t)n} : as_started();
	size_t slash = str_rfind(program, '/');
	return slash < program.n ? arena_str(mem, str_slice(program, 0, slash)) : STR_EMPTY;
}
