/*
 * The stage that looks at what is attached: by its bytes and by its name, as the admin does not
 * want it.
 */
#ifndef FILTERS_ATTACHMENTS_H
#define FILTERS_ATTACHMENTS_H

#include "base/message.h"
#include "base/verdict.h"

/*
 * Patterns of MIME types ("application/x-dosexec", "application/x-*") and, without a slash, of file
 * names ("*.exe"); no case.
 */
bool attachments_pattern_valid(struct str pattern);

/*
 * Makes the message spam, with that reason, when a part is of such a type (by libmagic, whatever it
 * is declared as), or is called so, or is a zip archive in which a file is called so; and when a
 * part of it cannot be looked at to the end, or can be read in two ways. Notes each part whose type
 * disagrees with what it is declared or called. Nothing is loaded when there are no patterns, or no
 * MIME parts.
 */
void attachments_judge(
	const struct str_list *patterns, const struct message *msg, struct verdict *v);

#endif
