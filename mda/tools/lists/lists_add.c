/*
 * mda-lists add and remove. The file is replaced as a whole, under a lock, and compiled again if it
 * was compiled.
 */
#include "base/address.h"
#include "filters/lists/list_compile.h"
#include "filters/lists/list_edit.h"
#include "filters/lists/list_search.h"
#include "mda/aside.h"
#include "mda/conf/textfile.h"
#include "mda/tools/lists/lists_advice.h"
#include "mda/tools/lists/lists_compile.h"
#include "mda/tools/lists/lists_foreign.h"

/* ---- an edit ---- */

struct edit {
	struct lists_tool *tool;
	struct named_list list;
	struct user account; /* for the work that root must not do */
	bool aside;          /* root's own list: the account edits it, and root writes the result */
	size_t count;
	char **words;
	/* Does the command's work on the words. Returns the exit status. */
	int (*edit)(struct edit *e, struct err *err);
	struct textfile file;
	bool changed;
	struct buf edited, out;
};

static int begin(struct edit *e, const char *name, struct err *err)
{
	if (lists_find(e->tool, name, &e->list, err) < 0)
		return -1;
	if (e->list.is_aliases)
		return err_temp(err, "aliases are not a list; edit %s itself", e->list.path);
	int r = lists_become(e->tool, &e->list, &e->account, err);
	e->aside = r > 0;
	const struct textfile_place place = {
		e->list.path, e->aside, e->list.is_global ? 0755 : 0700};
	return r < 0 ? -1 : textfile_open(&place, e->tool->mem, &e->file, err);
}

static int edit_aside(void *context, struct aside *a, struct err *err)
{
	struct edit *e = context;
	int status = e->edit(e, err);
	buf_byte(&a->result, e->changed ? '+' : '=');
	buf_add(&a->result, buf_str(&e->edited));
	buf_add(&a->said, buf_str(&e->out));
	return status;
}

static int run_edit(struct edit *e, struct err *err)
{
	struct aside a = {0};
	if (!e->aside)
		return e->edit(e, err);
	int status = aside_run(&e->account, edit_aside, e, &a, err);
	struct str result = buf_str(&a.result);
	e->changed = status >= 0 && result.n && result.p[0] == '+';
	buf_add(&e->edited, str_slice(result, 1, result.n));
	buf_add(&e->out, buf_str(&a.said));
	aside_free(&a);
	return status;
}

/* Compiles the list again after its text has changed. */
static int compile(struct edit *e, struct err *err)
{
	struct list_compiled done;
	if (e->aside)
		return textfile_has(&e->file, ".lmdb") ? lists_compile_roots(&e->list, false,
								 &e->file, &e->account, NULL, err)
						       : 0;
	textfile_close(&e->file);
	if (!list_map_exists(str_of(e->list.path)))
		return 0;
	return list_compile(str_of(e->list.path), &done, err) < 0 ? -1 : 0;
}

static int finish(struct edit *e, struct err *err)
{
	mode_t usual = e->list.is_global ? 0644 : 0600;
	if (e->changed && (textfile_write(&e->file, buf_str(&e->edited), usual, err) < 0 ||
				  compile(e, err) < 0))
		return -1;
	textfile_close(&e->file);
	return program_print(&e->out, err);
}

static void end(struct edit *e)
{
	textfile_close(&e->file);
	buf_free(&e->edited);
	buf_free(&e->out);
}

/* ---- add ---- */

static void say_warning(void *context, enum lists_advice kind, struct str sentence)
{
	(void)kind;
	program_complain("warning: %s: " STR_FMT, (const char *)context, STR_ARGS(sentence));
}

/* Are all words valid entries? If not, nothing is added. */
static bool check_entries(struct lists_tool *tool, size_t count, char **words)
{
	struct wild w;
	const char *why;
	bool good = true;
	for (size_t i = 0; i < count; i++) {
		if (words[i][0] == '#')
			why = "an entry that starts with # would be a comment";
		else if (wild_parse(str_of(words[i]), tool->mem, &w, &why))
			continue;
		const char *foreign = lists_foreign(str_of(words[i]));
		program_complain("%s: %s", words[i], why);
		if (foreign)
			program_complain("%s: %s", words[i], foreign);
		good = false;
	}
	return good;
}

static int take_remark(const struct lists_tool *tool, struct list_remark *r, struct err *err)
{
	*r = (struct list_remark){.today = list_text_today()};
	if (tool->reason)
		r->reason = str_trim(str_of(tool->reason));
	if (tool->until) {
		r->until = list_text_day(str_of(tool->until));
		if (r->until == 0)
			return err_temp(
				err, "\"%s\" is not a date such as 2027-01-31", tool->until);
		if (r->until < r->today)
			return err_temp(err, "%s is in the past", tool->until);
	}
	return 0;
}

static int advise(struct edit *e, char *word, struct err *err)
{
	struct lists_advisor a;
	struct wild w;
	const char *why;
	if (!wild_parse(str_of(word), e->tool->mem, &w, &why))
		return 0;
	if (lists_advisor_open(e->tool, &e->list, &a, err) < 0)
		return -1;
	int r = lists_advise(&a, &w, 0, say_warning, word, err);
	lists_advisor_close(&a);
	return r;
}

/* Returns whether anything changes. */
static bool add_entry(struct edit *e, char *word, const struct list_remark *remark)
{
	struct str text = e->edited.n ? buf_str(&e->edited) : e->file.text;
	struct str entry = str_trim(str_of(word));
	unsigned line = list_edit_line_of(text, entry, remark->today);
	struct buf next = {0};
	if (line) {
		buf_fmt(&e->out, "%s:%u: %s is already in the list\n", e->list.path, line, word);
		return false;
	}
	list_edit_append(text, entry, remark, &next);
	buf_free(&e->edited);
	e->edited = next;
	buf_fmt(&e->out, "%s: %s was added\n", e->list.path, word);
	return true;
}

static int add_entries(struct edit *e, struct err *err)
{
	struct list_remark remark;
	if (!check_entries(e->tool, e->count, e->words))
		return LISTS_WRONG;
	if (take_remark(e->tool, &remark, err) < 0)
		return -1;
	for (size_t i = 0; i < e->count; i++)
		/* The entry is added even if no advice can be given. */
		if (add_entry(e, e->words[i], &remark)) {
			if (advise(e, e->words[i], err) < 0)
				program_complain("%s", err->text);
			e->changed = true;
		}
	return 0;
}

static int run_add(struct lists_tool *tool, size_t count, char **words, struct err *err)
{
	struct edit e = {.tool = tool,
		.count = count - 1,
		.words = words + 1,
		.edit = add_entries,
		.file = TEXTFILE_NONE};
	int r = begin(&e, words[0], err);
	if (r == 0)
		r = run_edit(&e, err);
	if (r == 0)
		r = finish(&e, err);
	end(&e);
	return r;
}

/* ---- remove ---- */

struct others {
	struct lists_tool *tool;
	const char *path, *word;
};

static void say_other(void *context, const struct list_hit *hit)
{
	const struct others *o = context;
	program_complain("%s:%u: " STR_FMT " also matches %s", o->path, hit->line,
		STR_ARGS(hit->entry), o->word);
}

/* A person who removes an address from a list wants to know which entries still match it. */
static void tell_others(const struct edit *e, const char *word)
{
	struct others o = {e->tool, e->list.path, word};
	struct address a = address_parse_envelope(str_of(word), e->tool->mem);
	struct str key = address_key(&a, e->tool->mem);
	struct list_query q = {.path = str_of(e->list.path),
		.keys = &key,
		.count = 1,
		.hit = say_other,
		.context = &o};
	if (!a.invalid && a.domain.n)
		(void)list_search(&q, NULL); /* a failure here does not matter */
}

static bool cut_entry(struct edit *e, char *word)
{
	struct buf next = {0};
	struct str text = e->changed ? buf_str(&e->edited) : e->file.text;
	size_t gone = list_edit_cut(text, str_trim(str_of(word)), &next);
	if (gone == 0) {
		program_complain("%s: %s is not in the list", e->list.path, word);
		buf_free(&next);
		return false;
	}
	e->changed = true;
	buf_free(&e->edited);
	e->edited = next;
	buf_fmt(&e->out, "%s: %s was removed\n", e->list.path, word);
	return true;
}

static int cut_entries(struct edit *e, struct err *err)
{
	bool all = true;
	(void)err; /* it cannot fail */
	for (size_t i = 0; i < e->count; i++)
		all = cut_entry(e, e->words[i]) && all;
	return all ? 0 : LISTS_WRONG;
}

static int tell_all_others(void *context, struct aside *a, struct err *err)
{
	const struct edit *e = context;
	(void)a;
	(void)err; /* a failure here does not matter */
	for (size_t i = 0; i < e->count; i++)
		tell_others(e, e->words[i]);
	return 0;
}

static int run_remove(struct lists_tool *tool, size_t count, char **words, struct err *err)
{
	struct edit e = {.tool = tool,
		.count = count - 1,
		.words = words + 1,
		.edit = cut_entries,
		.file = TEXTFILE_NONE};
	struct aside a = {0};
	struct err unsaid;
	int status = begin(&e, words[0], err);
	if (status == 0)
		status = run_edit(&e, err);
	if (status >= 0 && finish(&e, err) < 0)
		status = -1;
	if (status >= 0 && e.aside)
		(void)aside_run(&e.account, tell_all_others, &e, &a, &unsaid); /* as above */
	else if (status >= 0)
		(void)tell_all_others(&e, &a, &unsaid);
	aside_free(&a);
	end(&e);
	return status;
}

const struct lists_command lists_add = {
	{"add", "LIST ENTRY...", "add entries, with the date and the reason", 2}, run_add};
const struct lists_command lists_remove = {
	{"remove", "LIST ENTRY...", "remove entries", 2}, run_remove};
