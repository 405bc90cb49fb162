/* Answers, and the line of the log for each. */
#ifndef MDA_GREY_GREY_REPORT_H
#define MDA_GREY_GREY_REPORT_H

#include "base/buf.h"
#include "mda/grey/grey_policy.h"
#include "mda/grey/grey_tally.h"

struct grey_decision {
	enum grey_reason reason;
	int64_t seconds; /* new, early: still to wait; delayed: how long it has waited */
};

bool grey_report_defers(enum grey_reason reason);

/*
 * Appends the answer for Postfix. With HOST, a message that was delayed gets a field that says so;
 * NULL: it gets none.
 */
void grey_report_answer(
	struct buf *to, const struct grey_decision *d, const char *host, int64_t now);
void grey_report_log(const struct grey_decision *d, const struct grey_request *r);

#endif
