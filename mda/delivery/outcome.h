/* What became of a plan, for the log and for whoever asks. */
#ifndef MDA_DELIVERY_OUTCOME_H
#define MDA_DELIVERY_OUTCOME_H

#include "mda/delivery/plan.h"
#include "store/store.h"

/* What became of one action. */
struct done {
	struct action action;
	struct str folder; /* where it was stored, which may be the INBOX in a bad name's stead */
	struct store_receipt receipt;
	bool again; /* an earlier attempt at this delivery had done it */
};

struct outcome {
	struct arena *mem;
	struct done *items;
	size_t count;
	struct str answered; /* "vacation:bob@b.example", with commas between them */
	/*
	 * Files beside the user's own: those of the plan, then what went wrong while it was carried
	 * out. The first of them are written already.
	 */
	struct report *reports;
	size_t report_count, reports_written;
	/* What went wrong on the way and did not stop the delivery. */
	struct notes notes;
};

/* Nothing is done yet of PLAN. What is added later is in MEM. */
void outcome_begin(struct outcome *out, const struct plan *plan, struct arena *mem);
struct done *outcome_add(struct outcome *out, const struct action *action);
/* Was the message stored anywhere? */
bool outcome_is_stored(const struct outcome *out);
void outcome_report(struct outcome *out, struct str path, struct str text);

#endif
