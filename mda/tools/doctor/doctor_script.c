#include "mda/tools/doctor/doctor_script.h"

#include "base/path.h"
#include "filters/rules_check.h"
#include "mda/stage_conf.h"
#include "mda/tools/doctor/doctor.h"

#include <dirent.h>

enum { TOLD = 20 };

/* Without a user, only the admin's scripts are known. */
static void compile(struct doctor *d, struct sv_errors *errors, size_t *count)
{
	struct conf conf = *d->conf;
	struct rules_conf rules;
	*errors = (struct sv_errors){0};
	*count = 0;
	if (!d->has_user) {
		conf.scripts_user = conf.scripts_personal = (struct str_list){0};
		conf.maildir = conf.state_dir = STR_LIT("/nonexistent");
	}
	if (stage_conf_scripts(&conf, &d->session.user, d->mem, &rules, NULL) == 0)
		*count = rules_check(&rules, d->mem, errors);
}

static struct str sentence(struct doctor *d, const struct diag *e)
{
	return e->line ? DOCTOR_TEXT(d, STR_FMT ":%u:%u: " STR_FMT, STR_ARGS(e->file), e->line,
				 e->column, STR_ARGS(e->text))
		       : DOCTOR_TEXT(d, STR_FMT ": " STR_FMT, STR_ARGS(e->file), STR_ARGS(e->text));
}

void doctor_script_errors(struct doctor *d)
{
	struct sv_errors errors;
	size_t count;
	compile(d, &errors, &count);
	for (size_t i = 0; i < errors.count && i < TOLD; i++)
		doctor_found(d, DOCTOR_ERROR, sentence(d, &errors.items[i]),
			DOCTOR_TEXT(d,
				"correct it; until then the script does not run, and mail is "
				"kept"));
	if (!errors.count)
		doctor_found(d, DOCTOR_OK,
			DOCTOR_TEXT(
				d, "%zu script%s no errors", count, count == 1 ? " has" : "s have"),
			STR_EMPTY);
}

/* Warnings about a line are advice; those about a whole script say that it does not run. */
static void tell_warnings(struct doctor *d, bool about_lines, const char *mend, const char *good)
{
	struct sv_errors errors;
	size_t count, told = 0;
	compile(d, &errors, &count);
	for (size_t i = 0; i < errors.warning_count && told < TOLD; i++)
		if ((errors.warnings[i].line > 0) == about_lines && ++told)
			doctor_found(
				d, DOCTOR_WARNING, sentence(d, &errors.warnings[i]), str_of(mend));
	if (!told)
		doctor_found(d, DOCTOR_OK, str_of(good), STR_EMPTY);
}

void doctor_script_advice(struct doctor *d)
{
	tell_warnings(d, true, "read this line again; \"mda sieve test\" tries it on a message",
		"no line of a script is suspicious");
}

void doctor_script_shadow(struct doctor *d)
{
	tell_warnings(d, false, "remove one of the scripts, or set scripts_user",
		"no script hides another one");
}

/* ---- scripts that are not where mda looks ---- */

static bool has_script(struct doctor *d)
{
	for (size_t i = 0; i < d->conf->scripts_user.count; i++) {
		const char *path = doctor_path_of(d, d->conf->scripts_user.items[i]);
		if (path && path_exists(path) == 0)
			return true;
	}
	return false;
}

/* A *.sieve in DIR, or NULL. */
static const char *sieve_in(struct doctor *d, const char *dir)
{
	DIR *all = path_opendir(dir);
	const struct dirent *entry;
	const char *found = NULL;
	while (all && !found && (entry = readdir(all)))
		if (str_iends(str_of(entry->d_name), STR_LIT(".sieve")))
			found = DOCTOR_TEXT(d, "%s/%s", dir, entry->d_name).p;
	if (all)
		closedir(all);
	return found;
}

static const char *script_elsewhere(struct doctor *d)
{
	static const char *const files[] = {".dovecot.sieve", ".sieve", ".mda/rules.sieve"};
	static const char *const dirs[] = {"sieve", ".mda", ".mda/sieve", "."};
	const char *home = d->session.user.names.home.p, *found = NULL;
	for (size_t i = 0; i < sizeof files / sizeof *files && !found; i++) {
		struct str path = DOCTOR_TEXT(d, "%s/%s", home, files[i]);
		if (path_exists(path.p) == 0)
			found = path.p;
	}
	for (size_t i = 0; i < sizeof dirs / sizeof *dirs && !found; i++)
		found = sieve_in(d, DOCTOR_TEXT(d, "%s/%s", home, dirs[i]).p);
	return found;
}

void doctor_script_unseen(struct doctor *d)
{
	bool has = has_script(d);
	const char *elsewhere = has ? NULL : script_elsewhere(d);
	doctor_judge(d, elsewhere != NULL, DOCTOR_WARNING,
		DOCTOR_TEXT(d, "none of scripts_user exists, but there is %s, which does not run",
			elsewhere ? elsewhere : ""),
		STR_LIT("rename it, or set scripts_user"),
		has ? STR_LIT("the user has a script") : STR_LIT("the user has no script"));
}

void doctor_script_failed(struct doctor *d)
{
	for (size_t i = 0; i < d->conf->scripts_user.count; i++) {
		const char *path = doctor_path_of(d, d->conf->scripts_user.items[i]);
		struct str beside = DOCTOR_TEXT(d, "%s.errors", path ? path : "");
		if (!path || path_exists(beside.p) < 0)
			continue;
		doctor_found(d, DOCTOR_WARNING,
			DOCTOR_TEXT(d, "a delivery could not run the script: see " STR_FMT,
				STR_ARGS(beside)),
			DOCTOR_TEXT(
				d, "correct the script, then: rm %s", doctor_word(d, beside.p)));
		return;
	}
	doctor_found(
		d, DOCTOR_OK, STR_LIT("no delivery has found errors in the script"), STR_EMPTY);
}
