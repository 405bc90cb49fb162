/* What was done of a plan, for the log and for `mda explain`. */
#ifndef MDA_DELIVERY_OUTCOME_H
#define MDA_DELIVERY_OUTCOME_H

#include "mda/delivery/plan.h"
#include "store/store.h"

/* What was done of one step. */
struct done {
	struct step step;
	struct str folder; /* the folder that it is in; for an impossible name that is the INBOX */
	struct store_receipt receipt;
	bool again; /* an earlier attempt at this delivery had done it */
};

struct outcome {
	struct arena *mem;
	struct done *items;
	size_t count;
	/*
	 * Stored beside the message: copies of answers, reports on rules. Only folder and receipt.
	 */
	struct done *beside;
	size_t beside_count;
	struct str answered; /* "vacation:bob@b.example", separated by commas */
	/*
	 * Files beside the user's own: those of the plan, then reports on what failed when it was
	 * carried out. The first ones are written already.
	 */
	struct report *reports;
	size_t report_count, reports_written;
	/* Problems that did not stop the delivery. */
	struct notes notes;
};

/* The state before anything of PLAN is done. What is added later is in MEM. */
void outcome_begin(struct outcome *out, const struct plan *plan, struct arena *mem);
struct done *outcome_add(struct outcome *out, const struct step *step);
/* Was the message stored anywhere? */
bool outcome_is_stored(const struct outcome *out);
void outcome_report(struct outcome *out, struct str path, struct str text);

#endif
