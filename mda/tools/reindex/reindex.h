/*
 * What the commands of mda-reindex share: the mailbox that they work on, and the table of commands.
 */
#ifndef MDA_TOOLS_REINDEX_REINDEX_H
#define MDA_TOOLS_REINDEX_REINDEX_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "mda/tools/program.h"
#include "mda/tools/progress.h"
#include "store/store_rewrite.h"
#include "store/uiddb.h"

/* Exit statuses other than 75, which means that the command failed (see exits.h). */
enum { REINDEX_AGREES = 0, REINDEX_DISAGREES = 1 };

/* How a command uses the mailbox, which decides what is opened. */
enum reindex_need {
	REINDEX_READS,   /* the database, read only: nothing is changed, and nobody waits */
	REINDEX_CHANGES, /* the store; with --dry-run, as above */
};

enum reindex_order { ORDER_DATE, ORDER_ARRIVAL, ORDER_SIZE };
enum reindex_format { FORMAT_TEXT, FORMAT_DOVECOT, FORMAT_COURIER };

struct reindex {
	const char *maildir, *state; /* paths */
	int root;                    /* the Maildir, opened */
	struct uiddb *db;
	struct store *store; /* if the command changes something */
	enum store_server server;
	/* the options */
	bool json, dry_run, yes, force;
	bool quiet; /* another program asked, and nothing is printed */
	enum reindex_order order;
	enum reindex_format format;
	const char *folder; /* --folder; NULL: all */
	const char *input;  /* the file to import */
	struct progress progress;
	struct arena *mem;
};

struct reindex_command {
	struct command is;
	enum reindex_need need;
	bool takes_file; /* one more word after the mailbox */
	/*
	 * Prints the result on standard output. Returns the exit status, or -1 with the reason, for
	 * which the status is 75.
	 */
	int (*run)(struct reindex *r, struct err *err);
};

/* Each is in a file of its own, reindex_NAME.c. */
extern const struct reindex_command reindex_show, reindex_check, reindex_repair, reindex_renumber,
	reindex_export, reindex_import;

/*
 * Shows the progress of long work in a folder, such as "INBOX: reading". progress_end() erases the
 * line.
 */
void reindex_progress(struct reindex *r, struct str directory, const char *doing, size_t total);

int reindex_print_some(struct buf *to, struct err *err);

#endif
