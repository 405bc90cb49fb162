#include "base/descriptors.h"

#include "base/path.h"
#include "base/str.h"

#include <dirent.h>
#include <limits.h>
#include <stdbool.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

/* More descriptors than a program that does not know of us has open. */
enum { TRIED_MOST = 65536 };

static bool is_kept(unsigned fd, const unsigned *kept, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (kept[i] == fd)
			return true;
	return false;
}

/* Without close_range(): closes those that /proc lists, or all that could exist. */
static void close_one_by_one(unsigned from, const unsigned *kept, size_t count)
{
	struct rlimit most = {1024, 1024};
	unsigned long long n;
	DIR *dir = path_opendir("/proc/self/fd");
	const struct dirent *entry;
	while (dir && (entry = readdir(dir)))
		if (str_number(str_of(entry->d_name), INT_MAX, &n) && n >= from &&
			(int)n != dirfd(dir) && !is_kept((unsigned)n, kept, count))
			close((int)n); /* another program's: its errors are not ours */
	if (dir) {
		closedir(dir);
		return;
	}
	(void)getrlimit(RLIMIT_NOFILE, &most); /* if it fails, the usual limit is used */
	for (unsigned fd = from; fd < most.rlim_cur && fd < TRIED_MOST; fd++)
		if (!is_kept(fd, kept, count))
			close((int)fd); /* see above */
}

void descriptors_close(unsigned from, const unsigned *kept, size_t count)
{
	for (size_t i = 0; i <= count; i++) {
		unsigned end = i < count ? kept[i] : UINT_MAX;
		if (from < end && syscall(SYS_close_range, from, end - (i < count), 0) < 0) {
			close_one_by_one(from, kept, count);
			return;
		}
		if (i < count)
			from = end + 1;
	}
}
