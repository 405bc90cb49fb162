/*
 * What the changing commands share: each plans what shall be known of a folder; here it is compared
 * with what is known, told, and, unless --dry-run, carried out.
 */
#ifndef MDA_TOOLS_REINDEX_REINDEX_CHANGE_H
#define MDA_TOOLS_REINDEX_REINDEX_CHANGE_H

#include "mda/tools/reindex/reindex_view.h"

/* One folder, on its way from what is to what shall be. */
struct change {
	struct reindex *r;
	struct str directory, folder; /* folder: the name for people */
	struct view view;             /* what is */
	bool exact;                   /* no file can have been overlooked */
	struct uiddb_entry
		*entries; /* what shall be, by UID; the names are those of the view, or of MEM */
	size_t count;
	uint32_t uidvalidity, uidnext;
	struct arena *mem;
};

/*
 * Fills the change: 1 there is one, 0 all is well, -1 error. The folder's view is loaded, under the
 * mailbox's locks unless --dry-run. NEW_UIDVALIDITY is one that the mailbox never had.
 */
typedef int change_plan(struct change *c, uint32_t new_uidvalidity, void *context, struct err *err);
/* After it, when it was carried out (or always); the view is still there. May be NULL. */
typedef int change_done(struct change *c, void *context, struct err *err);

struct change_work {
	change_plan *plan;
	change_done *done;
	bool done_always; /* also where the plan changed nothing */
	bool skips_new;   /* a folder that just got all its UIDs needs no plan */
	void *context;
};

/*
 * Does the work in all folders of the command. The exit status: with --dry-run REINDEX_DISAGREES
 * when something would change. -1 on error; what was done before it stays done.
 */
int reindex_change(struct reindex *r, const struct change_work *work, struct err *err);

/*
 * The entries as they are now, digests included, for a plan that starts from them. Room for MORE is
 * left behind them.
 */
int change_start(struct change *c, size_t more, struct err *err);

#endif
