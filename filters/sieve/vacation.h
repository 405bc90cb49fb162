/* What a vacation action says beside its argument, which is the reason (RFC 5230). */
#ifndef FILTERS_SIEVE_VACATION_H
#define FILTERS_SIEVE_VACATION_H

#include "filters/sieve/engine.h"

struct sv_vacation {
	unsigned long long seconds; /* until the same sender is answered again; 0: always */
	struct str subject, from;   /* empty: not given */
	struct str_list addresses;  /* that are the recipient's too */
	bool mime;                  /* the reason is a MIME entity */
	struct str handle;          /* names the answer, for who got it already */
};

/* The `data` of an action of this kind is a struct sv_vacation. */
extern const struct sv_action_kind action_vacation;

#endif
