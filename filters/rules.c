#include "filters/rules.h"

#include "base/io.h"
#include "base/limits.h"
#include "base/mime.h"
#include "base/path.h"
#include "base/str_list.h"
#include "filters/sieve/action.h"
#include "filters/sieve/programs.h"

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

/*
 * Keeps files as they are and replaces directories by their scripts. Paths are also C strings; conf
 * makes them so.
 */
static struct str_list expand(const struct str_list *paths, struct verdict *v)
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

static struct str_list flags_of(const struct sv_action *a)
{
	const struct sv_property *p = engine_action_property(a, "flags");
	return p ? p->values : (struct str_list){0};
}

static const enum action_kind kinds[] = {
	[SV_STORES] = ACTION_STORE,
	[SV_SENDS] = ACTION_REDIRECT,
	[SV_REFUSES] = ACTION_REJECT,
	[SV_DROPS] = ACTION_DISCARD,
	[SV_PIPES] = ACTION_PIPE,
};

static struct str argument(const struct sv_action *a, struct arena *mem)
{
	return a->kind->effect == SV_SENDS ? action_redirect_target(a->argument, mem) : a->argument;
}

/* The rule may be in a script that was included. */
static struct reason place_of(const struct sv_action *a)
{
	return verdict_reason_line(a->script, a->line, (struct str){0});
}

struct answer rules_answer(const struct sv_action *a)
{
	const struct sv_property *fcc = engine_action_property(a, "fcc");
	return (struct answer){.name = a->kind->name,
		.text = a->argument,
		.data = a->data,
		.has_fcc = fcc != NULL,
		.fcc = fcc ? fcc->values.items[0] : STR_EMPTY,
		.fcc_flags = flags_of(a),
		.changes = a->changes,
		.reason = place_of(a)};
}

static void add_action(struct run *run, const struct sv_action *a)
{
	if (a->kind->effect == SV_ANSWERS) {
		*(struct answer *)ARENA_PUSH(run->v->mem, run->v->rules.answers,
			run->v->rules.answer_count) = rules_answer(a);
		return;
	}
	struct action *added =
		verdict_add(run->v, kinds[a->kind->effect], argument(a, run->v->mem), place_of(a));
	struct str_list flags = flags_of(a);
	verdict_add_flags(added, &flags, &run->v->notes);
	added->changes = a->changes;
	if (a->kind->effect == SV_PIPES) {
		const struct sv_piped *piped = a->data;
		added->arguments = piped->arguments;
		added->may_fail = piped->may_fail;
	}
	added->may_answer = a->kind->effect == SV_REFUSES && !engine_action_property(a, "ereject");
}

static size_t count_effect(const struct sv_result *r, enum sv_effect effect)
{
	size_t n = 0;
	for (size_t i = 0; i < r->count; i++)
		n += r->actions[i].kind->effect == effect;
	return n;
}

static size_t count_decided(const struct verdict *v, enum action_kind kind)
{
	size_t n = 0;
	for (size_t i = 0; i < v->action_count; i++)
		n += v->actions[i].kind == kind;
	return n;
}

/*
 * Why a script's actions cannot be carried out, and the action that is one too many; WHY NULL: no
 * conflict.
 */
struct conflict {
	const char *why;
	const struct sv_action *at;
};

static const struct sv_action *redirect_to_nowhere(const struct sv_result *r, struct arena *mem)
{
	for (size_t i = 0; i < r->count; i++)
		if (r->actions[i].kind->effect == SV_SENDS && argument(&r->actions[i], mem).n == 0)
			return &r->actions[i];
	return NULL;
}

static const struct sv_action *last_of(const struct sv_result *r, enum sv_effect effect)
{
	for (size_t i = r->count; i > 0; i--)
		if (r->actions[i - 1].kind->effect == effect)
			return &r->actions[i - 1];
	return NULL;
}

/* Conflicts between the actions of one script. */
static struct conflict inner_conflict(const struct sv_result *r)
{
	struct conflict found = {0};
	for (size_t i = 1; i < r->count && !found.why; i++) {
		found.at = &r->actions[i];
		found.why = action_conflict(found.at, r->actions, i);
	}
	return found;
}

/* Conflicts of these actions with each other and with what earlier scripts decided. */
static struct conflict find_conflict(
	const struct sv_result *r, const struct rules_conf *conf, const struct verdict *v)
{
	const struct sv_action *refuses = last_of(r, SV_REFUSES), *sends = last_of(r, SV_SENDS),
			       *gives = last_of(r, SV_PIPES),
			       *nowhere = redirect_to_nowhere(r, v->mem);
	size_t redirects = count_effect(r, SV_SENDS) + count_decided(v, ACTION_REDIRECT);
	size_t pipes = count_effect(r, SV_PIPES) + count_decided(v, ACTION_PIPE);
	bool delivered = count_decided(v, ACTION_STORE) || count_decided(v, ACTION_REDIRECT);
	struct conflict inner = inner_conflict(r);
	if (r->count > LIMIT_RUN_ACTIONS)
		return (struct conflict){"too many actions", &r->actions[r->count - 1]};
	if (inner.why)
		return inner;
	if (refuses && delivered)
		return (struct conflict){
			"reject cannot go with keep, fileinto or redirect (RFC 5429 section 2.2)",
			refuses};
	if (refuses && pipes)
		return (struct conflict){"reject cannot go with pipe", refuses};
	if (gives && pipes > LIMIT_RUN_PIPES)
		return (struct conflict){"too many pipes", gives};
	if (sends && redirects > conf->max_redirects)
		return (struct conflict){"too many redirects", sends};
	/* The MTA would retry it again and again, and could never deliver. */
	if (nowhere)
		return (struct conflict){"redirect needs one address with a domain", nowhere};
	return (struct conflict){0};
}

/* A script's keep, which is held back so that later scripts can decide. */
struct kept {
	struct reason reason;
	struct str_list flags;
	const struct changes *changes;
};

/*
 * Finds a fileinto that came after the keep and has the same effect: the flags that are given last
 * count (RFC 5232 section 2).
 */
static const struct sv_action *later_store(
	const struct run *run, const struct sv_result *result, const struct sv_action *keep)
{
	const struct sv_action *last = keep;
	for (size_t i = 0; run->conf->keep_folder.n == 0 && i < result->count; i++) {
		const struct sv_action *a = &result->actions[i];
		if (a->kind->effect == SV_STORES && a->given > last->given &&
			str_ieq(a->argument, STR_LIT("INBOX")))
			last = a;
	}
	return last;
}

static void take_tracked(const struct run *run, const struct sv_result *result)
{
	struct verdict *v = run->v;
	for (size_t i = 0; i < result->tracked_count; i++) {
		const struct sv_tracked *t = &result->tracked[i];
		*(struct tracked *)ARENA_PUSH(v->mem, v->tracked, v->tracked_count) =
			(struct tracked){t->handle, t->id, t->seconds};
	}
}

/*
 * Takes the actions of one script. The caller adds an explicit keep after later scripts have run.
 * discard only cancels the implicit keep (RFC 5228 section 4.4), so it counts only when nothing
 * else is done. A script without any action keeps.
 */
static bool take_actions(struct run *run, const struct sv_result *result, struct kept *keep)
{
	take_tracked(run, result);
	bool only_discards = count_effect(result, SV_DROPS) == result->count;
	bool kept = result->implicit_keep || result->count == 0;
	if (kept)
		keep->flags = flags_of(&result->keep);
	/* Later scripts see the message as this one changed it, however it was kept. */
	keep->changes = run->input.changes = result->keep.changes;
	for (size_t i = 0; i < result->count; i++) {
		const struct sv_action *a = &result->actions[i];
		if (a->kind == &action_keep) {
			kept = true;
			keep->reason = place_of(a);
			keep->flags = flags_of(later_store(run, result, a));
			keep->changes = a->changes;
		} else if (a->kind->effect != SV_DROPS || only_discards) {
			add_action(run, a);
		}
	}
	run->input.flags = keep->flags;
	return kept;
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
	struct conflict c = find_conflict(result, run->conf, run->v);
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
	bool is_users, struct kept *keep)
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
	return wrong.n ? true : take_actions(run, &result, keep);
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

/*
 * False when the script does not exist. *KEPT: would the message be kept, as far as this script
 * decides?
 */
static bool run_script(
	struct run *run, struct str path, bool is_users, bool *kept, struct kept *keep)
{
	struct str text, file = is_users ? path_active(path.p, run->v->mem) : path;
	struct err err;
	struct sv_errors errors = {0};
	if (run->conf->begins)
		run->conf->begins(run->conf->context, path);
	int r = io_read_file(file.p, run->conf->max_script, run->v->mem, &text, &err);
	if (r == 0 && !str_eq(file, path))
		report_dangling(run, path, file);
	if (r == 0)
		return false;
	*kept = true;
	if (r < 0) {
		verdict_trouble(run->v, "script", &err);
		return true;
	}
	struct sv_script *compiled =
		run->conf->engine->compile(file, text, run->conf->host, run->v->mem, &errors);
	if (compiled)
		*kept = run_compiled(run, compiled, path, is_users, keep);
	else
		report_errors(run, path, &errors, is_users);
	return true;
}

/* ---- the order of scripts ---- */

static bool run_all(struct run *run, const struct str_list *paths, struct kept *keep)
{
	struct str_list files = expand(paths, run->v);
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
		if (path_exists(user->items[i].p) == 0)
			verdict_note(run->v, "script %s is not run, as there is %s",
				user->items[i].p, user->items[first].p);
}

static bool run_users(struct run *run, struct kept *keep)
{
	bool kept = true;
	for (size_t i = 0; i < run->conf->user.count; i++)
		if (run_script(run, run->conf->user.items[i], true, &kept, keep)) {
			note_passed_over(run, i);
			break;
		}
	return kept;
}

static void add_keep(struct verdict *v, struct str folder, const struct kept *keep)
{
	struct action *added = verdict_add(v, ACTION_STORE, folder, keep->reason);
	verdict_add_flags(added, &keep->flags, &v->notes);
	added->changes = keep->changes;
}

void rules_run(const struct rules_conf *conf, const struct sv_input *input, struct verdict *v)
{
	struct run run = {conf, *input, v};
	struct kept keep = {.reason = verdict_reason_text("no rule decided otherwise")};
	mime_forget_missed();
	if (run_all(&run, &conf->before, &keep) && run_users(&run, &keep) &&
		run_all(&run, &conf->after, &keep))
		add_keep(v, conf->keep_folder, &keep);
}

/* ---- checking without a message ---- */

static void add_warning(
	struct sv_errors *errors, struct str file, struct str text, struct arena *mem)
{
	struct diag *d = ARENA_PUSH(mem, errors->warnings, errors->warning_count);
	*d = (struct diag){.file = file, .text = text};
}

static bool check_script(
	const struct rules_conf *conf, struct str path, struct arena *mem, struct sv_errors *errors)
{
	struct str text;
	struct err err;
	struct sv_errors found = {0};
	int r = io_read_file(path.p, conf->max_script, mem, &text, &err);
	if (r == 0)
		return false;
	if (r < 0) {
		struct diag *d = ARENA_PUSH(mem, errors->items, errors->count);
		*d = (struct diag){.file = path, .text = arena_str(mem, str_of(err.text))};
		return true;
	}
	if (!conf->engine->compile(path, text, conf->host, mem, &found))
		for (size_t i = 0; i < found.count; i++)
			*(struct diag *)ARENA_PUSH(mem, errors->items, errors->count) =
				found.items[i];
	for (size_t i = 0; i < found.warning_count; i++)
		*(struct diag *)ARENA_PUSH(mem, errors->warnings, errors->warning_count) =
			found.warnings[i];
	return true;
}

/*
 * Checks the scripts that rules_run() would use: the first that exists, or where a link to it
 * leads.
 */
static size_t check_users(
	const struct rules_conf *conf, struct arena *mem, struct sv_errors *errors)
{
	size_t found = 0;
	for (size_t i = 0; i < conf->user.count; i++) {
		struct str path = conf->user.items[i], file = path_active(path.p, mem);
		if (found && path_exists(path.p) == 0)
			add_warning(errors, path,
				arena_fmt(mem, "is not run, as there is " STR_FMT,
					STR_ARGS(conf->user.items[found - 1])),
				mem);
		else if (!found && check_script(conf, file, mem, errors))
			found = i + 1;
		else if (!found && !str_eq(file, path))
			add_warning(errors, path,
				arena_fmt(mem, "leads to " STR_FMT ", which does not exist",
					STR_ARGS(file)),
				mem);
	}
	return found > 0;
}

size_t rules_check(const struct rules_conf *conf, struct arena *mem, struct sv_errors *errors)
{
	struct verdict v;
	size_t n = 0;
	verdict_init(&v, mem, 0);
	const struct str_list admins[] = {expand(&conf->before, &v), expand(&conf->after, &v)};
	for (size_t k = 0; k < 2; k++) {
		for (size_t i = 0; i < admins[k].count; i++) {
			if (check_script(conf, admins[k].items[i], mem, errors)) {
				n++;
				continue;
			}
			struct diag *d = ARENA_PUSH(mem, errors->items, errors->count);
			*d = (struct diag){
				.file = admins[k].items[i], .text = STR_LIT("does not exist")};
		}
	}
	return n + check_users(conf, mem, errors);
}
