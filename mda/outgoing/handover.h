/*
 * Handing a message to the MTA once, even when we are killed meanwhile. A process of its own does
 * it, which outlives us, and writes down how it went: a note, a file in "handover" of the state
 * directory. The next attempt at the delivery waits for that process, and reads the note.
 */
#ifndef MDA_OUTGOING_HANDOVER_H
#define MDA_OUTGOING_HANDOVER_H

#include "mda/outgoing/submit.h"
#include "store/store.h"

enum handed {
	HANDED_NOT,     /* it was not begun, or the MTA did not take it */
	HANDED_TAKEN,   /* the MTA took it */
	HANDED_UNKNOWN, /* who did it was killed too, or the machine stopped, in the middle */
};

struct handover {
	struct str directory, path;
	int note;
	enum handed state; /* what is known now */
	bool refused;      /* HANDED_NOT, and it never will be: a reason is in the note */
};

/*
 * Opens the note of what the delivery ID hands over under the name WHAT, and waits, up to SECONDS,
 * for the process of an earlier attempt that is still at it. The strings of H live in MEM. -1, a
 * temporary fault: not to be handed over now.
 */
int handover_begin(struct handover *h, const char *state_dir, const struct store_id *id,
	struct str what, unsigned seconds, struct arena *mem, struct err *err);

/*
 * What is done once: as submit_message() says it, in a process that has no descriptor but the
 * standard ones, which are /dev/null.
 */
struct handover_work {
	int (*work)(const void *context, struct arena *mem, struct err *err);
	const void *context;
	unsigned seconds; /* it takes no longer */
};

/* 0 when it is done; else as handover_submit(). */
int handover_do(
	struct handover *h, const struct handover_work *what, struct arena *mem, struct err *err);

/*
 * Hands S over. 0 when the MTA has taken it; else -1 as submit_message() says it, and the state
 * tells whether the MTA may have it all the same.
 */
int handover_submit(
	struct handover *h, const struct submission *s, struct arena *mem, struct err *err);

/* Why it was refused, or is not known to be taken. */
void handover_reason(const struct handover *h, struct err *err);

/*
 * The end. The note goes when the journal says the same, or there is nothing to know; else it stays
 * for the next attempt.
 */
void handover_end(struct handover *h, bool recorded);

/* The end for now: the note stays as it is, for the next attempt. */
void handover_leave(struct handover *h);

/*
 * The journal says that it was done; a note that an attempt which died left is not needed any more.
 */
void handover_forget(
	const char *state_dir, const struct store_id *id, struct str what, struct arena *mem);

#endif
