#include "filters/sieve/run.h"

#include "filters/sieve/edit.h"
#include "filters/sieve/run_limits.h"
#include "filters/sieve/run_trace.h"

/* ---- arguments ---- */

static int join_pieces(struct sv_run *run, const struct sv_node *node, const struct sv_string *s,
	bool may_cut, struct buf *to)
{
	if (run_charge(run, node, s->piece_count) < 0)
		return -1;
	for (size_t i = 0; i < s->piece_count; i++) {
		const struct sv_piece *p = &s->pieces[i];
		struct str text = p->text;
		if (p->expand && p->expand(run, p->data, &text) < 0)
			return -1;
		bool fits = text.n <= run->limits->string && to->n <= run->limits->string - text.n;
		if (!fits && may_cut)
			break;
		if (!fits)
			return run_fail(run, node, "a string grows larger than %zu bytes",
				run->limits->string);
		buf_add(to, text);
	}
	return run_charge_memory(run, node, to->n);
}

static int text_of(struct sv_run *run, const struct sv_node *node, const struct sv_string *s,
	bool may_cut, struct arena *mem, struct str *text)
{
	struct buf joined = {0};
	*text = s->text;
	if (s->piece_count == 0)
		return 0;
	int r = join_pieces(run, node, s, may_cut, &joined);
	*text = arena_str(mem, buf_str(&joined));
	buf_free(&joined);
	return r;
}

int run_text(
	struct sv_run *run, const struct sv_node *node, const struct sv_string *s, struct str *text)
{
	return text_of(run, node, s, false, run->mem, text);
}

int run_text_cut(
	struct sv_run *run, const struct sv_node *node, const struct sv_string *s, struct str *text)
{
	return text_of(run, node, s, true, run->mem, text);
}

int run_text_now(
	struct sv_run *run, const struct sv_node *node, const struct sv_string *s, struct str *text)
{
	return text_of(run, node, s, false, run->scratch, text);
}

const struct sv_tagged *run_tag(const struct sv_node *node, const char *name)
{
	for (size_t i = 0; i < node->tag_count; i++)
		if (str_ieq(str_of(node->tags[i].tag->name), str_of(name)))
			return &node->tags[i];
	return NULL;
}

void *run_state(struct sv_run *run, const struct sv_ext *ext)
{
	size_t i = ext_number(run->host, ext);
	if (i >= ext_count(run->host))
		return NULL;
	if (!run->states[i])
		run->states[i] = arena_alloc(run->mem, ext->run_size);
	return run->states[i];
}

/* ---- what ihave allows (RFC 5463) ---- */

void run_allow(struct sv_run *run, const struct sv_ext *ext)
{
	struct str rest = str_of(ext->implies), word;
	run->allowed[ext_number(run->host, ext)] = true;
	while (str_word(&rest, &word))
		if (ext_find(run->host, word))
			run_allow(run, ext_find(run->host, word));
}

static bool may_run(struct sv_run *run, const struct sv_node *node)
{
	for (size_t i = 0; i < node->allowed_count; i++)
		if (!run->allowed[ext_number(run->host, node->allowed[i])]) {
			run_fail(run, node, "\"%s\" is used, but no ihave asked for it before",
				node->allowed[i]->name);
			return false;
		}
	return true;
}

/* ---- walking ---- */

/* Roughly the time in nanoseconds. */
enum { STEPS_A_NODE = 16 };

int run_test(struct sv_run *run, const struct sv_node *test)
{
	struct sv_event e = run_event(run, test, SV_EVENT_TEST);
	if (run_charge(run, test, STEPS_A_NODE) < 0 || !may_run(run, test))
		return -1;
	run_tell(run, &e);
	run->depth++;
	const struct sv_node *outer = run->now;
	struct arena_mark before = arena_mark(run->scratch);
	run->now = test;
	int result = test->word->test(run, test);
	run->now = outer;
	arena_reset(run->scratch, before);
	run->depth--;
	e.kind = SV_EVENT_RESULT;
	e.result = result > 0;
	if (result >= 0)
		run_tell(run, &e);
	return result;
}

static enum sv_flow carry_out(struct sv_run *run, const struct sv_node *node)
{
	for (size_t i = 0; i < node->tag_count; i++)
		if (node->tags[i].tag->instead)
			return node->tags[i].tag->instead(run, node, &node->tags[i]);
	return node->word->run(run, node);
}

static enum sv_flow run_command(struct sv_run *run, const struct sv_node *node)
{
	if (!node->word->run)
		return SV_NEXT;
	if (run_charge(run, node, STEPS_A_NODE) < 0 || !may_run(run, node))
		return SV_FAIL;
	struct sv_event e = run_event(run, node, SV_EVENT_COMMAND);
	run_tell(run, &e);
	run->depth++;
	struct arena_mark before = arena_mark(run->scratch);
	run->now = node;
	enum sv_flow flow = carry_out(run, node);
	arena_reset(run->scratch, before);
	run->depth--;
	return flow;
}

enum sv_flow run_block(struct sv_run *run, const struct sv_block *block)
{
	enum sv_flow flow = SV_NEXT;
	for (size_t i = 0; i < block->count && flow == SV_NEXT; i++)
		flow = run_command(run, &block->nodes[i]);
	return flow;
}

static bool captures(const struct sv_script *script)
{
	const struct sv_ext *ext;
	for (size_t i = 0; (ext = ext_at(script->host, i)); i++)
		if (ext->captures && script->active[i])
			return true;
	return false;
}

enum sv_flow run_other(struct sv_run *run, const struct sv_script *script)
{
	const struct sv_script *outer = run->script;
	bool capturing = run->capturing;
	struct str_list captured = run->captured;
	struct arena *kept = run->captures;
	/* A script has its own variables and match variables (RFC 6609 section 3.4). */
	run->script = script;
	run->capturing = captures(script);
	run->captured = (struct str_list){0};
	run->captures = arena_new();
	run->outside += arena_bytes(kept);
	enum sv_flow flow = run_block(run, &script->block);
	run->outside -= arena_bytes(kept);
	arena_free(run->captures);
	run->captures = kept;
	run->captured = captured;
	run->script = outer;
	run->capturing = capturing;
	return flow == SV_RETURN ? SV_NEXT : flow;
}

static void begin(struct sv_run *run)
{
	const struct sv_ext *ext;
	edit_start(run);
	for (size_t i = 0; (ext = ext_at(run->host, i)); i++)
		if (ext->begin)
			ext->begin(run);
}

/* Extensions that only an included script requires are called too. */
static int finish(struct sv_run *run)
{
	const struct sv_ext *ext;
	run->result->keep.changes = edit_changes(run);
	for (size_t i = 0; (ext = ext_at(run->host, i)); i++)
		if (ext->finish && (run->states[i] || script_requires(run->script, ext)) &&
			ext->finish(run, run->result) < 0)
			return -1;
	return 0;
}

int run_script(const struct sv_script *script, const struct sv_input *input, struct arena *mem,
	struct sv_result *result, struct err *err)
{
	struct sv_run run = {
		.script = script,
		.input = input,
		.host = input->host,
		.mem = mem,
		.scratch = arena_new(),
		.captures = arena_new(),
		.result = result,
		.capturing = captures(script),
		.states = arena_alloc(mem, ext_count(input->host) * sizeof *run.states),
		.allowed = arena_alloc(mem, ext_count(input->host) * sizeof *run.allowed),
	};
	*result = (struct sv_result){.implicit_keep = true, .keep = {.kind = &action_keep}};
	run_limits_start(&run);
	begin(&run);
	bool failed = run_block(&run, &script->block) == SV_FAIL || finish(&run) < 0;
	result->cost = (struct sv_cost){run.steps, run.most_held};
	arena_free(run.scratch);
	arena_free(run.captures);
	return failed ? err_temp(err, STR_FMT, STR_ARGS(run.error)) : 0;
}
