#include "mda/readable.h"

#include "base/path.h"
#include "base/self.h"
#include "base/str_list.h"
#include "filters/lists/list_record.h"
#include "mda/conf/tables/table.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/stat.h>

static void add(struct str_list *list, struct str path, struct arena *mem)
{
	if (!str_list_has(list, path))
		str_list_add(list, path, mem);
}

/* Is PATH the directory DIR, or in it? */
static bool holds(struct str dir, struct str path)
{
	return path.n >= dir.n && str_eq(str_slice(path, 0, dir.n), dir) &&
	       (path.n == dir.n || path.p[dir.n] == '/');
}

/* ---- libraries ---- */

/* The module is beside the program, or where `make install` puts it. */
static void add_own(struct str_list *list, struct arena *mem)
{
	struct str dir = self_dir(mem);
	if (dir.n == 0 || holds(STR_LIT("/usr"), dir))
		return;
	add(list, arena_fmt(mem, STR_FMT "/modules", STR_ARGS(dir)), mem);
	add(list, arena_fmt(mem, STR_FMT "/../lib/mda", STR_ARGS(dir)), mem);
	add(list, arena_fmt(mem, STR_FMT "/../../modules", STR_ARGS(dir)), mem);
}

static void add_fixed(
	struct str_list *list, const char *const *paths, size_t count, struct arena *mem)
{
	for (size_t i = 0; i < count; i++)
		*(struct str *)ARENA_PUSH(mem, list->items, list->count) = str_of(paths[i]);
}

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* On all but old systems /lib is a link into /usr; likewise the others. */
static bool is_usr_merged(void)
{
	static int is = -1;
	struct stat st;
	if (is < 0)
		is = path_lstat("/lib", &st) == 0 && S_ISLNK(st.st_mode);
	return is;
}

static struct str_list libraries(struct arena *mem)
{
	static const char *const unmerged[] = {"/lib", "/lib64"};
	static const char *const paths[] = {"/usr", "/etc/ld.so.cache", "/etc/magic"};
	struct str_list list = {0};
	add_fixed(&list, paths, COUNT(paths), mem);
	if (!is_usr_merged())
		add_fixed(&list, unmerged, COUNT(unmerged), mem);
	add_own(&list, mem);
	return list;
}

struct str_list readable_libraries(struct arena *mem)
{
	static const char *const network[] = {"/etc/resolv.conf", "/etc/hosts", "/etc/host.conf",
		"/etc/nsswitch.conf", "/etc/gai.conf", "/etc/services", "/dev/null",
		"/dev/urandom"};
	struct str_list list = libraries(mem);
	add_fixed(&list, network, COUNT(network), mem);
	return list;
}

/* ---- what the configuration names ---- */

struct collector {
	const struct template_values *names;
	/*
	 * the home, the mail, the keys: a directory that contains one of them must not be readable
	 */
	struct str_list private;
	struct str mailbox;
	struct str_list list;
	struct str_list covered;        /* the directories that the paths in LIST are in */
	struct str_list missing;        /* paths that do not exist */
	struct str_list asked, answers; /* of real() */
	size_t mapped;
	struct arena *mem;
};

static struct str resolve(struct str path, struct arena *mem)
{
	char resolved[PATH_MAX];
	return realpath(arena_cstr(mem, path), resolved) ? arena_str(mem, str_of(resolved)) : path;
}

static bool one_holds(const struct str_list *dirs, struct str path)
{
	for (size_t i = 0; i < dirs->count; i++)
		if (holds(dirs->items[i], path))
			return true;
	return false;
}

static struct str real(struct collector *c, struct str path);

/* In a directory whose real path is known, only the last component can be a link. */
static struct str real_in_directory(struct collector *c, struct str path)
{
	struct stat st;
	size_t slash = str_rfind(path, '/');
	struct str dir = str_slice(path, 0, slash), name = str_slice(path, slash + 1, path.n);
	struct str users = path_users_real(arena_cstr(c->mem, path), c->mem);
	if (users.n)
		return users;
	if (one_holds(&c->missing, path))
		return path;
	if (path_lstat(arena_cstr(c->mem, path), &st) < 0) {
		if (errno == ENOENT)
			str_list_add(&c->missing, path, c->mem);
		return path;
	}
	if (S_ISLNK(st.st_mode) || dir.n == 0 || name.n == 0 || str_eq(name, STR_LIT(".")) ||
		str_eq(name, STR_LIT("..")))
		return resolve(path, c->mem);
	return arena_fmt(c->mem, STR_FMT "/" STR_FMT, STR_ARGS(real(c, dir)), STR_ARGS(name));
}

/*
 * The real path of PATH, because paths are compared: links, dots and slashes must not matter. If it
 * does not exist, it is PATH itself. Most paths are in the same few directories.
 */
static struct str real(struct collector *c, struct str path)
{
	for (size_t i = 0; i < c->asked.count; i++)
		if (str_eq(c->asked.items[i], path))
			return c->answers.items[i];
	struct str where = real_in_directory(c, path);
	*(struct str *)ARENA_PUSH(c->mem, c->asked.items, c->asked.count) = path;
	*(struct str *)ARENA_PUSH(c->mem, c->answers.items, c->answers.count) = where;
	return where;
}

static void add_private(struct collector *c, struct str path)
{
	if (path.n)
		add(&c->private, real(c, path), c->mem);
}

static bool is_private(struct collector *c, struct str path)
{
	struct str where = real(c, path);
	if (where.n <= 1 || str_eq(where, STR_LIT("/etc")) || str_eq(where, STR_LIT("/tmp")))
		return true;
	for (size_t i = 0; i < c->private.count; i++)
		if (holds(where, c->private.items[i]))
			return true;
	return false;
}

static bool in_mailbox(struct collector *c, struct str path)
{
	return holds(c->mailbox, real(c, path));
}

/* Adds nothing that is in a directory of the list already, or that is known to be missing. */
static void add_readable(struct collector *c, struct str path)
{
	if (!one_holds(&c->covered, real(c, path)) && !one_holds(&c->missing, path))
		add(&c->list, path, c->mem);
}

/* Adds the files in DIR one by one, because something in it must not be read. */
static void add_files(struct collector *c, const char *dir)
{
	DIR *d = path_opendir(dir);
	const struct dirent *entry;
	while (d && (entry = readdir(d))) {
		struct str file = arena_fmt(c->mem, "%s/%s", dir, entry->d_name);
		if (entry->d_type == DT_REG && !is_private(c, file))
			add_readable(c, file);
	}
	if (d)
		closedir(d);
}

/*
 * For the admin's lists only, because users could raise the limit with files of their own. Each is
 * mapped twice: by LMDB and by the code that checks it (kv_path.h).
 */
static void count_compiled(struct collector *c, const char *path)
{
	const size_t most = (size_t)LIMIT_CHILD_LISTS;
	struct stat st;
	if (path_is_users(path) || one_holds(&c->missing, str_of(path)))
		return;
	if (path_stat(path, &st) < 0 || !S_ISREG(st.st_mode) || st.st_uid != 0)
		return;
	size_t left = most - c->mapped, size = 2 * (size_t)st.st_size;
	c->mapped += size < left ? size : left;
}

static void count_all_compiled(struct collector *c, const char *dir)
{
	bool nothing = path_is_users(dir) || one_holds(&c->missing, str_of(dir));
	DIR *d = nothing ? NULL : path_opendir(dir);
	const struct dirent *entry;
	while (d && (entry = readdir(d)))
		if (str_iends(str_of(entry->d_name), STR_LIT(".lmdb")))
			count_compiled(c, arena_fmt(c->mem, "%s/%s", dir, entry->d_name).p);
	if (d)
		closedir(d);
}

static void add_path(struct collector *c, struct str template)
{
	const char *path;
	/* The child asks its parent for what is in a table. */
	if (template.n == 0 || table_is(template) ||
		template_expand(template, c->names, c->mem, &path, NULL) < 0)
		return;
	if (is_private(c, str_of(path)))
		add_files(c, path);
	else
		add_readable(c, str_of(path));
	count_all_compiled(c, path);
}

/* The file may be replaced by another of the same name, and may have a compiled form. */
static void add_list(struct collector *c, struct str template, bool is_compiled)
{
	const char *path;
	if (template.n == 0 || template_expand(template, c->names, c->mem, &path, NULL) < 0)
		return;
	struct str file = str_of(path);
	const char *compiled = list_record_path(file, c->mem);
	struct str dir = arena_str(c->mem, str_slice(file, 0, str_rfind(file, '/')));
	/* A list in the mailbox is among the mail. */
	if (!is_private(c, dir) && !in_mailbox(c, dir)) {
		add_readable(c, dir);
		add(&c->covered, real(c, dir), c->mem);
	} else if (!is_private(c, file)) {
		add_readable(c, file);
		if (is_compiled)
			add_readable(c, str_of(compiled));
	}
	if (is_compiled)
		count_compiled(c, compiled);
}

/* The targets of the links that mark a user's active script. */
static void add_active(struct collector *c, const struct str_list *scripts)
{
	for (size_t i = 0; i < scripts->count; i++) {
		const char *path;
		if (template_expand(scripts->items[i], c->names, c->mem, &path, NULL) < 0)
			continue;
		struct str file = path_active(path, c->mem);
		if (!is_private(c, file) && !in_mailbox(c, file))
			add_readable(c, file);
	}
}

/* The keys that name lists, and those that name files or directories. */
static const size_t lists[] = {offsetof(struct conf, global_allow),
	offsetof(struct conf, global_block), offsetof(struct conf, user_allow),
	offsetof(struct conf, user_block), offsetof(struct conf, contacts),
	offsetof(struct conf, aliases), offsetof(struct conf, metadata)};
static const size_t directories[] = {offsetof(struct conf, contacts_dir)};
static const struct {
	size_t at;
	bool is_compiled;
} many[] = {
	{offsetof(struct conf, scripts_before), false},
	{offsetof(struct conf, scripts_user), false},
	{offsetof(struct conf, scripts_after), false},
	{offsetof(struct conf, scripts_personal), false},
	{offsetof(struct conf, scripts_global), false},
	{offsetof(struct conf, list_dirs), false}, /* what is in it is */
	{offsetof(struct conf, address_books), true},
};

#define MEMBER(type, at, c) ((const type *)(const void *)((const char *)(c) + (at)))

struct readable readable_for(
	const struct conf *conf, const struct template_values *names, struct arena *mem)
{
	const struct str private[] = {conf->maildir, conf->state_dir, conf->stamp_key};
	struct collector c = {.names = names, .list = libraries(mem), .mem = mem};
	add_private(&c, names->home);
	for (size_t i = 0; i < COUNT(private); i++) {
		const char *path;
		if (template_expand(private[i], names, mem, &path, NULL) < 0)
			continue; /* the delivery will report it */
		add_private(&c, str_of(path));
		if (i == 0)
			c.mailbox = real(&c, str_of(path));
	}
	for (size_t i = 0; i < COUNT(lists); i++)
		add_list(&c, *MEMBER(struct str, lists[i], conf), true);
	if (conf->user_settings.count)
		add_list(&c, conf->settings, false);
	for (size_t i = 0; i < COUNT(directories); i++)
		add_path(&c, *MEMBER(struct str, directories[i], conf));
	for (size_t i = 0; i < COUNT(many); i++) {
		const struct str_list *paths = MEMBER(struct str_list, many[i].at, conf);
		for (size_t k = 0; k < paths->count; k++)
			add_list(&c, paths->items[k], many[i].is_compiled);
		for (size_t k = 0; k < paths->count; k++)
			add_path(&c, paths->items[k]);
	}
	add_active(&c, &conf->scripts_user);
	return (struct readable){c.list, c.mapped};
}
