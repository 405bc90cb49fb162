/*
 * Changes that a script makes to the message. Later tests see them, and what is stored or sent
 * later has them.
 */
#ifndef FILTERS_SIEVE_EDIT_H
#define FILTERS_SIEVE_EDIT_H

#include "filters/sieve/run_data.h"

/* Adds a field before or, with LAST, after all others. VALUE is UTF-8. */
void edit_add(struct sv_run *run, struct str name, struct str value, bool last);
/* Adds a whole field as it will be written, without its LF, after all others. */
void edit_add_raw(struct sv_run *run, struct str field);
/* Removes a field. Fields that the delivery writes stay. */
void edit_remove(struct sv_run *run, struct value_field *field);
/* Replaces the body by BODY, which must live as long as the run. */
void edit_body(struct sv_run *run, struct str body);

/* The current header: fields with their LF, without the blank line that follows; in MEM. */
struct str edit_header(const struct sv_run *run, struct arena *mem);
/* The whole message in its current form. */
struct str edit_message(const struct sv_run *run);
struct str edit_current_body(const struct sv_run *run);

/* The changes so far; NULL: none. The result stays the same when more is changed. */
const struct changes *edit_changes(struct sv_run *run);
/* Begins with the header of the message and the changes of an earlier script. */
void edit_start(struct sv_run *run);

#endif
