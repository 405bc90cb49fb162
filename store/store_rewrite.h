/*
 * Replaces what is recorded of a folder's UIDs: in the database, in the IMAP server's file and in
 * the text copy, under all locks. The caller sees what is recorded now, and plans what is to
 * replace it.
 *
 * The database is changed first, in one step. If the process is killed before that, nothing has
 * happened. If it is killed between the database and the server's file, the next delivery finds the
 * server's old file and takes it over, as if nothing had happened.
 */
#ifndef STORE_STORE_REWRITE_H
#define STORE_STORE_REWRITE_H

#include "store/store.h"
#include "store/uiddb.h"

/* A folder while its mailbox is locked. */
struct rewrite_view {
	struct store *store;
	struct uiddb *db;
	struct str directory;
	int folder; /* its directory */
	uint32_t uidvalidity, uidnext;
	/* nothing was known of it until now: every file has a new UID, every UID a file */
	bool is_new;
};

/*
 * Fills *CONTENTS, whose memory must live until store_rewrite() returns. Returns 1 to put it there,
 * 0 to change nothing, -1 on error. It is called once, not in a transaction.
 */
typedef int rewrite_plan(void *context, const struct rewrite_view *v,
	struct uiddb_contents *contents, struct err *err);

/*
 * Takes over what the IMAP server knows, restores what a lost database makes necessary, calls PLAN,
 * and carries the plan out. DIRECTORY is the folder's name in the Maildir, and must exist. -1 on
 * error.
 */
int store_rewrite(
	struct store *s, struct str directory, rewrite_plan *plan, void *context, struct err *err);

/* The database, for reading between two rewrites. A rewrite may replace it. */
struct uiddb *store_database(struct store *s);

/*
 * A UIDVALIDITY larger than every other one of the mailbox and than Dovecot's next one. -1 when
 * none is left.
 */
int store_new_uidvalidity(struct store *s, uint32_t *uidvalidity, struct err *err);

/*
 * Makes sure that no other tool works on this mailbox until the returned descriptor is closed. -1
 * at once when another one does, or on error. Deliveries do not wait for it.
 */
int store_lock_tool(struct store *s, struct err *err);

#endif
