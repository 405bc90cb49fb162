#include "tests/lib/sent.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *path_in(const char *dir, const char *name)
{
	static char path[PATH_MAX];
	snprintf(path, sizeof path, "%s/%s", dir, name);
	return path;
}

static void put(const char *path, const char *text, mode_t mode, uid_t owner)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text) || close(fd) != 0 ||
		(owner && chown(path, owner, owner) != 0))
		abort();
}

void sent_make(const char *dir, uid_t owner)
{
	char text[PATH_MAX + 100];
	snprintf(text, sizeof text, "#!/bin/sh\ncat > /dev/null\necho \"$5\" >> %s/sent\n", dir);
	put(path_in(dir, "sendmail"), text, 0700, owner);
	put(path_in(dir, "sent"), "", 0600, owner);
}

size_t sent_to(const char *dir, const char *address)
{
	char line[256];
	size_t n = 0;
	FILE *f = fopen(path_in(dir, "sent"), "r");
	if (!f)
		abort();
	while (fgets(line, sizeof line, f))
		n += strncmp(line, address, strlen(address)) == 0;
	fclose(f);
	return n;
}

static off_t size_of(const char *path)
{
	struct stat st;
	if (stat(path, &st) < 0)
		abort();
	return st.st_size;
}

void sent_settle(const char *dir)
{
	const char *path = path_in(dir, "sent");
	off_t before;
	do {
		before = size_of(path);
		usleep(20000);
	} while (size_of(path) != before);
}
