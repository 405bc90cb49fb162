/* What a delivery reports: its line in the log, and the account of its decisions. */
#ifndef MDA_REPORT_H
#define MDA_REPORT_H

#include "mda/account/account.h"
#include "mda/delivery/delivery.h"
#include "mda/delivery/outcome.h"
#include "mda/judgement.h"

struct times {
	long long start;         /* microseconds, io_microseconds() */
	long long read, deliver; /* spent on reading the message and on carrying out the plan */
	struct spent *stages;    /* in the order of pipeline_stages */
};

/* "stored", "refused", "deferred": the status of the log's line. OUT may be NULL if ERR is not. */
struct str report_status(const struct outcome *out, const struct err *err, struct arena *mem);

/*
 * Logs the notes, each on a line, and the line of the delivery, with the id of its RECORD unless
 * that is empty. ERR is NULL if it succeeded.
 */
void report_log(const struct delivery *d, const struct outcome *out, const struct times *times,
	struct str record, const struct err *err);

/*
 * Logs a delivery that failed before its message could be judged, with the id of its RECORD unless
 * that is empty.
 */
void report_failure(struct str recipient, struct str record, const struct err *err);

/*
 * The account of a judged delivery. SPENT may be NULL; END is NULL for a dry run (account.h). A is
 * in the delivery's memory.
 */
void report_account(const struct delivery *d, const struct spent *spent,
	const struct account_end *end, struct account *a);

#endif
