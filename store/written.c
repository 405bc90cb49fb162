#include "store/written.h"

#include "base/path.h"

#include <fcntl.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { BOOT_TEXT = 36, FRESH_SECONDS = 24 * 3600 };

/* Reads the digits of the UUID that the kernel makes when it boots. */
static bool read_boot(char boot[WRITTEN_BOOT])
{
	char text[BOOT_TEXT];
	size_t n = 0;
	int fd = path_open("/proc/sys/kernel/random/boot_id", O_RDONLY, 0);
	if (fd < 0)
		return false;
	ssize_t got = read(fd, text, sizeof text);
	close(fd); /* nothing was written */
	for (ssize_t i = 0; i < got && n < WRITTEN_BOOT; i++)
		if (text[i] != '-')
			boot[n++] = text[i];
	return n == WRITTEN_BOOT;
}

/* It does not change while the process runs. NULL when it cannot be read. */
static const char *this_boot(void)
{
	static char boot[WRITTEN_BOOT];
	static int known = -1;
	if (known < 0)
		known = read_boot(boot);
	return known ? boot : NULL;
}

void written_warm(void)
{
	(void)this_boot();
}

void written_note(int fd, struct written *w)
{
	struct stat st;
	const char *boot = this_boot();
	*w = (struct written){.inode = 0};
	if (!boot || fstat(fd, &st) < 0)
		return;
	memcpy(w->boot, boot, sizeof w->boot);
	w->device = st.st_dev;
	w->inode = st.st_ino;
}

bool written_holds(const struct written *w, const struct stat *st)
{
	const char *boot = w->inode ? this_boot() : NULL;
	return boot && memcmp(w->boot, boot, sizeof w->boot) == 0 && w->device == st->st_dev &&
	       w->inode == st->st_ino && st->st_mtime > time(NULL) - FRESH_SECONDS;
}
