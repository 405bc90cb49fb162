/* What became of a verdict, for the log and for whoever asks. */
#ifndef MDA_DELIVERY_OUTCOME_H
#define MDA_DELIVERY_OUTCOME_H

#include "base/verdict.h"
#include "store/store.h"

/* What became of one action. */
struct done {
	struct action action;
	struct str folder; /* where it was stored, which may be the INBOX in a bad name's stead */
	struct store_receipt receipt;
	bool again; /* an earlier attempt at this delivery had done it */
};

struct outcome {
	struct done *items;
	size_t count;
	struct str answered; /* "vacation:bob@b.example", with commas between them */
};

/*
 * The one form of a folder's name, in the verdict's memory. A folder that cannot be is no reason to
 * lose or delay mail: it is the INBOX, with a note.
 */
struct str outcome_folder(struct verdict *v, struct str name);

/* One more, in MEM. */
struct done *outcome_add(struct outcome *out, const struct action *action, struct arena *mem);

#endif
