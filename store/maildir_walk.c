/* The folders of a Maildir, in either layout. */
#include "base/beneath.h"
#include "base/str_list.h"
#include "store/folder.h"
#include "store/maildir.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

struct walk {
	int root;
	bool (*visit)(void *context, const char *directory);
	void *context;
	struct str_list nested; /* directories that are still to be searched */
	bool ended;             /* VISIT wants no more */
	struct arena *mem;
	struct err *err;
};

/* Is it a folder? Only folders have such a part. */
static bool has_messages(const struct walk *w, const char *directory)
{
	char cur[PATH_MAX];
	struct stat st;
	return snprintf(cur, sizeof cur, "%s/cur", directory) < (int)sizeof cur &&
	       beneath_stat(w->root, cur, &st) == 0 && S_ISDIR(st.st_mode);
}

static void visit(struct walk *w, const char *directory)
{
	if (has_messages(w, directory))
		w->ended = !w->visit(w->context, directory);
}

/* ".Lists.Foo": all folders are directly in the Maildir. */
static void take_flat(struct walk *w, const char *above, const struct dirent *entry)
{
	const char *name = entry->d_name;
	(void)above;
	if (name[0] == '.' && name[1] != '\0' && name[1] != '.')
		visit(w, name);
}

/* *LINK is set when it is a link that is followed. */
static bool is_directory(
	const struct walk *w, const char *path, const struct dirent *entry, bool *link)
{
	struct stat st;
	*link = false;
	if (entry->d_type == DT_DIR)
		return true;
	if (entry->d_type != DT_UNKNOWN && entry->d_type != DT_LNK)
		return false;
	*link = beneath_lstat(w->root, path, &st) == 0 && S_ISLNK(st.st_mode);
	return beneath_stat(w->root, path, &st) == 0 && S_ISDIR(st.st_mode);
}

/*
 * "Lists/Foo": each directory may be a folder and contain others. Directories whose path would be
 * too long are not searched, nor are those below a link, as it may lead back.
 */
static void take_nested(struct walk *w, const char *above, const struct dirent *entry)
{
	bool link;
	struct str name = str_of(entry->d_name);
	if (!folder_is_level(name))
		return;
	struct str path = above[0] ? arena_fmt(w->mem, "%s/%s", above, entry->d_name)
				   : arena_str(w->mem, name);
	if (path.n > FOLDER_PATH_BYTES || !is_directory(w, path.p, entry, &link))
		return;
	if (!link)
		str_list_add(&w->nested, path, w->mem);
	visit(w, path.p);
}

/* A directory that disappears meanwhile is not an error. */
static int walk_directory(struct walk *w, const char *directory)
{
	bool is_root = directory[0] == '\0', nested = folder_layout() == FOLDER_NESTED;
	const struct dirent *entry;
	DIR *dir = beneath_opendir(w->root, is_root ? "." : directory);
	if (!dir && errno == ENOENT && !is_root)
		return 0;
	while (dir && !w->ended && (errno = 0, entry = readdir(dir)))
		(nested ? take_nested : take_flat)(w, directory, entry);
	int r = w->ended || (dir && errno == 0)
			? 0
			: err_temp(w->err, "cannot read the Maildir's directory %s: %s",
				  is_root ? "." : directory, beneath_why(errno));
	if (dir)
		closedir(dir); /* nothing was written */
	return r;
}

int maildir_walk_folders(int root, bool (*visit_one)(void *context, const char *directory),
	void *context, struct err *err)
{
	struct walk w = {.root = root, .visit = visit_one, .context = context, .err = err};
	if (!visit_one(context, ""))
		return 0;
	w.mem = arena_new();
	int r = walk_directory(&w, "");
	for (size_t i = 0; r == 0 && i < w.nested.count && !w.ended; i++)
		r = walk_directory(&w, w.nested.items[i].p);
	arena_free(w.mem);
	return r;
}
