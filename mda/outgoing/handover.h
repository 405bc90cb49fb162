/*
 * Hands a message to the MTA once, even if we are killed meanwhile. A process of its own does it,
 * outlives us, and records the result in a note, a file in the directory "handover" of the state
 * directory. The next attempt at the delivery waits for that process and reads the note.
 */
#ifndef MDA_OUTGOING_HANDOVER_H
#define MDA_OUTGOING_HANDOVER_H

#include "mda/outgoing/submit.h"
#include "store/store.h"

enum handed {
	HANDED_NOT,     /* it was not begun, or the MTA did not take it */
	HANDED_TAKEN,   /* the MTA took it */
	HANDED_UNKNOWN, /* the process was killed, too, or the machine stopped, in the middle */
};

struct handover {
	struct str directory, path;
	int note;
	enum handed state; /* as far as it is known now */
	bool refused;      /* with HANDED_NOT: it never will be taken; the reason is in the note */
};

/*
 * Opens the note about WHAT in delivery ID. If the process of an earlier attempt is still working,
 * waits for it up to SECONDS. The strings of H are in MEM. -1, a temporary fault: it cannot be
 * handed over now.
 */
int handover_begin(struct handover *h, const char *state_dir, const struct store_id *id,
	struct str what, unsigned seconds, struct arena *mem, struct err *err);

/*
 * The work to be done once. It returns what submit_message() returns, and runs in a process that
 * has only the standard descriptors, which are /dev/null, and the note.
 */
struct handover_work {
	int (*work)(const void *context, struct arena *mem, struct err *err);
	const void *context;
	unsigned seconds; /* it takes no longer than that */
};

/* Does the work. 0 when it is done; else like handover_submit(). */
int handover_do(
	struct handover *h, const struct handover_work *what, struct arena *mem, struct err *err);

/*
 * Submits S. 0 if the MTA has taken it. Else -1, like submit_message(), and h->state says whether
 * the MTA may have it anyway.
 */
int handover_submit(
	struct handover *h, const struct submission *s, struct arena *mem, struct err *err);

/* Fills ERR with the reason why it was refused or why it is unknown whether it was taken. */
void handover_reason(const struct handover *h, struct err *err);

/*
 * Ends the work with H. If the journal has the result (RECORDED), or the message was not taken, the
 * note is removed; else it stays for the next attempt.
 */
void handover_end(struct handover *h, bool recorded);

/* Ends the work with H for now: the note stays for the next attempt. */
void handover_leave(struct handover *h);

/* Removes the note of an attempt that died, because the journal says that the work was done. */
void handover_forget(
	const char *state_dir, const struct store_id *id, struct str what, struct arena *mem);

#endif
