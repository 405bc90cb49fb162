/*
 * Virtual users are found by walking the templates backwards: for "/var/mail/%d/%n/Maildir", this
 * is a walk over the directories in /var/mail, those in them, and so on, in which the variables
 * take the names that are found. A name that is guessed in this way counts only if the
 * configuration leads from it to the same path.
 */
#include "mda/conf/mailboxes.h"

#include "base/io.h"
#include "base/path.h"
#include "mda/conf/owner.h"
#include "mda/conf/user_dovecot.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PATH_MOST = 4096 };

struct search {
	const struct conf_file *file;
	struct arena *mem;
	struct mailboxes *found;
	struct str default_domain;
	struct err *err;
};

/* ---- one mailbox ---- */

int mailboxes_paths(const struct conf *conf, const struct template_values *names, struct arena *mem,
	const char **maildir, const char **state_dir, struct err *err)
{
	if (template_expand(conf->maildir, names, mem, maildir, err) < 0)
		return -1;
	return conf->state_dir.n ? template_expand(conf->state_dir, names, mem, state_dir, err) : 0;
}

int mailboxes_of(const struct conf_file *file, struct str name, struct arena *mem,
	struct mailbox *m, struct err *err)
{
	const struct conf *conf = conf_for(file, name, mem, err);
	if (!conf)
		return -1;
	*m = (struct mailbox){.name = arena_str(mem, name)};
	if (user_find(conf, name, mem, &m->user, err) < 0 ||
		user_follow(file, mem, &m->user, err) < 0)
		return -1;
	return mailboxes_paths(m->user.conf, &m->user.names, mem, &m->maildir, &m->state, err);
}

/* Root does not open a directory through a link that others can make. */
static int open_directory(const char *path)
{
	const int how = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
	if (geteuid() != 0)
		return path_open(path, how, 0);
	int place = owner_open_dir(path, NULL);
	int fd = place < 0 ? -1 : beneath_open(place, ".", how, 0);
	int e = errno;
	if (place >= 0)
		close(place); /* O_PATH */
	errno = e;
	return fd;
}

static bool is_directory(const char *path)
{
	int fd = geteuid() == 0 ? owner_open_dir(path, NULL) : -1;
	if (fd >= 0)
		close(fd); /* O_PATH */
	return geteuid() == 0 ? fd >= 0 : path_is_directory(path);
}

/*
 * Does the mailbox belong to nobody who gets mail, such as root? Then it is still one of those that
 * are found, so that the refusal is reported.
 */
static bool is_nobodys(struct search *s, struct mailbox *m, const struct err *err)
{
	const struct conf *conf = conf_for(s->file, m->name, s->mem, NULL);
	m->user.uid = 0;
	return conf && err->fault == FAULT_TEMP && m->user.names.home.n &&
	       template_expand(conf->maildir, &m->user.names, s->mem, &m->maildir, NULL) == 0;
}

/*
 * Adds the mailbox of NAME, if this is a user whose Maildir exists. PATH is where the mailbox was
 * seen, or NULL.
 */
static void consider(struct search *s, struct str name, const char *path)
{
	struct mailbox m = {0};
	struct err err;
	if ((mailboxes_of(s->file, name, s->mem, &m, &err) < 0 && !is_nobodys(s, &m, &err)) ||
		!is_directory(m.maildir))
		return;
	if (!path || strcmp(m.maildir, path) == 0)
		*(struct mailbox *)ARENA_PUSH(s->mem, s->found->items, s->found->count) = m;
}

/* ---- the system's users ---- */

static int find_system(struct search *s)
{
	const struct passwd *entry;
	errno = 0;
	setpwent();
	while ((entry = getpwent()))
		if (entry->pw_uid != 0)
			consider(s, str_of(entry->pw_name), NULL);
	int e = errno;
	endpwent();
	/* Some name services leave one of these in errno at the end of the list. */
	if (e == 0 || e == ENOENT || e == ENOTTY)
		return 0;
	return err_temp(s->err, "cannot read the list of users: %s", strerror(e));
}

/* ---- virtual users ---- */

/* The values of the variables so far; one that has not come yet is empty. */
struct names {
	struct str user, local, domain;
};

/* A place in the template, and the path that leads to it. */
struct walk {
	struct search *search;
	struct str template; /* what is left of it */
	struct str path;     /* with all slashes of the template; empty: the current directory */
	struct names names;
};

static int walk_on(const struct walk *w);

static struct str guess_name(const struct walk *w)
{
	const struct names *n = &w->names;
	if (n->user.n || n->local.n == 0)
		return n->user;
	struct str domain = n->domain.n ? n->domain : w->search->default_domain;
	return arena_fmt(w->search->mem, STR_FMT "@" STR_FMT, STR_ARGS(n->local), STR_ARGS(domain));
}

/* A component of the template, and the name of a directory that may match it. */
struct match {
	const struct walk *walk;
	struct str entry; /* the whole name */
	struct str rest;  /* of the template, after the component */
};

static int match_rest(
	const struct match *m, struct str pattern, struct str text, struct names names);

/* SLOT is the variable in NAMES, which is the caller's own copy. */
static int match_variable(const struct match *m, struct str pattern, struct str text,
	const struct names *names, struct str *slot)
{
	struct str after = str_slice(pattern, 2, pattern.n);
	if (slot->n) {
		size_t n = slot->n;
		if (text.n < n || !str_eq(str_slice(text, 0, n), *slot))
			return 0;
		return match_rest(m, after, str_slice(text, n, text.n), *names);
	}
	for (size_t n = 1; n <= text.n; n++) {
		*slot = str_slice(text, 0, n);
		if (match_rest(m, after, str_slice(text, n, text.n), *names) < 0)
			return -1;
	}
	return 0;
}

/* The whole name matches: walks into that directory. */
static int enter(const struct match *m, struct names names)
{
	struct walk next = *m->walk;
	next.names = names;
	next.template = m->rest;
	next.path = arena_fmt(
		next.search->mem, STR_FMT STR_FMT, STR_ARGS(m->walk->path), STR_ARGS(m->entry));
	return walk_on(&next);
}

static int match_rest(
	const struct match *m, struct str pattern, struct str text, struct names names)
{
	if (pattern.n == 0)
		return text.n == 0 ? enter(m, names) : 0;
	char letter = pattern.p[0] == '%' && pattern.n > 1 ? pattern.p[1] : '\0';
	switch (letter) {
	case 'u':
		return match_variable(m, pattern, text, &names, &names.user);
	case 'n':
		return match_variable(m, pattern, text, &names, &names.local);
	case 'd':
		return match_variable(m, pattern, text, &names, &names.domain);
	default:
		break;
	}
	if (letter == '%') /* "%%" is one */
		pattern = str_slice(pattern, 1, pattern.n);
	if (text.n == 0 || text.p[0] != pattern.p[0])
		return 0;
	return match_rest(m, str_slice(pattern, 1, pattern.n), str_slice(text, 1, text.n), names);
}

static int walk_entries(const struct walk *w, struct str component, struct str rest)
{
	const struct dirent *entry;
	int fd = open_directory(w->path.n ? w->path.p : "."), r = 0;
	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR || errno == 0)) /* 0: a link */
		return 0;
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	if (!dir) {
		err_temp(w->search->err, "cannot list %s: %s", w->path.p, strerror(errno));
		if (fd >= 0)
			close(fd); /* nothing was written */
		return -1;
	}
	errno = 0;
	while (r == 0 && (entry = readdir(dir))) {
		struct match m = {w, arena_str(w->search->mem, str_of(entry->d_name)), rest};
		if (m.entry.p[0] != '.') /* no part of an address starts with a dot */
			r = match_rest(&m, component, m.entry, w->names);
		errno = 0;
	}
	if (r == 0 && errno)
		r = err_temp(w->search->err, "cannot list %s: %s", w->path.p, strerror(errno));
	closedir(dir); /* nothing was written */
	return r;
}

/* Takes the slashes at the beginning of the template over into the path. */
static void walk_slashes(struct walk *w)
{
	size_t n = 0;
	while (n < w->template.n && w->template.p[n] == '/')
		n++;
	w->path =
		arena_fmt(w->search->mem, STR_FMT "%.*s", STR_ARGS(w->path), (int)n, w->template.p);
	w->template = str_slice(w->template, n, w->template.n);
}

/* Walks into the next component. One without variables is a fixed name. */
static int walk_on(const struct walk *w)
{
	struct walk next = *w;
	walk_slashes(&next);
	if (next.template.n == 0) {
		struct str name = guess_name(w);
		if (name.n)
			consider(w->search, name, next.path.p);
		return 0;
	}
	struct str left = next.template;
	size_t n = str_find(left, '/');
	struct str component = str_slice(left, 0, n), rest = str_slice(left, n, left.n);
	if (str_find(component, '%') < n)
		return walk_entries(&next, component, rest);
	next.template = rest;
	next.path = arena_fmt(
		w->search->mem, STR_FMT STR_FMT, STR_ARGS(next.path), STR_ARGS(component));
	return next.path.n < PATH_MOST ? walk_on(&next) : 0;
}

/* The template of the Maildir, in which %h is replaced by the template of the home. */
static struct str whole_template(const struct conf *conf, struct arena *mem)
{
	struct buf b = {0};
	struct str t = conf->maildir;
	for (size_t i = 0; i < t.n; i++) {
		bool home = t.p[i] == '%' && i + 1 < t.n && t.p[i + 1] == 'h';
		if (home)
			buf_add(&b, conf->virtual_home);
		else
			buf_byte(&b, t.p[i]);
		if (t.p[i] == '%' && i + 1 < t.n && !home)
			buf_byte(&b, t.p[i + 1]);
		i += t.p[i] == '%';
	}
	struct str whole = arena_str(mem, buf_str(&b));
	buf_free(&b);
	return whole;
}

/* Walks the template of DOMAIN; when it is empty, that of domains without a section. */
static int walk_template(struct search *s, struct str domain)
{
	struct str recipient = domain;
	if (domain.n)
		recipient = arena_fmt(s->mem, "@" STR_FMT, STR_ARGS(domain));
	const struct conf *conf = conf_written(s->file, recipient, s->mem, s->err);
	if (!conf)
		return -1;
	const struct walk w = {.search = s,
		.template = whole_template(conf, s->mem),
		.path = STR_EMPTY,
		.names = {.domain = domain}};
	return walk_on(&w);
}

/*
 * Walks the global template and those of domain sections, and adds the addresses that have
 * sections.
 */
static int find_virtual(struct search *s)
{
	struct str_list domains, addresses;
	conf_titles(s->file, &domains, &addresses, s->mem);
	int r = walk_template(s, STR_EMPTY);
	for (size_t i = 0; i < domains.count && r == 0; i++)
		r = walk_template(s, arena_lower(s->mem, domains.items[i]));
	for (size_t i = 0; i < addresses.count; i++)
		consider(s, arena_lower(s->mem, addresses.items[i]), NULL);
	return r;
}

/* ---- Dovecot's users ---- */

/*
 * Several names may be one mailbox, which is found by its own. If a user cannot be used, the reason
 * is reported when their turn comes.
 */
static void consider_dovecot(struct search *s, struct str name)
{
	struct mailbox m = {0};
	struct err err;
	int r = mailboxes_of(s->file, name, s->mem, &m, &err);
	if (r == 0 ? m.user.renamed || !is_directory(m.maildir) : err.fault == FAULT_NO_USER)
		return;
	m.name = name;
	m.wrong = r < 0 ? arena_str(s->mem, str_of(err.text)).p : NULL;
	*(struct mailbox *)ARENA_PUSH(s->mem, s->found->items, s->found->count) = m;
}

static int find_dovecot(struct search *s)
{
	struct str_list names;
	const struct conf *global = conf_global(s->file, s->mem);
	if (user_dovecot_list(global, s->mem, &names, s->err) < 0)
		return -1;
	for (size_t i = 0; i < names.count; i++)
		consider_dovecot(s, arena_lower(s->mem, names.items[i]));
	return 0;
}

/* ---- all of them ---- */

static int (*const find_all[])(struct search *s) = {
	[USERS_SYSTEM] = find_system,
	[USERS_VIRTUAL] = find_virtual,
	[USERS_DOVECOT] = find_dovecot,
};

static int compare(const void *a, const void *b)
{
	const struct mailbox *x = a, *y = b;
	return str_compare(x->name, y->name);
}

int mailboxes_find(
	const struct conf_file *file, struct arena *mem, struct mailboxes *found, struct err *err)
{
	const struct conf *global = conf_global(file, mem);
	struct search s = {file, mem, found, global->default_domain, err};
	size_t kept = 0;
	*found = (struct mailboxes){0};
	/* An error in a section must not hide its mailbox. */
	if (conf_check(file, err) < 0)
		return -1;
	int r = find_all[global->users](&s);
	if (found->count)
		qsort(found->items, found->count, sizeof *found->items, compare);
	for (size_t i = 0; i < found->count; i++)
		if (kept == 0 || compare(&found->items[kept - 1], &found->items[i]) != 0)
			found->items[kept++] = found->items[i];
	found->count = kept;
	return r;
}

static bool has_home(const struct conf *conf, struct str name, struct arena *mem)
{
	const char *home;
	size_t at = str_rfind(name, '@');
	const struct template_values names = {.user = name,
		.local = str_slice(name, 0, at),
		.domain = str_slice(name, at + 1, name.n)};
	return template_expand(conf->virtual_home, &names, mem, &home, NULL) == 0 &&
	       is_directory(home);
}

int mailboxes_has(const struct conf_file *file, struct str name, struct arena *mem, struct err *err)
{
	struct user user;
	struct err why;
	const struct conf *conf = conf_written(file, name, mem, &why);
	if (!conf)
		return 0;
	if (user_source(conf)->have_virtual_home)
		return has_home(conf, name, mem);
	if (user_find(conf, name, mem, &user, &why) == 0)
		return 1;
	if (!user_source(conf)->asks_server || why.fault == FAULT_NO_USER)
		return 0;
	if (err)
		*err = why;
	return -1;
}
