/*
 * What the subcommands of mda-reindex share: the mailbox that they work on, and one row a
 * subcommand.
 */
#ifndef MDA_TOOLS_REINDEX_REINDEX_H
#define MDA_TOOLS_REINDEX_REINDEX_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "mda/tools/program.h"
#include "mda/tools/progress.h"
#include "store/rewrite.h"
#include "store/uiddb.h"

/* Exit status: 75 (of exits.h) is "cannot tell". */
enum { REINDEX_AGREES = 0, REINDEX_DISAGREES = 1 };

/* What a command does with the mailbox; opened is what it needs. */
enum reindex_need {
	REINDEX_READS,   /* the database, read only; nothing is changed, nobody waits */
	REINDEX_CHANGES, /* the store, unless --dry-run; then as above */
};

enum reindex_order { ORDER_DATE, ORDER_ARRIVAL, ORDER_SIZE };
enum reindex_format { FORMAT_TEXT, FORMAT_DOVECOT, FORMAT_COURIER };

struct reindex {
	const char *maildir, *state; /* paths */
	int root;                    /* the Maildir, opened */
	struct uiddb *db;
	struct store *store; /* of a command that changes something */
	enum store_server server;
	/* the options */
	bool json, dry_run, yes, force;
	bool quiet; /* it is for another program: nothing is printed */
	enum reindex_order order;
	enum reindex_format format;
	const char *folder; /* --folder; NULL: all */
	const char *input;  /* the file of import */
	struct progress progress;
	struct arena *mem;
};

struct reindex_command {
	struct command is;
	enum reindex_need need;
	bool takes_file; /* a word more behind the mailbox */
	/*
	 * The exit status, or -1 with the reason that makes it 75. Prints its result on standard
	 * output.
	 */
	int (*run)(struct reindex *r, struct err *err);
};

/* One file each: mda/reindex_NAME.c. */
extern const struct reindex_command reindex_show, reindex_check, reindex_repair, reindex_renumber,
	reindex_export, reindex_import;

/*
 * The directories of the folders that the command is about: that of --folder, or all. A folder that
 * does not exist is an error.
 */
int reindex_folders(struct reindex *r, struct str_list *directories, struct err *err);

/* A line about long work in a folder, such as "INBOX: reading"; progress_end() takes it away. */
void reindex_progress(struct reindex *r, struct str directory, const char *doing, size_t total);

int reindex_print_some(struct buf *to, struct err *err);

#endif
