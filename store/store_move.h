/*
 * Moves messages from one folder of a mailbox to another, as a reader could, but so that their new
 * UIDs are ours. Each message gets a new base name and a new UID in its new folder; the old UID is
 * never given again. A message's file is moved in one step, so whenever the process is killed, each
 * message is in exactly one of the two folders. What may be left is a UID without a message, which
 * IMAP allows.
 */
#ifndef STORE_STORE_MOVE_H
#define STORE_STORE_MOVE_H

#include "store/store.h"

enum { STORE_MOVE_MOST = 200 }; /* messages at once: deliveries and readers wait meanwhile */

struct store_move {
	/* ---- what the caller sets ---- */

	struct str base; /* of the file in the old folder */
	/* Where the file was last seen, for speed: its name in new/ or cur/. NULL: unknown. */
	const char *file;
	bool in_cur;
	unsigned add, remove;                          /* FLAG_... of verdict.h */
	struct str_list add_keywords, remove_keywords; /* by name */

	/* ---- what it gets ---- */

	/* Set before `intend` is called: */
	const char *new_base;
	bool there;        /* else it is not in the old folder any more */
	unsigned had, has; /* the flags that it had and will have, without keywords */
	/* Set afterwards: */
	bool moved;
	uint32_t uid, uidvalidity;
};

/*
 * Called under the mailbox's lock before anything is changed, to record what will be. -1: nothing
 * is moved.
 */
typedef int store_move_intend(
	void *context, const struct store_move *moves, size_t count, struct err *err);

/*
 * Moves at most STORE_MOVE_MOST messages between the directories FROM, which must exist, and TO,
 * which is made if it is missing. What is allocated is in MEM. On error -1; messages that were
 * moved before are marked as moved.
 */
int store_move(struct store *s, struct str from, struct str to, struct store_move *moves,
	size_t count, store_move_intend *intend, void *context, struct arena *mem, struct err *err);

#endif
