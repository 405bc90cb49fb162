/*
 * Changes that a script makes to the message: later tests see them, and what is stored or sent
 * later has them.
 */
#ifndef FILTERS_SIEVE_EDIT_H
#define FILTERS_SIEVE_EDIT_H

#include "filters/sieve/run.h"

/* Adds a field in front of all others, or behind them. VALUE is UTF-8. */
void edit_add(struct sv_run *run, struct str name, struct str value, bool last);
/* The same with a whole field as it is to be written, without its LF; behind all others. */
void edit_add_raw(struct sv_run *run, struct str field);
/* What the delivery writes stays. */
void edit_remove(struct sv_run *run, struct value_field *field);
/* The body is BODY from now on; it lives as long as the run. */
void edit_body(struct sv_run *run, struct str body);

/* The header as it is now, in fields with their LF and without the blank line behind; in MEM. */
struct str edit_header(const struct sv_run *run, struct arena *mem);
/* The whole message as it is now. */
struct str edit_message(const struct sv_run *run);
struct str edit_current_body(const struct sv_run *run);

/* What was changed so far; NULL: nothing. It stays as it is when more is changed. */
const struct changes *edit_changes(struct sv_run *run);
/* The header of the message with the changes that an earlier script made. */
void edit_start(struct sv_run *run);

#endif
