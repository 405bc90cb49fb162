/* What mda-doctor has found, as text or JSON. */
#ifndef MDA_TOOLS_DOCTOR_DOCTOR_SHOW_H
#define MDA_TOOLS_DOCTOR_DOCTOR_SHOW_H

#include "base/json.h"
#include "base/terminal.h"
#include "mda/tools/doctor/doctor.h"

struct doctor_tally {
	size_t count[DOCTOR_STATUSES];
	enum doctor_status worst;
};

/* "ok", "warning", "error" */
extern const char *const doctor_show_words[DOCTOR_STATUSES];

void doctor_show_count(struct doctor_tally *t, enum doctor_status status);

/*
 * A line of the result. BEFORE, such as the mailboxes concerned, comes before the text; it is
 * empty, or ends with a blank. What strangers wrote cannot control the terminal.
 */
void doctor_show_line(struct buf *to, const struct terminal *look, const struct doctor_finding *f,
	struct str before);
/* The last line. AFTER is added to it, or empty. */
void doctor_show_summary(struct buf *to, const struct terminal *look, const struct doctor_tally *t,
	struct str after);

/* Begins the object of a result; the caller adds arrays, and ends it with doctor_show_end(). */
void doctor_show_begin(struct json *json, const struct doctor_tally *t);
/* The members of a finding, in an object that is open. */
void doctor_show_members(struct json *json, const struct doctor_finding *f);
void doctor_show_end(struct json *json);

/* The findings of D alone, and their sum. */
void doctor_show_text(struct buf *to, const struct doctor *d, const struct terminal *look);
void doctor_show_json(struct buf *to, const struct doctor *d);

#endif
