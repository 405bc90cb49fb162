#include "mda/tools/refile/refile_session.h"

#include "base/path.h"
#include "base/str_list.h"
#include "mda/conf/user_become.h"

#include <errno.h>
#include <limits.h>
#include <pwd.h>
#include <string.h>
#include <unistd.h>

/* ---- a path of the command line as a setting ---- */

/* In a template a percent sign is written twice, and a path must not be relative. */
static struct str as_template(const char *path, struct arena *mem)
{
	char here[PATH_MAX];
	struct str parts[2] = {STR_EMPTY, str_of(path)}, all = STR_EMPTY;
	if (path[0] != '/' && getcwd(here, sizeof here))
		parts[0] = arena_fmt(mem, "%s/", here);
	struct str text = arena_join(mem, parts, 2);
	while (text.n) {
		size_t n = str_find(text, '%');
		all = arena_fmt(mem, STR_FMT STR_FMT "%s", STR_ARGS(all),
			STR_ARGS(str_slice(text, 0, n)), n < text.n ? "%%" : "");
		text = str_slice(text, n + 1, text.n);
	}
	return all;
}

static struct str_list only(struct str path, struct arena *mem)
{
	struct str_list list = {0};
	str_list_add(&list, path, mem);
	return list;
}

static struct str last_part(struct str path)
{
	size_t slash = str_rfind(path, '/');
	return slash < path.n ? str_slice(path, slash + 1, path.n) : path;
}

/* If the directory DIR has a file of that name, it is used instead. */
static void replace_list(struct str *list, const char *dir, struct arena *mem)
{
	if (list->n == 0)
		return;
	struct str file = last_part(*list);
	const char *path = arena_fmt(mem, "%s/" STR_FMT, dir, STR_ARGS(file)).p;
	if (path_exists(path) == 0)
		*list = as_template(path, mem);
}

static void replace_lists(struct conf *conf, const char *dir, struct arena *mem)
{
	replace_list(&conf->global_allow, dir, mem);
	replace_list(&conf->global_block, dir, mem);
	replace_list(&conf->user_allow, dir, mem);
	replace_list(&conf->user_block, dir, mem);
}

static void wish_script(struct conf *conf, const char *script, struct arena *mem)
{
	if (script)
		conf->scripts_user = only(as_template(script, mem), mem);
}

static void wish(struct conf *conf, const struct refile_wishes *w, struct arena *mem)
{
	wish_script(conf, w->script, mem);
	if (w->block)
		conf->user_block = as_template(w->block, mem);
	if (w->allow)
		conf->user_allow = as_template(w->allow, mem);
	if (w->lists)
		replace_lists(conf, w->lists, mem);
}

/* ---- the sides ---- */

static const char *myself(struct arena *mem)
{
	const struct passwd *me = getpwuid(getuid());
	return me ? arena_cstr(mem, str_of(me->pw_name)) : "";
}

static int open_side(struct refile_session *r, size_t side, const struct refile_wishes *w,
	struct mailbox *m, struct err *err)
{
	struct session *s = &r->sides[side];
	bool nobody = !w->user && !w->recipient;
	*s = (struct session){.mem = r->mem,
		.asks = true,
		.inv = {.conf = side == REFILE_NEW && w->new_conf ? w->new_conf : w->conf,
			.user = nobody ? myself(r->mem) : w->user,
			.recipient = w->recipient,
			.original = w->original,
			.sender = w->sender}};
	if (session_named(s, m, err) < 0 || (w->sends && session_read_keys(s, err) < 0))
		return -1;
	r->changed[side] = *s->conf;
	s->conf = &r->changed[side];
	return 0;
}

/* The mail is where the configuration in force says. */
static int open_sides(struct refile_session *r, const struct refile_wishes *w, struct err *err)
{
	struct mailbox other;
	bool both = w->new_conf || r->count > REFILE_OLD;
	if (open_side(r, REFILE_NEW, w, &r->mailbox, err) < 0)
		return -1;
	wish(&r->changed[REFILE_NEW], w, r->mem);
	if (!both)
		return 0;
	if (open_side(r, REFILE_OLD, w, w->new_conf ? &r->mailbox : &other, err) < 0)
		return -1;
	wish_script(&r->changed[REFILE_OLD], w->against, r->mem);
	return 0;
}

/* A file that does not exist is no rule for a delivery, but a mistake here. As the user. */
static int check_files(const struct refile_wishes *w, struct err *err)
{
	const char *const files[] = {w->script, w->against, w->block, w->allow, w->lists};
	for (size_t i = 0; i < sizeof files / sizeof *files; i++)
		if (files[i] && path_exists(files[i]) < 0)
			return err_temp(err, "cannot find %s: %s", files[i], beneath_why(errno));
	return 0;
}

int refile_session_open(struct refile_session *r, const struct refile_wishes *w, struct err *err)
{
	r->count = w->compare || w->against ? REFILE_SIDES : 1;
	r->sends = w->sends;
	if (open_sides(r, w, err) < 0 || user_become(&r->mailbox.user, err) < 0)
		return -1;
	return check_files(w, err);
}
