/*
 * The result of the process that judges, and all that the process that delivers knows of the
 * message: a frame with the verdict and the plan. The rows of the frame limit what is accepted;
 * within them, the reader must treat it as a stranger's word.
 */
#ifndef MDA_JUDGEMENT_H
#define MDA_JUDGEMENT_H

#include "base/buf.h"
#include "mda/delivery/plan.h"

enum { JUDGEMENT_VERSION = 3 };

/* The microseconds that a stage took. */
struct spent {
	uint64_t microseconds;
};

struct judgement {
	bool failed; /* a stage could not go on; the rest is what was decided before */
	struct {
		uint32_t fault; /* enum fault */
		const char *dsn;
		struct str text;
	} failure;

	/* As much of the verdict as the log needs. */
	struct verdict verdict;
	/* What is carried out. */
	struct plan plan;

	struct str sender;             /* the sender, if only the message names it */
	struct str original_recipient; /* of a valid stamp; empty: the MTA's counts */
	struct str_list passed;        /* the mailboxes that have redirected the message */

	struct spent *spent; /* in the order of pipeline_stages */
	size_t spent_count;
	struct str trace; /* what the rules did, step by step */
};

/* Writes the judgement of D, whose stages have run, as a frame. */
void judgement_write(struct buf *to, const struct judgement *j, struct str message);

/*
 * Reads a frame. Texts are slices of it and of MESSAGE; the rest is in MEM. -1 with the reason if
 * something is invalid: a number out of range, a name that cannot be a folder, an invalid address,
 * a line end within a line, or a part of the message that does not exist or comes twice.
 */
int judgement_read(struct str frame, struct str message, struct arena *mem, struct judgement *j,
	struct err *err);

#endif
