/*
 * mda-doctor: checks everything around mda, each in a line: what was found, and what mends it. It
 * changes nothing.
 */
#include "base/json.h"
#include "base/printable.h"
#include "mda/tools/doctor/doctor.h"
#include "mda/tools/program.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char *const status_words[] = {"ok", "warning", "error"};

static int take_setting(void *request, const char *value, struct err *err)
{
	struct session *s = &((struct doctor *)request)->session;
	(void)err;
	*(const char **)ARENA_PUSH(s->mem, s->inv.overrides, s->inv.override_count) = value;
	return 0;
}

#define AT(field) offsetof(struct doctor, field)
static const struct option_row options[] = {
	{"user", "user", "check the mailbox of this login or address, too", 'd',
		AT(session.inv.user), NULL},
	{"recipient", "address", "the same for this recipient", 'r', AT(session.inv.recipient),
		NULL},
	{"conf", "file", "configuration file", 'c', AT(session.inv.conf), NULL},
	{"set", "key=value", "set a configuration key", 'o', 0, take_setting},
	{"postfix", "dir", "Postfix's configuration, if it is not the usual one", 0, AT(postfix),
		NULL},
	{"exim", "file", "the same for Exim", 0, AT(exim), NULL},
	{"smtpd", "file", "the same for OpenSMTPD", 0, AT(smtpd), NULL},
	{"dovecot", "file", "the same for Dovecot", 0, AT(dovecot), NULL},
	{"recorded", "dir", "read what these programs print from files in DIR", 0, AT(recorded),
		NULL},
	{"quiet", NULL, "print only what is not ok", 'q', AT(quiet), NULL},
	{"json", NULL, "print the result as JSON", 0, AT(json), NULL},
	{"list", NULL, "print the names of all checks", 0, AT(list), NULL},
	{"help", NULL, "print this help", 'h', AT(help), NULL},
	{"version", NULL, "print the version", 0, AT(version), NULL},
	{0},
};

/* ---- which checks ---- */

static int print_list(struct err *err)
{
	struct buf out = {0};
	for (size_t i = 0; i < doctor_check_count; i++)
		buf_fmt(&out, "%-9s  %-22s  %s\n", doctor_checks[i].group, doctor_checks[i].name,
			doctor_checks[i].meaning);
	int r = program_print(&out, err);
	buf_free(&out);
	return r;
}

static bool is_called(const struct doctor_check *c, const char *word)
{
	return strcmp(c->name, word) == 0 || strcmp(c->group, word) == 0;
}

/* Without words, every check is wanted. */
static bool is_wanted(const struct doctor_check *c, size_t count, char **words)
{
	bool found = count == 0;
	for (size_t i = 0; i < count && !found; i++)
		found = is_called(c, words[i]);
	return found;
}

static int check_words(size_t count, char **words, struct err *err)
{
	for (size_t i = 0; i < count; i++) {
		bool known = false;
		for (size_t k = 0; k < doctor_check_count && !known; k++)
			known = is_called(&doctor_checks[k], words[i]);
		if (!known)
			return err_temp(err,
				"there is no check or group \"%s\"; see mda-doctor --list",
				words[i]);
	}
	return 0;
}

static bool can_run(const struct doctor *d, const struct doctor_check *c)
{
	if (c->need == DOCTOR_NEEDS_CONF)
		return d->conf != NULL;
	return c->need == DOCTOR_ANYTIME || (d->conf && d->has_user);
}

/* Without an account to become, nothing more is done with root's rights. */
static void run_checks(struct doctor *d, size_t count, char **words)
{
	struct progress progress;
	progress_start(&progress, "checking", doctor_check_count, d->json);
	for (size_t i = 0; i < doctor_check_count; i++) {
		d->check = &doctor_checks[i];
		progress.what = d->check->name;
		bool may = !d->account_failed || strcmp(d->check->name, "conf-account") == 0;
		if (may && is_wanted(d->check, count, words) && can_run(d, d->check))
			d->check->run(d);
		progress_at(&progress, i + 1);
	}
	progress_end(&progress);
}

/* ---- what it prints ---- */

struct tally {
	size_t count[DOCTOR_ERROR + 1];
	enum doctor_status worst;
};

static struct tally count_findings(const struct doctor *d)
{
	struct tally t = {.worst = DOCTOR_OK};
	for (size_t i = 0; i < d->finding_count; i++) {
		enum doctor_status s = d->findings[i].status;
		t.count[s]++;
		if (s > t.worst)
			t.worst = s;
	}
	return t;
}

static void put_summary(struct buf *to, const struct tally *t)
{
	buf_fmt(to, "%s: %zu error%s, %zu warning%s, %zu ok\n", status_words[t->worst],
		t->count[DOCTOR_ERROR], t->count[DOCTOR_ERROR] == 1 ? "" : "s",
		t->count[DOCTOR_WARNING], t->count[DOCTOR_WARNING] == 1 ? "" : "s",
		t->count[DOCTOR_OK]);
}

static void put_finding(struct buf *to, const struct doctor_finding *f)
{
	buf_fmt(to, "%-7s  %-22s  ", status_words[f->status], f->check->name);
	printable_add(to, f->text);
	if (f->mend.n) {
		buf_text(to, "; mend: ");
		printable_add(to, f->mend);
	}
	buf_byte(to, '\n');
}

/* A monitoring program shows the first line, a person reads the last one first. */
static void put_text(struct buf *to, const struct doctor *d, const struct tally *t)
{
	if (d->quiet)
		put_summary(to, t);
	for (size_t i = 0; i < d->finding_count; i++)
		if (!d->quiet || d->findings[i].status != DOCTOR_OK)
			put_finding(to, &d->findings[i]);
	if (!d->quiet)
		put_summary(to, t);
}

static void put_json_finding(struct json *json, const struct doctor_finding *f)
{
	json_next_line(json);
	json_begin_object(json);
	json_text(json, "check", str_of(f->check->name));
	json_text(json, "group", str_of(f->check->group));
	json_text(json, "status", str_of(status_words[f->status]));
	json_text(json, "text", f->text);
	if (f->mend.n)
		json_text(json, "mend", f->mend);
	json_end_object(json);
}

static void put_json(struct buf *to, const struct doctor *d, const struct tally *t)
{
	struct json json = {.to = to};
	json_begin_object(&json);
	json_text(&json, "status", str_of(status_words[t->worst]));
	json_number(&json, "errors", t->count[DOCTOR_ERROR]);
	json_number(&json, "warnings", t->count[DOCTOR_WARNING]);
	json_number(&json, "ok", t->count[DOCTOR_OK]);
	json_named_array(&json, "findings");
	for (size_t i = 0; i < d->finding_count; i++)
		if (!d->quiet || d->findings[i].status != DOCTOR_OK)
			put_json_finding(&json, &d->findings[i]);
	json_end_array(&json);
	json_end_object(&json);
	json_end_line(&json);
}

/* ---- the program ---- */

static int run(
	const struct command *command, void *request, size_t count, char **words, struct err *err)
{
	struct doctor *d = request;
	struct buf out = {0};
	(void)command;
	if (d->list)
		return print_list(err);
	if (check_words(count, words, err) < 0 || doctor_begin(d, err) < 0)
		return -1;
	run_checks(d, count, words);
	struct tally t = count_findings(d);
	(d->json ? put_json : put_text)(&out, d, &t);
	int r = program_print(&out, err);
	buf_free(&out);
	return r < 0 ? -1 : (int)t.worst;
}

static const struct command check = {"check", "", "check everything", 0};

static const struct program program = {
	.name = "mda-doctor",
	.synopsis = "mda-doctor [options] [CHECK or GROUP ...]",
	.usual = &check,
	.options = options,
	.help = AT(help),
	.version = AT(version),
	.end = "Exit status: 0 all is well; 1 there are warnings; 2 there are errors; 75 failed.",
	.run = run,
};

int main(int argc, char **argv)
{
	struct arena *mem = arena_new();
	struct doctor d = {.session = {.mem = mem, .asks = true}, .mem = mem};
	int status = program_main(&program, &d, argc, argv);
	arena_free(mem);
	return status;
}
