/* The data of a report action; the argument is the text for people (vnd.dovecot.report). */
#ifndef FILTERS_SIEVE_FEEDBACK_H
#define FILTERS_SIEVE_FEEDBACK_H

#include "filters/sieve/engine.h"

struct sv_feedback {
	struct str type; /* "abuse": a token (RFC 5965 section 3.1) */
	struct str to;
	bool only_header; /* of the message */
};

/* The `data` of an action of this kind is a struct sv_feedback. */
extern const struct sv_action_kind feedback_action;

#endif
