#include "mda/tool.h"

#include "base/arena.h"
#include "base/path.h"
#include "base/process.h"
#include "base/suggest.h"
#include "mda/exits.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char prefix[] = "mda-";

/* The directory that this program lies in. */
static int own_directory(char *dir, size_t size, struct err *err)
{
	ssize_t n = readlink("/proc/self/exe", dir, size - 1);
	if (n <= 0)
		return err_temp(err, "cannot find out where mda is: %s", strerror(errno));
	dir[n] = '\0';
	char *slash = strrchr(dir, '/');
	if (slash)
		*slash = '\0';
	return 0;
}

static bool is_tool_name(struct str name)
{
	for (size_t i = 0; i < name.n; i++)
		if (!ascii_isalnum(name.p[i]) && name.p[i] != '-')
			return false;
	return name.n > 0 && name.n < 64;
}

/* Suggests the tool that may have been meant. */
static int unknown(struct str name, const char *dir, struct arena *mem, struct err *err)
{
	struct suggest s = {.word = name};
	DIR *d = path_opendir(dir);
	const struct dirent *entry;
	while (d && (entry = readdir(d)))
		if (strncmp(entry->d_name, prefix, sizeof prefix - 1) == 0)
			suggest_consider(
				&s, arena_fmt(mem, "%s", entry->d_name + sizeof prefix - 1).p);
	if (d)
		closedir(d);
	if (suggest_best(&s))
		return err_temp(err, "there is no tool \"" STR_FMT "\"; did you mean \"%s\"?",
			STR_ARGS(name), suggest_best(&s));
	return err_temp(err, "there is no tool \"" STR_FMT "\"; see mda --help", STR_ARGS(name));
}

static int run_tool(char **argv, struct arena *mem, struct err *err)
{
	char dir[2048];
	struct str name = str_slice(str_of(argv[0]), 0, 64);
	if (own_directory(dir, sizeof dir, err) < 0)
		return -1;
	if (!is_tool_name(name))
		return unknown(name, dir, mem, err);
	argv[0] = (char *)arena_fmt(mem, "%s/%s" STR_FMT, dir, prefix, STR_ARGS(name)).p;
	execve(argv[0], argv, process_callers_environment());
	if (errno == ENOENT)
		return unknown(name, dir, mem, err);
	return err_temp(err, "cannot run %s: %s", argv[0], strerror(errno));
}

static int is_tool(const struct dirent *entry)
{
	return strncmp(entry->d_name, prefix, sizeof prefix - 1) == 0;
}

void tool_list(void)
{
	char dir[2048];
	struct dirent **entries;
	struct err err;
	int n = own_directory(dir, sizeof dir, &err) == 0 ? path_scandir(dir, &entries, is_tool)
							  : -1;
	if (n <= 0)
		return;
	printf("Tools (see mda NAME --help):");
	for (int i = 0; i < n; i++) {
		printf(" %s", entries[i]->d_name + sizeof prefix - 1);
		free(entries[i]);
	}
	printf("\n");
	free(entries);
}

int tool_exec(char **argv)
{
	struct err err;
	struct arena *mem = arena_new();
	(void)run_tool(argv, mem, &err); /* it returns only when it fails */
	arena_free(mem);
	return exits_tell(&err);
}
