/* What a script did, step by step: the rule engine's events as an indented tree, or as JSON. */
#ifndef MDA_TRACE_H
#define MDA_TRACE_H

#include "base/buf.h"
#include "filters/sieve/host.h"

/* Start with { .json = ... }; free `text`. */
struct trace {
	bool json;       /* objects, with commas between; else lines */
	struct buf text; /* of all events so far */
	struct str script;
};

/*
 * Appends the event. Of a long value lines show the beginning; what could drive a terminal is
 * replaced.
 */
void trace_add(struct trace *t, const struct sv_event *event);

#endif
