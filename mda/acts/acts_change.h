/* What a look at the mailbox changes: the lists, for one message after the other. */
#ifndef MDA_ACTS_ACTS_CHANGE_H
#define MDA_ACTS_ACTS_CHANGE_H

#include "mda/acts/acts_move.h"
#include "mda/acts/acts_sender.h"

/*
 * A delivery must not wait for long: what is left is done by the next one. A time that is younger
 * than ACTS_SETTLED seconds may not show the next change.
 */
enum { ACTS_MESSAGES_MOST = 20, ACTS_SETTLED = 2 };

struct acts_change {
	const struct acts *acts;
	struct str_list taken_back; /* entries; more messages of that sender do nothing */
	struct buf refused[2];      /* what could not be done, for the owner of each list */
	size_t moved;
	bool failed; /* something is left to be tried again */
};

/*
 * Changes the lists as the message's folder says: 1 an entry is there, 0 one was taken back or none
 * is made (the sender has none: that is told), -1 on error.
 */
int acts_change_lists(struct acts_change *c, const struct acts_message *m,
	const struct acts_sender *sender, struct err *err);

/* Takes the entry back if the list opposite to the message's folder has it by such an act. */
int acts_change_undo(
	struct acts_change *c, const struct acts_message *m, struct str entry, struct err *err);

/* To be called when what acts_change_*() was for is done with the message. */
int acts_change_done(struct acts_change *c, struct err *err);

/* Counts the result of one message: 1 done, 0 it is gone, -1 it stays, for the reason in ERR. */
void acts_change_count(struct acts_change *c, struct str folder, int result, const struct err *err);

/*
 * At the end: what was refused is told in a file beside the list, until something is done again.
 */
void acts_change_report(struct acts_change *c);

#endif
