#include "mda/tools/doctor/doctor_ask.h"

#include "base/io.h"
#include "base/path.h"
#include "base/str_list.h"
#include "mda/outgoing/extprogram.h"
#include "mda/tools/doctor/doctor.h"

#include <limits.h>
#include <stddef.h>
#include <unistd.h>

enum { TEXT_MOST = 16 << 20, SECONDS = 20, MEMORY = 1 << 30, PROGRAMS = 2 };

/* How each is asked. */
struct source {
	const char *file;               /* the name in the directory of --recorded */
	const char *programs[PROGRAMS]; /* paths, of which the first that exists counts */
	const char *arguments[2];
	size_t other;      /* the option that names another configuration, in struct doctor */
	const char *flag;  /* by which the program takes it */
	const char *reads; /* no program is asked: the configuration is this file */
};

static const struct source sources[DOCTOR_SOURCES] = {
	[DOCTOR_POSTCONF] = {"postconf-n", {"/usr/sbin/postconf"}, {"-n"},
		offsetof(struct doctor, postfix), "-c", NULL},
	[DOCTOR_MASTER] = {"postconf-M", {"/usr/sbin/postconf"}, {"-M"},
		offsetof(struct doctor, postfix), "-c", NULL},
	[DOCTOR_EXIM] = {"exim-bP", {"/usr/sbin/exim4", "/usr/sbin/exim"}, {"-bP"},
		offsetof(struct doctor, exim), "-C", NULL},
	[DOCTOR_EXIM_TRANSPORTS] = {"exim-bP-transports", {"/usr/sbin/exim4", "/usr/sbin/exim"},
		{"-bP", "transports"}, offsetof(struct doctor, exim), "-C", NULL},
	[DOCTOR_SMTPD] = {"smtpd.conf", {NULL}, {NULL}, offsetof(struct doctor, smtpd), NULL,
		"/etc/smtpd.conf"},
	[DOCTOR_SMTPD_CHECK] = {"smtpd-n", {"/usr/sbin/smtpd"}, {"-n"},
		offsetof(struct doctor, smtpd), "-f", NULL},
	[DOCTOR_DOVECONF] = {"doveconf-n", {"/usr/bin/doveconf", "/usr/sbin/doveconf"}, {"-n"},
		offsetof(struct doctor, dovecot), "-c", NULL},
};

static void read_text(struct doctor *d, const char *path, struct doctor_output *to)
{
	struct err err;
	int r = io_read_file(path, TEXT_MOST, d->mem, &to->text, &err);
	to->exists = r != 0;
	to->failed = r < 0;
	if (r < 0)
		to->text = DOCTOR_TEXT(d, "%s", err.text);
}

static const char *program_of(const struct source *s)
{
	for (size_t i = 0; i < PROGRAMS; i++)
		if (s->programs[i] && path_exists(s->programs[i]) == 0)
			return s->programs[i];
	return NULL;
}

/* The program is started in another directory. */
static struct str from_here(struct doctor *d, const char *path)
{
	char here[PATH_MAX];
	if (path[0] == '/' || !getcwd(here, sizeof here))
		return str_of(path);
	return DOCTOR_TEXT(d, "%s/%s", here, path);
}

static struct str_list arguments_of(struct doctor *d, const struct source *s, const char *other)
{
	struct str_list all = {0};
	if (other) {
		str_list_add(&all, str_of(s->flag), d->mem);
		str_list_add(&all, from_here(d, other), d->mem);
	}
	for (size_t i = 0; i < 2 && s->arguments[i]; i++)
		str_list_add(&all, str_of(s->arguments[i]), d->mem);
	return all;
}

static void run_program(struct doctor *d, const struct source *s, const char *path,
	const char *other, struct doctor_output *to)
{
	static struct str environment[] = {
		STR_LIT("PATH=/usr/sbin:/usr/bin:/sbin:/bin"), STR_LIT("LC_ALL=C")};
	struct str whole = str_of(path);
	size_t slash = str_rfind(whole, '/');
	struct extprogram p = {.dir = arena_cstr(d->mem, str_slice(whole, 0, slash)),
		.name = str_slice(whole, slash + 1, whole.n),
		.arguments = arguments_of(d, s, other),
		.environment = {environment, sizeof environment / sizeof *environment},
		.start_in = "/",
		.spool_dir = "/tmp",
		.may_be_set_uid = true,
		.seconds = SECONDS,
		.memory = MEMORY,
		.output = TEXT_MOST};
	struct extprogram_result result;
	struct err err;
	to->exists = true;
	to->failed = extprogram_run(&p, d->mem, &result, &err) < 0;
	if (to->failed) {
		to->text = DOCTOR_TEXT(d, "%s", err.text);
		return;
	}
	to->failed = result.status != 0;
	to->text = to->failed ? result.complaint : result.output;
}

static void ask(struct doctor *d, const struct source *s, struct doctor_output *to)
{
	const char *other = *(const char *const *)(const void *)((const char *)d + s->other);
	const char *program = program_of(s);
	if (d->recorded)
		read_text(d, DOCTOR_TEXT(d, "%s/%s", d->recorded, s->file).p, to);
	else if (s->reads)
		read_text(d, other ? other : s->reads, to);
	else if (program)
		run_program(d, s, program, other, to);
	/* Somebody has named its configuration, so it is not just absent. */
	if (!to->exists && other && !d->recorded)
		*to = (struct doctor_output){.exists = true,
			.failed = true,
			.text = DOCTOR_TEXT(
				d, "%s does not exist", s->reads ? other : s->programs[0])};
}

const struct doctor_output *doctor_ask(struct doctor *d, enum doctor_source source)
{
	struct doctor_output *to = &d->outputs[source];
	if (!to->asked) {
		ask(d, &sources[source], to);
		to->asked = true;
	}
	return to;
}

bool doctor_ask_failed(struct doctor *d, enum doctor_source source, const char *program)
{
	const struct doctor_output *o = doctor_ask(d, source);
	if (o->exists && o->failed)
		doctor_found(d, DOCTOR_WARNING,
			DOCTOR_TEXT(d, "%s cannot be asked: " STR_FMT, program, STR_ARGS(o->text)),
			DOCTOR_TEXT(d, "record what it prints, as root, and use --recorded (see "
				       "mda-doctor(8))"));
	return !o->exists || o->failed;
}
