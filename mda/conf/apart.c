#include "mda/conf/apart.h"

#include "base/path.h"
#include "mda/conf/conf_key.h"
#include "mda/conf/user.h"
#include "store/folder.h"
#include <string.h>

/* The keys that name directories. The other keys name files, or files or directories. */
static const char *const directories[] = {
	"state_dir", "scripts_personal", "list_dirs", "address_books", "contacts_dir"};

struct checker {
	const struct template_values *names;
	const char *maildir;
	enum folder_layout layout;
	struct str template; /* of it */
	struct arena *mem;
	struct err *err;
};

/* PATH without double slashes, slashes at the end, and ".". */
static struct str clean(struct str path, struct arena *mem)
{
	char *to = arena_alloc(mem, path.n + 1);
	size_t n = 0;
	while (path.n) {
		size_t slash = str_find(path, '/');
		struct str part = str_slice(path, 0, slash);
		path = str_slice(path, slash + 1, path.n);
		if (part.n == 0 || str_eq(part, STR_LIT(".")))
			continue;
		to[n++] = '/';
		memcpy(to + n, part.p, part.n);
		n += part.n;
	}
	return (struct str){to, n};
}

/* The first component of PATH below the Maildir; empty when it is not below it. */
static struct str below(struct str path, struct str maildir)
{
	if (path.n <= maildir.n || !str_starts(path, maildir) || path.p[maildir.n] != '/')
		return STR_EMPTY;
	struct str rest = str_slice(path, maildir.n + 1, path.n);
	return str_slice(rest, 0, str_find(rest, '/'));
}

/* With layout = fs every directory is a folder. */
static bool is_mail(const struct checker *c, struct str name)
{
	return c->layout == FOLDER_NESTED || name.p[0] == '.' || str_eq(name, STR_LIT("cur")) ||
	       str_eq(name, STR_LIT("new")) || str_eq(name, STR_LIT("tmp"));
}

static bool names_directory(const char *key)
{
	for (size_t i = 0; i < sizeof directories / sizeof *directories; i++)
		if (strcmp(directories[i], key) == 0)
			return true;
	return false;
}

static int check_path(struct checker *c, const char *key, struct str template, const char *path)
{
	struct str maildir = clean(str_of(c->maildir), c->mem), of = clean(str_of(path), c->mem);
	struct str name = below(of, maildir);
	if (name.n == 0 || !is_mail(c, name))
		return 0;
	/* A file beside the folders, such as .dovecot.sieve, is not a folder. */
	if (maildir.n + 1 + name.n == of.n && !names_directory(key))
		return 0;
	return err_temp(c->err,
		"maildir = \"" STR_FMT "\": the Maildir %s would contain %s (%s = \"" STR_FMT
		"\"), "
		"and the directory " STR_FMT " is a folder for IMAP clients; keep the mail in a "
		"directory of its own, such as \"%%h/Maildir\"",
		STR_ARGS(c->template), c->maildir, path, key, STR_ARGS(template), STR_ARGS(name));
}

static int check_template(struct checker *c, const char *key, struct str template)
{
	const char *path;
	if (template.n == 0)
		return 0;
	if (template_expand(template, c->names, c->mem, &path, c->err) < 0)
		return -1;
	return check_path(c, key, template, path);
}

static int check_key(struct checker *c, const struct conf_key *key, const void *value)
{
	if (key->type == &conf_type_path)
		return check_template(c, key->name, *(const struct str *)value);
	if (key->type != &conf_type_paths)
		return 0;
	const struct str_list *list = value;
	for (size_t i = 0; i < list->count; i++)
		if (check_template(c, key->name, list->items[i]) < 0)
			return -1;
	return 0;
}

/* Is the Maildir the home under another name, such as a link of the admin's? */
static bool is_home(const char *maildir, struct str home, struct arena *mem)
{
	struct stat a, b;
	return home.n && path_stat(maildir, &a) == 0 && path_stat(arena_cstr(mem, home), &b) == 0 &&
	       a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

/*
 * Is ".." in PATH? Then it is not known what is in what. Below a home, ".." is refused when the
 * directory is opened.
 */
static bool climbs(struct str path)
{
	bool found = false;
	while (path.n && !found) {
		size_t slash = str_find(path, '/');
		found = str_eq(str_slice(path, 0, slash), STR_LIT(".."));
		path = str_slice(path, slash + 1, path.n);
	}
	return found;
}

int apart_check(const struct conf *conf, const struct template_values *names, struct arena *mem,
	struct err *err)
{
	struct checker c = {.names = names,
		.layout = conf->layout,
		.template = conf->maildir,
		.mem = mem,
		.err = err};
	if (template_expand(conf->maildir, names, mem, &c.maildir, err) < 0)
		return -1;
	if (climbs(str_of(c.maildir)))
		return err_temp(err, "maildir = \"" STR_FMT "\": the path contains ..",
			STR_ARGS(conf->maildir));
	if (is_home(c.maildir, names->home, mem))
		c.maildir = arena_cstr(mem, names->home);
	for (size_t i = 0; i < conf_key_count; i++) {
		const struct conf_key *key = &conf_keys[i];
		if (key->scopes & SCOPE_ADDRESS && key->offset != offsetof(struct conf, maildir) &&
			check_key(&c, key, (const char *)conf + key->offset) < 0)
			return -1;
	}
	return 0;
}

/* ---- everybody ---- */

/*
 * Checks for an address that may exist. What is wrong for one address is wrong for all, except that
 * some addresses cannot be file names.
 */
static int check_for(const struct conf_file *file, struct str address, struct str title,
	struct arena *mem, struct err *err)
{
	struct err why;
	const char *home;
	const struct conf *conf =
		title.n ? conf_written(file, address, mem, err) : conf_global(file, mem);
	if (!conf)
		return -1;
	size_t at = str_rfind(address, '@');
	struct template_values names = {.user = address,
		.local = str_slice(address, 0, at),
		.domain = str_slice(address, at + 1, address.n)};
	if (!user_source(conf)->are_addresses)
		names.user = names.local;
	if (!user_source(conf)->have_virtual_home)
		names.home = arena_fmt(mem, "/home/" STR_FMT, STR_ARGS(names.local));
	else if (template_expand(conf->virtual_home, &names, mem, &home, NULL) == 0)
		names.home = str_of(home);
	else
		return 0;
	if (apart_check(conf, &names, mem, &why) == 0 || why.fault == FAULT_NO_USER)
		return 0;
	return err_temp(err, STR_FMT "%s%s", STR_ARGS(title), title.n ? ": " : "", why.text);
}

/* Checks for the title of a section, which is a domain or an address. Frees what it uses. */
static int check_section(
	const struct conf_file *file, const char *what, struct str section, struct err *err)
{
	struct arena *mem = arena_new();
	struct str title = arena_fmt(mem, "%s \"" STR_FMT "\"", what, STR_ARGS(section));
	struct str address = str_find(section, '@') < section.n
				     ? section
				     : arena_fmt(mem, "user@" STR_FMT, STR_ARGS(section));
	int r = check_for(file, address, title, mem, err);
	arena_free(mem);
	return r;
}

int apart_check_all(const struct conf_file *file, struct arena *mem, struct err *err)
{
	struct str_list domains = {0}, addresses = {0};
	conf_titles(file, &domains, &addresses, mem);
	int r = check_for(file, STR_LIT("user@example.com"), STR_EMPTY, mem, err);
	for (size_t i = 0; i < domains.count && r == 0; i++)
		r = check_section(file, "domain", domains.items[i], err);
	for (size_t i = 0; i < addresses.count && r == 0; i++)
		r = check_section(file, "address", addresses.items[i], err);
	return r;
}
