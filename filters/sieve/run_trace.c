#include "filters/sieve/run_trace.h"

#include "base/str_list.h"
#include "filters/sieve/match.h"
#include "filters/sieve/run.h"

#include <stdarg.h>
#include <stdio.h>

/* ---- tracing ---- */

static bool has_trace(const struct sv_run *run)
{
	return run->host && run->host->trace;
}

bool run_is_traced(const struct sv_run *run)
{
	return has_trace(run) && !run->host->traces_few;
}

struct sv_event run_event(
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

void run_tell(struct sv_run *run, const struct sv_event *e)
{
	bool counts = e->kind == SV_EVENT_MATCH || e->kind == SV_EVENT_ERROR;
	if (counts ? has_trace(run) : run_is_traced(run))
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
	struct sv_event e = run_event(run, node, SV_EVENT_NOTE);
	e.text = str_of(text);
	run_tell(run, &e);
}

void run_tell_match(
	struct match *m, const struct sv_value *value, const struct match_key *key, bool result)
{
	if (!has_trace(m->run))
		return;
	struct sv_event e = run_event(m->run, m->node, SV_EVENT_MATCH);
	e.result = result;
	e.source = m->source;
	e.value = value->text;
	e.key = key->text;
	e.match = m->node->match->name;
	e.comparator = m->node->comparator->name;
	run_tell(m->run, &e);
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
	struct sv_event e = run_event(run, node, SV_EVENT_ERROR);
	e.text = str_of(text);
	run_tell(run, &e);
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
