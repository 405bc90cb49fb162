/*
 * The stage that inspects attachments, by their bytes and their names, for what the admin does not
 * allow.
 */
#ifndef FILTERS_ATTACHMENTS_H
#define FILTERS_ATTACHMENTS_H

#include "base/message.h"
#include "base/verdict.h"

/*
 * Is it a pattern of MIME types ("application/x-dosexec", "application/x-*") or, without a slash,
 * of file names ("*.exe")? Case does not matter.
 */
bool attachments_pattern_valid(struct str pattern);

/*
 * Makes the message spam, with the reason, when a part has a matching type (as libmagic sees it,
 * whatever is declared) or a matching name, or is a zip archive with a matching name in it; also
 * when a part cannot be inspected completely or can be read in two ways. Adds a note for each part
 * whose type disagrees with its declaration or name. Loads nothing when there are no patterns or no
 * MIME parts.
 */
void attachments_judge(
	const struct str_list *patterns, const struct message *msg, struct verdict *v);
/* Makes the message spam, if there are patterns: for the reason WHY nobody can look at it. */
void attachments_doubt(const struct str_list *patterns, const char *why, struct verdict *v);

/* For tests: another processor time than LIMIT_ATTACHMENT_CPU. */
void attachments_allow(unsigned milliseconds);

#endif
