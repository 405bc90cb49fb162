/*
 * What the changing commands share. Each command plans the new UIDs of a folder. The plan is
 * compared with the old UIDs here, printed, and, without --dry-run, carried out.
 */
#ifndef MDA_TOOLS_REINDEX_REINDEX_CHANGE_H
#define MDA_TOOLS_REINDEX_REINDEX_CHANGE_H

#include "mda/tools/reindex/reindex_view.h"

/* One folder, before and after. */
struct change {
	struct reindex *r;
	struct str directory, folder; /* folder: the name for people */
	struct view view;             /* before */
	bool exact;                   /* no file can have been missed */
	struct uiddb_entry *entries;  /* after, by UID; the names are in the view, or in MEM */
	size_t count;
	uint32_t uidvalidity, uidnext;
	struct arena *mem;
};

/*
 * Plans the change: 1 if there is one, 0 if nothing changes, -1 on error. The folder's view is
 * loaded; without --dry-run the mailbox's locks are held. NEW_UIDVALIDITY is one that the mailbox
 * never had.
 */
typedef int change_plan(struct change *c, uint32_t new_uidvalidity, void *context, struct err *err);
/*
 * Runs after a change was carried out, or always (done_always). The view still exists. May be NULL.
 */
typedef int change_done(struct change *c, void *context, struct err *err);

struct change_work {
	change_plan *plan;
	change_done *done;
	bool done_always; /* also if the plan changed nothing */
	bool skips_new;   /* a folder that has just got all its UIDs needs no plan */
	void *context;
};

/*
 * Works on all folders of the command. Returns the exit status: with --dry-run, REINDEX_DISAGREES
 * if something would change. -1 on error; what was done before the error stays done.
 */
int reindex_change(struct reindex *r, const struct change_work *work, struct err *err);

/*
 * The present entries with their digests, for a plan that starts from them. Leaves room for MORE
 * after them.
 */
int reindex_change_start(struct change *c, size_t more, struct err *err);

#endif
