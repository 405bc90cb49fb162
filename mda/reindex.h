/* What the subcommands of mda-reindex share: the mailbox that they work on, and one row a subcommand. */
#ifndef MDA_REINDEX_H
#define MDA_REINDEX_H

#include "mda/base/arena.h"
#include "mda/base/buf.h"
#include "mda/base/err.h"
#include "store/uiddb.h"

/* Exit status: 75 (of exits.h) is "cannot tell". */
enum { REINDEX_AGREES = 0, REINDEX_DISAGREES = 1 };

struct reindex {
	const char *maildir, *state; /* paths */
	int root;                    /* the Maildir, opened */
	struct uiddb *db;
	bool json;
	struct arena *mem;
};

struct reindex_command {
	const char *name, *meaning;
	/* The exit status, or -1 with the reason that makes it 75. Prints its result on standard output. */
	int (*run)(struct reindex *r, struct err *err);
};

/* One file each: mda/reindex_NAME.c. */
extern const struct reindex_command reindex_show, reindex_check;

/* Prints what TO holds and empties it; the second only when it is worth a write. */
int reindex_print(struct buf *to, struct err *err);
int reindex_print_some(struct buf *to, struct err *err);

#endif
