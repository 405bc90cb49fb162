/* A trace of a script, step by step: the rule engine's events as an indented tree, or as JSON. */
#ifndef MDA_TRACE_H
#define MDA_TRACE_H

#include "base/buf.h"
#include "filters/sieve/host.h"

/* Start with { .json = ... }; free `text`. */
struct trace {
	bool json;       /* JSON objects, separated by commas; else lines */
	struct buf text; /* of all events so far */
	struct str script;
	/* Gets the events instead, with CONTEXT; NULL: they become text. */
	void (*watch)(void *context, const struct sv_event *event);
	void *context;
};

/* Appends the event. Long values are cut in lines; control characters are replaced. */
void trace_add(struct trace *t, const struct sv_event *event);

#endif
