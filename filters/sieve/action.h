/* The actions of RFC 5228 and what all actions have in common. */
#ifndef FILTERS_SIEVE_ACTION_H
#define FILTERS_SIEVE_ACTION_H

#include "filters/sieve/engine.h"

extern const struct sv_action_kind action_keep, action_fileinto, action_discard, action_redirect;
/* RFC 5429. It is here because other engines use it too. */
extern const struct sv_action_kind action_reject;

/* Adds a value to the property with that name; the property is made if it is missing. */
void action_add_property(
	struct sv_action *a, const char *name, struct str value, struct arena *mem);

/* Adds the property "flags" of what is stored. */
void action_add_flags(struct sv_action *a, const struct str_list *flags, struct arena *mem);

/* Appends the action on one line: `fileinto "A", copy, flags \Seen`. */
void action_describe(const struct sv_action *a, struct buf *to);

/*
 * Reads TEXT as exactly one address, in its plain form without blanks and comments. Empty when it
 * is not one.
 */
struct str action_address(struct str text, struct arena *mem);
/* The same for a redirect: also empty when an MTA would not send to it. */
struct str action_redirect_target(struct str argument, struct arena *mem);

/* Why NEW cannot be taken together with the existing actions; NULL when it can. */
const char *action_conflict(
	const struct sv_action *fresh, const struct sv_action *old, size_t count);

#endif
