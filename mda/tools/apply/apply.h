/* What the files of mda-apply share: the mailbox, and what is to be moved in it. */
#ifndef MDA_TOOLS_APPLY_APPLY_H
#define MDA_TOOLS_APPLY_APPLY_H

#include "base/buf.h"
#include "mda/tools/refile/refile_mail.h"
#include "store/store_move.h"

/* A message that is to be moved. */
struct apply_move {
	struct str from, to; /* directories below the Maildir */
	size_t number;       /* of the message in the mail, for the order */
	struct store_move move;
};

struct apply_moves {
	struct apply_move *items;
	size_t count;
	size_t done, gone; /* GONE: a reader was faster */
	bool interrupted;  /* a signal came: the others are not moved */
};

struct apply {
	struct store *store;
	bool quiet; /* show no progress */
	struct apply_moves moves;
	/* Records each batch before it is moved; see apply_undo.h. */
	store_move_intend *intend;
	void *context;
	struct str from, to; /* directories of the batch that is moved, for INTEND */
	struct arena *mem;
};

/*
 * Moves all of them, batch by batch, in the order of their folders, until a signal comes that
 * would end the program. -1 on error; what was moved stays where it is now.
 */
int apply_run(struct apply *a, struct err *err);

#endif
