/*
 * What runs beside a hostile message: the library, in a child that can only compute. It hands back
 * records, which may say anything once the message has taken the child over.
 */
#ifndef FILTERS_SIEVE_LIBSIEVE_LIBSIEVE_CHILD_H
#define FILTERS_SIEVE_LIBSIEVE_LIBSIEVE_CHILD_H

#include "base/buf.h"

#include <stdint.h>

struct libsieve_session {
	const char *script;
	size_t size; /* of the message */
	char ***values;
	size_t value_count;
	bool run;        /* otherwise it is only parsed */
	struct buf *out; /* set by libsieve_work() */
};

enum libsieve_record_kind { RECORD_ACTION = 'A', RECORD_ERROR = 'E', RECORD_END = '.' };

/*
 * Action: the number is its place among the commands. Error: the number is the line, or 0, and the
 * text comes after the record.
 */
struct libsieve_record {
	uint32_t kind, number, size;
};

/* Loads the library; NULL, or why that is impossible. For struct confined_job. */
const char *libsieve_load(void *context);

/* Parses or runs CONTEXT, a struct libsieve_session, and writes records to OUT, an end last. */
void libsieve_work(void *context, struct buf *out);

/*
 * Takes the next record from the start of REST. False at the end, and if the next bytes are not a
 * record.
 */
bool libsieve_take_record(struct str *rest, struct libsieve_record *r, struct str *text);

#endif
