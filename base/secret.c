#include "base/secret.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

enum { AREA = 1024 * 1024 };

/* One area, handed out in pieces: keys are few and small and are read once. */
static char *area;
static size_t used;

static int open_area(struct err *err)
{
	char *p = mmap(NULL, AREA, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		return err_temp(err, "no memory for a key: %s", strerror(errno));
	if (madvise(p, AREA, MADV_WIPEONFORK) < 0) {
		err_temp(err, "the kernel cannot hide a key from a child: %s", strerror(errno));
		munmap(p, AREA); /* it is still empty */
		return -1;
	}
	(void)madvise(
		p, AREA, MADV_DONTDUMP); /* no core files in the child, here the admin decides */
	area = p;
	return 0;
}

void *secret_alloc(size_t n, struct err *err)
{
	const size_t align = sizeof(max_align_t);
	size_t size = (n + align - 1) / align * align;
	if (!area && open_area(err) < 0)
		return NULL;
	if (size < n || size > AREA - used) {
		err_temp(err, "there is no room for another key");
		return NULL;
	}
	used += size;
	return area + used - size;
}
