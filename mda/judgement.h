/*
 * What the process that judges hands back, and all that the one that carries it out knows of a
 * message: a frame with the verdict and the plan. It is believed as far as its rows allow; whoever
 * reads it has been told by a stranger.
 */
#ifndef MDA_JUDGEMENT_H
#define MDA_JUDGEMENT_H

#include "base/buf.h"
#include "mda/delivery/plan.h"

enum { JUDGEMENT_VERSION = 2 };

/* Microseconds that a stage took. */
struct spent {
	uint64_t microseconds;
};

struct judgement {
	bool failed; /* the stages could not go on; the rest is what they had decided so far */
	struct {
		uint32_t fault; /* enum fault */
		const char *dsn;
		struct str text;
	} failure;

	/* As far as the log needs it. */
	struct verdict verdict;
	/* What is carried out. */
	struct plan plan;

	struct str sender;             /* of the envelope, when only the message says it */
	struct str original_recipient; /* of a stamp that holds; empty: as the MTA says */
	struct str_list passed;        /* the mailboxes that have redirected it */

	struct spent *spent; /* in the order of pipeline_stages */
	size_t spent_count;
	struct str trace; /* what the rules did, step by step */
};

/* The judgement of D, whose stages have run, as a frame. */
void judgement_write(struct buf *to, const struct judgement *j, struct str message);

/*
 * Reads a frame: texts are parts of it and of MESSAGE, the rest is in MEM. -1 with what cannot be:
 * a number out of its range, a name that is no folder's, what is no address, a line end where one
 * line belongs, a part of the message that is not there, or is there twice.
 */
int judgement_read(struct str frame, struct str message, struct arena *mem, struct judgement *j,
	struct err *err);

#endif
