#include "base/self.h"

#include <limits.h>
#include <stdint.h>
#include <sys/auxv.h>
#include <unistd.h>

/*
 * The path by which the kernel started it. A set-uid copy runs nothing, because its caller cannot
 * be trusted with that.
 */
static struct str as_started(void)
{
	const char *path = (const char *)(uintptr_t)getauxval(AT_EXECFN);
	return path && path[0] == '/' ? str_of(path) : STR_EMPTY;
}

/* A child runs the same program, so it does not ask again. */
struct str self_dir(struct arena *mem)
{
	static char path[PATH_MAX];
	static ssize_t n;
	if (n == 0)
		n = readlink("/proc/self/exe", path, sizeof path);
	struct str program = n > 0 ? (struct str){path, (size_t)n} : as_started();
	size_t slash = str_rfind(program, '/');
	return slash < program.n ? arena_str(mem, str_slice(program, 0, slash)) : STR_EMPTY;
}
