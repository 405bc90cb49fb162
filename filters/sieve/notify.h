/* The data of a notify action; the argument is the method's URI (RFC 5435). */
#ifndef FILTERS_SIEVE_NOTIFY_H
#define FILTERS_SIEVE_NOTIFY_H

#include "filters/sieve/ext.h"

struct sv_notification {
	const struct sv_notify_method *method;
	struct str from, message; /* empty: not given */
	char importance;          /* '1', '2' or '3' */
	struct str_list options;
};

/* The `data` of an action of this kind is a struct sv_notification. */
extern const struct sv_action_kind notify_action;

#endif
