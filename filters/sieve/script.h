/* A compiled script of the builtin engine. */
#ifndef FILTERS_SIEVE_SCRIPT_H
#define FILTERS_SIEVE_SCRIPT_H

#include "filters/sieve/ext.h"

struct sv_script {
	struct str name, text;
	const struct sv_host *host; /* may be NULL */
	struct sv_block block;
	/*
	 * By the extension's number: is it required (or always available), and its state of
	 * script_size bytes.
	 */
	const bool *active;
	void **states;
	size_t ext_count;
};

/* Does this script require it? */
bool script_requires(const struct sv_script *s, const struct sv_ext *ext);
/* Its state for the script, made when it is first needed. */
void *script_state(const struct sv_script *s, const struct sv_ext *ext, struct arena *mem);
/* The limits of the script's host. */
const struct sv_limits *script_limits(const struct sv_host *host);

#endif
