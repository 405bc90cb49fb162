/*
 * mda-doctor: checks everything around mda, each in a line: what was found, and what mends it. It
 * changes nothing.
 */
#include "base/io.h"
#include "base/path.h"
#include "mda/tools/doctor/doctor_all.h"
#include "mda/tools/doctor/doctor_show.h"
#include "mda/tools/program.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int take_jobs(void *request, const char *value, struct err *err)
{
	unsigned long long n;
	if (!str_number(str_of(value), 1000, &n) || n == 0)
		return err_temp(err, "--jobs takes a number from 1 to 1000, not %s", value);
	((struct doctor *)request)->jobs = (size_t)n;
	return 0;
}

#define AT(field) offsetof(struct doctor, field)
static const struct option_row options[] = {
	{"user", "user", "check the mailbox of this login or address, too", 'd',
		AT(session.inv.user), NULL},
	{"recipient", "address", "the same for this recipient", 'r', AT(session.inv.recipient),
		NULL},
	{"all", NULL, "check every mailbox of the configuration", 0, AT(all), NULL},
	{"jobs", "n", "mailboxes at once (default: the number of processors)", 'j', 0, take_jobs},
	{"conf", "file", "configuration file", 'c', AT(session.inv.conf), NULL},
	{"set", "key=value", "set a configuration key", 'o', AT(session), session_take_setting},
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
	progress_start(&progress, "checking", doctor_check_count, d->json || d->quiet_progress);
	for (size_t i = 0; i < doctor_check_count; i++) {
		d->check = &doctor_checks[i];
		progress.what = d->check->name;
		bool may = !d->account_failed || strcmp(d->check->name, "conf-account") == 0;
		if (may && is_wanted(d->check, count, words) && can_run(d, d->check) &&
			doctor_all_runs(d, d->check))
			d->check->run(d);
		progress_at(&progress, i + 1);
	}
	progress_end(&progress);
}

/* ---- what it prints ---- */

static int print_result(const struct doctor *d, struct err *err)
{
	struct buf out = {0};
	const struct terminal look = terminal_of(STDOUT_FILENO);
	enum doctor_status worst = DOCTOR_OK;
	if (d->json)
		doctor_show_json(&out, d);
	else
		doctor_show_text(&out, d, &look);
	for (size_t i = 0; i < d->finding_count; i++)
		if (d->findings[i].status > worst)
			worst = d->findings[i].status;
	/* What is in it is safe to be shown, and may have colours. */
	int r = io_write(STDOUT_FILENO, buf_str(&out), "the result", err);
	buf_free(&out);
	return r < 0 ? -1 : (int)worst;
}

/* ---- the program ---- */

static int run(
	const struct command *command, void *request, size_t count, char **words, struct err *err)
{
	struct doctor *d = request;
	(void)command;
	if (d->list)
		return print_list(err);
	if (check_words(count, words, err) < 0)
		return -1;
	if (d->recorded && !path_is_directory(d->recorded))
		return err_temp(err, "--recorded: %s is not a directory", d->recorded);
	if (d->all && (d->session.inv.user || d->session.inv.recipient))
		return err_temp(err, "--all means every mailbox: give no -d or -r with it");
	if (d->all)
		return doctor_all(d, run_checks, count, words, err);
	if (doctor_begin(d, err) < 0)
		return -1;
	run_checks(d, count, words);
	return print_result(d, err);
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
