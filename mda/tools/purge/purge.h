/* What is purged: which messages of which folders of a mailbox, and what became of it. */
#ifndef MDA_TOOLS_PURGE_PURGE_H
#define MDA_TOOLS_PURGE_PURGE_H

#include "base/arena.h"
#include "base/buf.h"
#include "mda/conf/conf.h"
#include "store/store.h"

/* A message is purged if all of this is so. */
struct purge_rules {
	bool everything; /* nothing else has to be so */
	bool has_older, has_unchanged;
	int64_t older;     /* arrived at least so many seconds ago */
	int64_t unchanged; /* its file was not put there or flagged for so long */
	bool has_larger;
	int64_t larger;     /* has more bytes */
	bool deleted, seen; /* has the flag */
	bool even_flagged;  /* \Flagged ones, too; else they are kept */
};

struct purge_file {
	const char *name;
	bool in_cur;
	int64_t arrived, changed, size; /* seconds since 1970; bytes */
};

enum purge_verdict { PURGE_KEEP, PURGE_KEEP_FLAGGED, PURGE_REMOVE };
enum purge_verdict purge_judge(
	const struct purge_rules *rules, const struct purge_file *file, int64_t now);

/* A folder, and what is purged in it. */
struct purge_folder {
	struct str name; /* as people call it */
	struct str directory;
	struct purge_rules rules;
	/* what became of it */
	size_t found, removed, kept_flagged;
	uint64_t bytes;
};

struct purge {
	const char *maildir;
	int root;
	struct store *store; /* NULL: nothing is removed, only counted */
	bool quiet;          /* show no progress */
	struct purge_folder *folders;
	size_t count;
	int64_t now;
	struct arena *mem;
};

/*
 * Adds the folder with this name, or with BELOW those below it. Folders that do not exist are
 * passed over, and with MUST_EXIST are an error. P->root must be open. -1 on error.
 */
int purge_add(struct purge *p, struct str name, bool below, bool must_exist,
	const struct purge_rules *rules, struct err *err);
/* Adds the folders of the key `retention`. */
int purge_add_retention(struct purge *p, const struct conf *conf, struct err *err);

/* Purges all of them. -1 on error; what was removed before is counted. */
int purge_run(struct purge *p, struct err *err);

void purge_show_text(const struct purge *p, bool dry_run, struct buf *to);
void purge_show_json(const struct purge *p, struct str mailbox, bool dry_run, struct buf *to);

#endif
