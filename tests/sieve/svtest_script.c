#include "tests/sieve/svtest.h"

#include "base/io.h"
#include "filters/sieve/builtin.h"

static void add_error(struct svtest *t, struct str text)
{
	*(struct str *)ARENA_PUSH(t->mem, t->errors.items, t->errors.count) = text;
}

bool svtest_compile(struct svtest *t, struct str name)
{
	struct sv_errors errors = {0};
	struct err err;
	struct str path =
		arena_fmt(t->mem, STR_FMT "/" STR_FMT, STR_ARGS(t->directory), STR_ARGS(name));
	struct str text;
	t->errors = (struct str_list){0};
	t->script = NULL;
	if (io_read_file(path.p, 1 << 24, t->mem, &text, &err) != 1) {
		add_error(t, arena_fmt(t->mem, STR_FMT " cannot be read", STR_ARGS(path)));
		return false;
	}
	struct sv_script *script = builtin_engine.compile(path, text, &t->host, t->mem, &errors);
	for (size_t i = 0; i < errors.count; i++)
		add_error(t, errors.items[i].text);
	/* Pigeonhole ends with a line that says so once. */
	if (!script)
		add_error(t, arena_fmt(t->mem, STR_FMT " is wrong", STR_ARGS(name)));
	t->script = script;
	return script != NULL;
}

void svtest_reset(struct svtest *t)
{
	t->result = (struct sv_result){.implicit_keep = true, .keep = {.kind = &action_keep}};
	t->executed = 0;
	t->is_scripts = t->keep_executed = false;
}

static bool is_same_store(const struct sv_action *a, const struct sv_action *b)
{
	struct str inbox = STR_LIT("INBOX");
	return a->kind->effect == SV_STORES && b->kind->effect == SV_STORES &&
	       svtest_same_folder(
		       a->argument.n ? a->argument : inbox, b->argument.n ? b->argument : inbox);
}

/*
 * What was carried out already is neither done again nor undone. A second answer of the same kind
 * is left out.
 */
static bool is_settled(struct svtest *t, const struct sv_action *a)
{
	for (size_t i = 0; i < t->executed; i++) {
		struct sv_action *old = &t->result.actions[i];
		if (is_same_store(old, a)) {
			old->kind = a->kind;
			return true;
		}
		if (old->kind == a->kind && action_conflict(a, old, 1))
			return true;
	}
	return false;
}

static void collect(struct svtest *t, const struct sv_action *a)
{
	if (!is_settled(t, a))
		*(struct sv_action *)ARENA_PUSH(t->mem, t->result.actions, t->result.count) = *a;
}

static bool run_one(struct svtest *t, const struct sv_input *input, struct sv_result *result)
{
	struct err err;
	if (t->script && builtin_engine.run(t->script, input, t->mem, result, &err) == 0)
		return true;
	add_error(t, t->script ? arena_str(t->mem, str_of(err.text))
			       : STR_LIT("there is no compiled script"));
	return false;
}

bool svtest_run(struct svtest *t, bool append, const struct changes *changes)
{
	struct sv_input input = t->input;
	struct sv_result result;
	input.changes = t->given = changes;
	t->errors = (struct str_list){0};
	if (!append)
		svtest_reset(t);
	if (!run_one(t, &input, &result)) {
		svtest_reset(t);
		return false;
	}
	for (size_t i = 0; i < result.count; i++)
		collect(t, &result.actions[i]);
	t->result.keep = result.keep;
	t->result.tracked = result.tracked;
	t->result.tracked_count = result.tracked_count;
	t->result.implicit_keep &= result.implicit_keep;
	t->is_scripts = true;
	return true;
}

/* What the message is kept as; NULL: it is not. */
static const struct sv_action *keep_of(const struct sv_result *r)
{
	for (size_t i = 0; i < r->count; i++)
		if (r->actions[i].kind == &action_keep)
			return &r->actions[i];
	return r->implicit_keep ? &r->keep : NULL;
}

/* The keep of one script is what the next one judges. */
bool svtest_run_all(struct svtest *t, const struct str_list *names)
{
	struct sv_input input = t->input;
	svtest_reset(t);
	for (size_t i = 0; i < names->count && t->result.implicit_keep; i++) {
		struct sv_result result;
		if (!svtest_compile(t, names->items[i]) || !run_one(t, &input, &result))
			return false;
		const struct sv_action *keep = keep_of(&result);
		const struct sv_property *flags =
			keep ? engine_action_property(keep, "flags") : NULL;
		input.flags = flags ? flags->values : (struct str_list){0};
		input.changes = result.keep.changes;
		for (size_t k = 0; k < result.count; k++)
			if (result.actions[k].kind != &action_keep)
				collect(t, &result.actions[k]);
		t->result.keep = keep ? *keep : result.keep;
		t->result.implicit_keep = keep != NULL;
	}
	t->is_scripts = true;
	return true;
}

struct str svtest_action_name(const struct sv_action *a)
{
	if (a->kind == &action_fileinto)
		return STR_LIT("store");
	return str_of(a->kind->name);
}
