/* The data of a vacation action; the argument is the reason (RFC 5230). */
#ifndef FILTERS_SIEVE_VACATION_H
#define FILTERS_SIEVE_VACATION_H

#include "filters/sieve/engine.h"

struct sv_vacation {
	unsigned long long seconds; /* until the same sender is answered again; 0: always */
	struct str subject, from;   /* empty: not given */
	struct str_list addresses;  /* other addresses of the recipient */
	bool mime;                  /* the reason is a MIME entity */
	struct str handle;          /* identifies the answer, to find who has had it */
};

/* The `data` of an action of this kind is a struct sv_vacation. */
extern const struct sv_action_kind vacation_action;

#endif
