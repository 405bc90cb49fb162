/*
 * What a report action says beside its argument, which is the text for a person
 * (vnd.dovecot.report).
 */
#ifndef FILTERS_SIEVE_FEEDBACK_H
#define FILTERS_SIEVE_FEEDBACK_H

#include "filters/sieve/engine.h"

struct sv_feedback {
	struct str type; /* "abuse": a token (RFC 5965 section 3.1) */
	struct str to;
	bool only_header; /* of the message */
};

/* The `data` of an action of this kind is a struct sv_feedback. */
extern const struct sv_action_kind action_report;

#endif
