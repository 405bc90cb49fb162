#include "mda/tools/doctor/doctor.h"

#include "base/log.h"
#include "base/path.h"
#include "mda/conf/owner.h"
#include "mda/conf/tables/table.h"
#include "mda/tools/doctor/doctor_errors.h"

#include <unistd.h>

/* ---- reporting ---- */

void doctor_found(struct doctor *d, enum doctor_status status, struct str text, struct str mend)
{
	struct doctor_finding *f = ARENA_PUSH(d->mem, d->findings, d->finding_count);
	*f = (struct doctor_finding){d->check, status, text, mend};
}

const char *doctor_word(struct doctor *d, const char *text)
{
	return shell_word(str_of(text ? text : ""), d->mem).p;
}

const char *doctor_user_word(struct doctor *d)
{
	return shell_word(d->session.user.names.user, d->mem).p;
}

const char *doctor_tool(struct doctor *d, const char *command)
{
	const char *conf = d->session.inv.conf;
	return DOCTOR_TEXT(
		d, "mda %s%s%s", command, conf ? " -c " : "", conf ? doctor_word(d, conf) : "")
		.p;
}

void doctor_judge(struct doctor *d, bool is_bad, enum doctor_status status, struct str bad,
	struct str mend, struct str good)
{
	if (is_bad)
		doctor_found(d, status, bad, mend);
	else
		doctor_found(d, DOCTOR_OK, good, STR_EMPTY);
}

const char *doctor_path_of(struct doctor *d, struct str template)
{
	const char *path;
	if (template.n == 0 ||
		template_expand(template, &d->session.user.names, d->mem, &path, NULL) < 0)
		return NULL;
	return path;
}

/* ---- the start ---- */

/* Looks at the name alone: nothing is opened with root's rights. */
static struct doctor_path look(struct str path, struct arena *mem)
{
	struct doctor_path p = {0};
	size_t slash = str_rfind(path, '/');
	struct stat parent;
	if (path.n == 0)
		return p;
	p.exists = path_stat(arena_cstr(mem, path), &p.st) == 0;
	p.has_parent = slash == path.n || slash == 0 ||
		       path_stat(arena_cstr(mem, str_slice(path, 0, slash)), &parent) == 0;
	return p;
}

static void ask_table(struct doctor *d, struct str name, struct doctor_table *t)
{
	enum { SECONDS = 5 };
	struct str value;
	if (!table_is(name))
		return;
	struct table_map *table = table_new(name, d->mem);
	session_prepare_table(&d->session, table, SECONDS);
	*t = (struct doctor_table){.name = name, .file = table_password_file(name, d->mem)};
	t->failed = table_find(table, STR_LIT("nobody@mda-doctor.invalid"), &value, &t->why) < 0;
	t->at = look(str_of(t->file), d->mem);
}

/* With errors in mda.conf there is still an account to become: the usual one. */
static int configure(struct doctor *d)
{
	struct session *s = &d->session;
	d->file = look(str_of(s->inv.conf ? s->inv.conf : conf_default_path), d->mem);
	if (session_configure(s, &d->conf_error) == 0) {
		d->conf = s->conf;
		d->log = look(s->conf->log, d->mem);
		d->key = look(s->conf->stamp_key, d->mem);
		d->users_socket = look(s->conf->users_socket, d->mem);
		ask_table(d, s->conf->aliases, &d->aliases);
		ask_table(d, s->conf->address_settings, &d->settings);
		return 0;
	}
	d->conf_failed = true;
	doctor_errors_find(s->inv.conf ? s->inv.conf : conf_default_path, &d->conf_error, d->mem,
		&d->conf_errors);
	s->file = conf_load(NULL, d->mem, NULL);
	s->conf = conf_global(s->file, d->mem);
	return -1;
}

static void find_user(struct doctor *d)
{
	struct session *s = &d->session;
	int r = session_find_mailbox(s, &d->user_error);
	if (r == 0)
		r = session_become_user(s, &d->user_error);
	d->user_failed = r < 0;
	/* Without a home the paths are known all the same. */
	d->has_user = s->user.names.user.n && geteuid() != 0;
	if (d->has_user)
		d->conf = s->conf;
}

int doctor_begin(struct doctor *d, struct err *err)
{
	const struct invocation *inv = &d->session.inv;
	if (log_open("none", err) < 0)
		return -1;
	if (configure(d) == 0 && (inv->user || inv->recipient))
		find_user(d);
	d->account_failed = owner_drop(d->session.conf, d->mem, &d->account_error) < 0;
	return 0;
}
