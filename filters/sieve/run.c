#include "filters/sieve/run.h"

#include "base/str_list.h"
#include "filters/sieve/edit.h"

#include <stdarg.h>
#include <stdio.h>
#include <time.h>

/* ---- tracing ---- */

bool run_is_traced(const struct sv_run *run)
{
	return run->host && run->host->trace;
}

static struct sv_event event(
	const struct sv_run *run, const struct sv_node *node, enum sv_event_kind kind)
{
	struct sv_event e = {.kind = kind, .script = run->script->name, .depth = run->depth};
	if (node) {
		e.script = node->script->name;
		e.line = node->place.line;
		e.column = node->place.column;
		e.name = node->word->name;
	}
	return e;
}

static void tell(struct sv_run *run, const struct sv_event *e)
{
	if (run_is_traced(run))
		run->host->trace(run->host->context, e);
}

void run_note(struct sv_run *run, const struct sv_node *node, const char *fmt, ...)
{
	char text[1024];
	va_list args;
	if (!run_is_traced(run))
		return;
	va_start(args, fmt);
	vsnprintf(text, sizeof text, fmt, args); /* a longer text is cut */
	va_end(args);
	struct sv_event e = event(run, node, SV_EVENT_NOTE);
	e.text = str_of(text);
	tell(run, &e);
}

void run_tell_match(
	struct match *m, const struct sv_value *value, const struct match_key *key, bool result)
{
	if (!run_is_traced(m->run))
		return;
	struct sv_event e = event(m->run, m->node, SV_EVENT_MATCH);
	e.result = result;
	e.source = m->source;
	e.value = value->text;
	e.key = key->text;
	e.match = m->node->match->name;
	e.comparator = m->node->comparator->name;
	tell(m->run, &e);
}

/* ---- failing ---- */

int run_fail(struct sv_run *run, const struct sv_node *node, const char *fmt, ...)
{
	char text[900];
	va_list args;
	va_start(args, fmt);
	vsnprintf(text, sizeof text, fmt, args); /* a longer text is cut */
	va_end(args);
	if (run->error.n)
		return -1; /* the first one counts */
	node = node ? node : run->now;
	struct sv_event e = event(run, node, SV_EVENT_ERROR);
	e.text = str_of(text);
	tell(run, &e);
	run->error = node ? arena_fmt(run->mem, STR_FMT ":%u:%u: %s", STR_ARGS(e.script), e.line,
				    e.column, text)
			  : arena_fmt(run->mem, STR_FMT ": %s", STR_ARGS(e.script), text);
	return -1;
}

/* A loop may cause any number of them. */
enum { FAULTS_MOST = 20 };

void run_fault(struct sv_run *run, const struct sv_node *node, const char *fmt, ...)
{
	char text[900];
	struct str_list *faults = &run->result->faults;
	va_list args;
	va_start(args, fmt);
	vsnprintf(text, sizeof text, fmt, args); /* a longer text is cut */
	va_end(args);
	run_note(run, node, "%s", text);
	if (faults->count < FAULTS_MOST)
		str_list_add(faults,
			arena_fmt(run->mem, STR_FMT ":%u:%u: %s", STR_ARGS(node->script->name),
				node->place.line, node->place.column, text),
			run->mem);
}

/* ---- limits ---- */

static unsigned long long cpu_milliseconds(void)
{
	struct timespec t;
	if (clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t) < 0)
		return 0;
	return (unsigned long long)t.tv_sec * 1000 + (unsigned long long)t.tv_nsec / 1000000;
}

/* Reading the clock costs more than most steps. */
enum { STEPS_BETWEEN_LOOKS = 1 << 20 };

static bool is_late(struct sv_run *run)
{
	if (!run->limits->cpu_milliseconds || run->steps < run->next_look)
		return false;
	run->next_look = run->steps + STEPS_BETWEEN_LOOKS;
	return cpu_milliseconds() > run->started + run->limits->cpu_milliseconds;
}

unsigned long long run_steps_left(const struct sv_run *run)
{
	return run->limits->steps - run->steps;
}

/* False when the run, with MORE bytes, takes more memory than it may. */
static bool has_room(struct sv_run *run, size_t more)
{
	size_t most = run->limits->run_memory;
	size_t held = arena_bytes(run->mem) - run->held + arena_bytes(run->scratch) +
		      arena_bytes(run->captures) + run->outside;
	if (held > run->most_held)
		run->most_held = held;
	return most == 0 || (held <= most && more <= most - held);
}

int run_room(struct sv_run *run, const struct sv_node *node, size_t more)
{
	enum { MB = 1 << 20 };
	if (has_room(run, more))
		return 0;
	return run_fail(run, node, "the script takes more than %zu MB of memory",
		run->limits->run_memory / MB);
}

int run_charge(struct sv_run *run, const struct sv_node *node, unsigned long long steps)
{
	bool over = steps > run->limits->steps || run->steps > run->limits->steps - steps;
	if (over)
		return run_fail(
			run, node, "the script takes more than %llu steps", run->limits->steps);
	run->steps += steps;
	if (is_late(run))
		return run_fail(run, node, "the script takes more than %u ms of CPU time",
			run->limits->cpu_milliseconds);
	return run_room(run, node, 0);
}

/* Roughly the time in nanoseconds. */
enum { STEPS_A_NODE = 16, STEPS_A_QUESTION = 2000 };

int run_ask(struct sv_run *run, const struct sv_node *node)
{
	return run_charge(run, node, STEPS_A_QUESTION);
}

int run_charge_memory(struct sv_run *run, const struct sv_node *node, size_t bytes)
{
	enum { STEPS_A_BYTE = 4 };
	if (run_room(run, node, bytes) < 0)
		return -1;
	return run_charge(run, node, (unsigned long long)bytes * STEPS_A_BYTE);
}

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

/* ---- actions ---- */

static int apply_tags(struct sv_run *run, const struct sv_node *node, struct sv_action *a)
{
	for (size_t i = 0; i < node->tag_count; i++) {
		const struct sv_tagged *t = &node->tags[i];
		if (t->tag->apply && t->tag->apply(run, node, t, a) < 0)
			return -1;
	}
	const struct sv_ext *ext;
	for (size_t i = 0; (ext = ext_at(run->script->host, i)); i++)
		if (ext->action && (run->script->active[i] || run->states[i]) &&
			ext->action(run, node, a) < 0)
			return -1;
	return 0;
}

static void tell_action(struct sv_run *run, const struct sv_node *node, const struct sv_action *a)
{
	struct buf text = {0};
	struct sv_event e = event(run, node, SV_EVENT_ACTION);
	if (!run_is_traced(run))
		return;
	action_describe(a, &text);
	e.text = buf_str(&text);
	tell(run, &e);
	buf_free(&text);
}

/*
 * Was the same action taken already? Then the flags that were given last count (RFC 5232 section
 * 2.1).
 */
static bool is_taken(const struct sv_result *r, const struct sv_action *a)
{
	for (size_t i = 0; i < r->count; i++) {
		struct sv_action *old = &r->actions[i];
		if (old->kind != a->kind || !a->kind->same || !a->kind->same(old, a))
			continue;
		old->given = a->given;
		old->changes = a->changes;
		old->properties = a->properties;
		old->property_count = a->property_count;
		return true;
	}
	return false;
}

static int check_counts(struct sv_run *run, const struct sv_node *node, const struct sv_action *a)
{
	const struct sv_result *r = run->result;
	size_t sent = 0;
	for (size_t i = 0; i < r->count; i++)
		sent += r->actions[i].kind->effect == SV_SENDS;
	if (r->count >= run->limits->actions)
		return run_fail(run, node, "too many actions: more than %zu", run->limits->actions);
	if (a->kind->effect == SV_SENDS && sent >= run->limits->redirects)
		return run_fail(
			run, node, "too many redirects: more than %zu", run->limits->redirects);
	return 0;
}

enum sv_flow run_action(struct sv_run *run, const struct sv_node *node, struct sv_action action)
{
	struct sv_result *r = run->result;
	action.script = node->script->name;
	action.line = node->place.line;
	action.given = ++run->given;
	/* After a change, the message is put together again. */
	if (run->changed && !run->changes && run_charge(run, node, run->header.count) < 0)
		return SV_FAIL;
	action.changes = edit_changes(run);
	if (apply_tags(run, node, &action) < 0)
		return SV_FAIL;
	tell_action(run, node, &action);
	if (!action.copy && action.kind->effect != SV_ANSWERS)
		r->implicit_keep = false;
	if (is_taken(r, &action))
		return SV_NEXT;
	const char *why = action_conflict(&action, r->actions, r->count);
	if (why) {
		run_fail(run, node, "%s", why);
		return SV_FAIL;
	}
	if (check_counts(run, node, &action) < 0)
		return SV_FAIL;
	*(struct sv_action *)ARENA_PUSH(run->mem, r->actions, r->count) = action;
	return SV_NEXT;
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

int run_test(struct sv_run *run, const struct sv_node *test)
{
	struct sv_event e = event(run, test, SV_EVENT_TEST);
	if (run_charge(run, test, STEPS_A_NODE) < 0 || !may_run(run, test))
		return -1;
	tell(run, &e);
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
		tell(run, &e);
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
	struct sv_event e = event(run, node, SV_EVENT_COMMAND);
	tell(run, &e);
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
		.limits = script_limits(input->host),
		.mem = mem,
		.scratch = arena_new(),
		.captures = arena_new(),
		.held = arena_bytes(mem),
		.result = result,
		.capturing = captures(script),
		.started = cpu_milliseconds(),
		.states = arena_alloc(mem, ext_count(input->host) * sizeof *run.states),
		.allowed = arena_alloc(mem, ext_count(input->host) * sizeof *run.allowed),
	};
	*result = (struct sv_result){.implicit_keep = true, .keep = {.kind = &action_keep}};
	begin(&run);
	bool failed = run_block(&run, &script->block) == SV_FAIL || finish(&run) < 0;
	result->cost = (struct sv_cost){run.steps, run.most_held};
	arena_free(run.scratch);
	arena_free(run.captures);
	return failed ? err_temp(err, STR_FMT, STR_ARGS(run.error)) : 0;
}
