#include "filters/rules.h"

#include "base/io.h"
#include "base/mime.h"
#include "base/path.h"
#include "base/str_list.h"
#include "filters/rules_result.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* ---- which scripts ---- */

static int wants_script(const struct dirent *entry)
{
	struct str name = str_of(entry->d_name);
	return name.p[0] != '.' && str_iends(name, STR_LIT(".sieve"));
}

static void add_path(struct str_list *list, struct str path, struct arena *mem)
{
	str_list_add(list, path, mem);
}

static void add_directory(struct str_list *list, struct str dir, struct verdict *v)
{
	struct dirent **entries;
	int n = path_scandir(dir.p, &entries, wants_script);
	if (n < 0) {
		struct err err;
		err_system(&err, errno, "cannot read the scripts in %s", dir.p);
		verdict_trouble(v, "script", &err);
		return;
	}
	for (int i = 0; i < n; i++) {
		struct str path =
			arena_fmt(v->mem, STR_FMT "/%s", STR_ARGS(dir), entries[i]->d_name);
		add_path(list, path, v->mem);
		free(entries[i]);
	}
	free(entries);
}

/* Paths are also C strings; conf makes them so. */
struct str_list rules_files(const struct str_list *paths, struct verdict *v)
{
	struct str_list files = {0};
	for (size_t i = 0; i < paths->count; i++) {
		struct stat st;
		if (path_stat(paths->items[i].p, &st) == 0 && S_ISDIR(st.st_mode))
			add_directory(&files, paths->items[i], v);
		else
			add_path(&files, paths->items[i], v->mem);
	}
	return files;
}

/* ---- one script ---- */

struct run {
	const struct rules_conf *conf;
	struct sv_input input; /* what the next script sees */
	struct verdict *v;
};

static struct str describe(const struct sv_errors *errors, struct arena *mem)
{
	struct buf text = {0};
	for (size_t i = 0; i < errors->count; i++) {
		const struct diag *d = &errors->items[i];
		buf_add(&text, d->file);
		if (d->line)
			buf_fmt(&text, ":%u", d->line);
		if (d->line && d->column)
			buf_fmt(&text, ":%u", d->column);
		buf_text(&text, ": ");
		buf_add(&text, d->text);
		buf_byte(&text, '\n');
	}
	struct str kept = arena_str(mem, buf_str(&text));
	buf_free(&text);
	return kept;
}

/*
 * The errors of the user's script are written to a file beside it; without errors the file is
 * removed.
 */
static void report_beside(struct run *run, struct str script, struct str text)
{
	struct str beside = arena_fmt(run->v->mem, STR_FMT ".errors", STR_ARGS(script));
	verdict_report(run->v, beside, text);
}

static void note_lines(struct run *run, struct str text)
{
	struct str line;
	while (str_line(&text, &line))
		verdict_note(run->v, "script " STR_FMT, STR_ARGS(line));
}

static void report_errors(
	struct run *run, struct str path, const struct sv_errors *errors, bool is_users)
{
	struct str all = describe(errors, run->v->mem);
	note_lines(run, all);
	if (is_users)
		report_beside(run, path, all);
}

/*
 * Runs the script. Returns why the result does not count, with the file and the line; empty: it
 * counts.
 */
static struct str try_script(struct run *run, const struct sv_script *compiled, struct str path,
	struct sv_result *result)
{
	struct arena *mem = run->v->mem;
	struct err err;
	if (run->conf->engine->run(compiled, &run->input, mem, result, &err) < 0)
		return arena_str(mem, str_of(err.text));
	struct rules_conflict c = rules_conflict(result, run->conf, run->v);
	if (c.why)
		return arena_fmt(mem, STR_FMT ":%u: %s", STR_ARGS(c.at->script), c.at->line, c.why);
	/* If GMime was missing, what the script decided is not about this message. */
	const char *missed = mime_missed();
	return missed ? arena_fmt(mem, STR_FMT ": %s", STR_ARGS(path), missed) : STR_EMPTY;
}

/* What went wrong without ending the run, one line each. */
static struct str faults_text(struct run *run, const struct str_list *faults)
{
	struct str text = STR_EMPTY;
	for (size_t i = 0; i < faults->count; i++)
		text = arena_fmt(run->v->mem, STR_FMT STR_FMT "\n", STR_ARGS(text),
			STR_ARGS(faults->items[i]));
	return text;
}

static bool run_compiled(struct run *run, const struct sv_script *compiled, struct str path,
	bool is_users, struct rules_keep *keep)
{
	struct sv_result result = {0};
	struct str wrong = try_script(run, compiled, path, &result);
	struct str text = faults_text(run, &result.faults);
	if (wrong.n)
		text = arena_fmt(run->v->mem, STR_FMT STR_FMT "; the message is kept\n",
			STR_ARGS(text), STR_ARGS(wrong));
	if (is_users)
		report_beside(run, path, text);
	note_lines(run, text);
	return wrong.n ? true : rules_take(run->conf, &result, &run->input, run->v, keep);
}

/* The link that marks the active script leads to a file that does not exist. */
static void report_dangling(struct run *run, struct str link, struct str file)
{
	struct str text = arena_fmt(run->v->mem,
		STR_FMT ": it does not exist, but " STR_FMT
			" leads to it; none of your rules are run\n",
		STR_ARGS(file), STR_ARGS(link));
	verdict_note(run->v, "script " STR_FMT, STR_ARGS(str_trim(text)));
	report_beside(run, link, text);
}

static void tell_script(
	struct run *run, struct str path, enum findings_wanted level, const char *what)
{
	verdict_found(run->v, level,
		(struct finding){.stage = "rules",
			.kind = FINDING_LOOKED,
			.field = STR_LIT("script"),
			.value = path,
			.why = str_of(what)});
}

static struct sv_script *compile(
	struct run *run, struct str file, struct str text, struct sv_errors *errors)
{
	const struct rules_conf *conf = run->conf;
	const struct rules_script *s = rules_kept_find(conf->kept, file, text);
	if (!s && conf->kept && !conf->kept->is_complete)
		s = rules_kept_add(conf->kept, conf->engine, file, text);
	if (!s)
		return conf->engine->compile(file, text, conf->host, run->v->mem, errors);
	*errors = s->errors;
	return s->compiled;
}

/*
 * False when the script does not exist. *KEPT: would the message be kept, as far as this script
 * decides?
 */
static bool run_script(
	struct run *run, struct str path, bool is_users, bool *kept, struct rules_keep *keep)
{
	struct str text, file = is_users ? path_active(path.p, run->v->mem) : path;
	struct err err;
	struct sv_errors errors = {0};
	if (run->conf->begins)
		run->conf->begins(run->conf->context, path);
	int r = io_read_file(file.p, run->conf->max_script, run->v->mem, &text, &err);
	if (r == 0 && !str_eq(file, path))
		report_dangling(run, path, file);
	if (r == 0) {
		tell_script(run, path, FINDINGS_ALL, "it does not exist");
		return false;
	}
	*kept = true;
	if (r < 0) {
		verdict_trouble(run->v, "script", &err);
		tell_script(run, path, FINDINGS_KEPT, "it cannot be read");
		return true;
	}
	struct sv_script *compiled = compile(run, file, text, &errors);
	tell_script(run, path, FINDINGS_KEPT, compiled ? NULL : "it has errors, so it is not run");
	if (compiled)
		*kept = run_compiled(run, compiled, path, is_users, keep);
	else
		report_errors(run, path, &errors, is_users);
	return true;
}

/* ---- the order of scripts ---- */

static bool run_all(struct run *run, const struct str_list *paths, struct rules_keep *keep)
{
	struct str_list files = rules_files(paths, run->v);
	bool kept = true;
	for (size_t i = 0; i < files.count && kept; i++)
		if (!run_script(run, files.items[i], false, &kept, keep))
			verdict_note(run->v, "the script %s does not exist", files.items[i].p);
	return kept;
}

/*
 * For example the active script of ManageSieve, when the user also has a script in the home that
 * comes first: the user believes that the active one is run.
 */
static void note_passed_over(struct run *run, size_t first)
{
	const struct str_list *user = &run->conf->user;
	for (size_t i = first + 1; i < user->count; i++)
		if (path_exists(user->items[i].p) == 0) {
			verdict_note(run->v, "script %s is not run, as there is %s",
				user->items[i].p, user->items[first].p);
			tell_script(run, user->items[i], FINDINGS_KEPT,
				"it is not run, because there is another");
		}
}

static bool run_users(struct run *run, struct rules_keep *keep)
{
	bool kept = true;
	for (size_t i = 0; i < run->conf->user.count; i++)
		if (run_script(run, run->conf->user.items[i], true, &kept, keep)) {
			note_passed_over(run, i);
			break;
		}
	return kept;
}

static void add_keep(struct verdict *v, struct str folder, const struct rules_keep *keep)
{
	struct action *added = verdict_add(v, ACTION_STORE, folder, keep->reason);
	verdict_add_flags(added, &keep->flags, &v->notes);
	added->changes = keep->changes;
}

void rules_run(const struct rules_conf *conf, const struct sv_input *input, struct verdict *v)
{
	struct run run = {conf, *input, v};
	struct rules_keep keep = {.reason = verdict_reason_text("no rule decided otherwise")};
	if (conf->keep_reason.text.n)
		keep.reason = conf->keep_reason;
	mime_forget_missed();
	if (run_all(&run, &conf->before, &keep) && run_users(&run, &keep) &&
		run_all(&run, &conf->after, &keep))
		add_keep(v, conf->keep_folder, &keep);
}
