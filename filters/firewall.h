/*
 * The header firewall removes fields from outside that only we may write or that our decisions
 * trust, however they are disguised. A reader may skip NULs, controls and blanks, and may take a
 * bare CR for the end of a line.
 */
#ifndef FILTERS_FIREWALL_H
#define FILTERS_FIREWALL_H

#include "base/message.h"
#include "base/verdict.h"

/*
 * Removes the fields with one of NAMES: "X-Spam-Flag", or "X-Spam-*" for all names that start so.
 * Case does not matter.
 */
void firewall_apply(const struct str_list *names, const struct message *msg, struct verdict *v);

/* Removes fields in which a reader might see a field NAME that is not one by RFC 5322. */
void firewall_remove_disguised(const struct message *msg, struct str name, struct verdict *v);
/* Might a reader see a field NAME, which is not one by RFC 5322, in one of the fields? */
bool firewall_finds_disguised(const struct message *msg, struct str name);

#endif
