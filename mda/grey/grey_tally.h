/* What the server has counted, and its decisions as words. */
#ifndef MDA_GREY_GREY_TALLY_H
#define MDA_GREY_GREY_TALLY_H

#include "base/buf.h"

#include <stdint.h>

/* Why a request got its answer. */
enum grey_reason {
	GREY_REASON_NEW,
	GREY_REASON_EARLY,
	GREY_REASON_DELAYED,
	GREY_REASON_KNOWN,
	GREY_REASON_CLIENT,         /* allowed after some passes */
	GREY_REASON_ALLOWED_CLIENT, /* grey_allow_clients */
	GREY_REASON_ALLOWED_RECIPIENT,
	GREY_REASON_ALLOWED_SENDER, /* an allow list of mda */
	GREY_REASON_CONTACT,
	GREY_REASON_QUESTION, /* not one about a recipient */
	GREY_REASON_DATABASE, /* it could not be used */
	GREY_REASON_LATE,     /* it did not answer in time */
	GREY_REASONS,
};

struct grey_tally {
	uint64_t connections_total, connections, closed; /* closed: for others, or too slow */
	uint64_t searches;                               /* for contacts */
	uint64_t reasons[GREY_REASONS];
};

extern const char *const grey_tally_words[GREY_REASONS];

/* Appends it in the text format of Prometheus. */
void grey_tally_print(const struct grey_tally *t, struct buf *to);

#endif
