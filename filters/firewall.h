/*
 * The header firewall: fields that only we may write, or that our decisions trust, and that came
 * from outside, are taken out, however they are disguised. A reader may skip NULs, controls and
 * blanks, and take a bare CR for the end of a line.
 */
#ifndef FILTERS_FIREWALL_H
#define FILTERS_FIREWALL_H

#include "base/message.h"
#include "base/verdict.h"

/*
 * Removes the fields with one of NAMES: "X-Spam-Flag", or "X-Spam-*" for all that start so. No
 * case.
 */
void firewall_apply(const struct str_list *names, const struct message *msg, struct verdict *v);

/* Removes those in which a reader might see a field NAME that is none by RFC 5322. */
void firewall_remove_disguised(const struct message *msg, struct str name, struct verdict *v);
/* Might a reader take a part of one of the fields for a field NAME, which it is not by RFC 5322? */
bool firewall_finds_disguised(const struct message *msg, struct str name);

#endif
