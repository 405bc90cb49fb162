/*
 * Replaces what is known of a folder's UIDs: in the database, in the IMAP server's file and in the
 * text copy, under all locks. What shall stand there is planned by the caller, who is shown what
 * stands there now.
 *
 * The database is changed first, in one step. Killed before that, nothing has happened; killed
 * between the database and the server's file, the next delivery finds the server's old file and
 * takes it over again, as if nothing had happened.
 */
#ifndef STORE_REWRITE_H
#define STORE_REWRITE_H

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
 * Fills *CONTENTS, whose memory must live until store_rewrite() returns. 1: put it there, 0: leave
 * all as it is, -1 error. Called once; not within a transaction.
 */
typedef int rewrite_plan(void *context, const struct rewrite_view *v,
	struct uiddb_contents *contents, struct err *err);

/*
 * Takes over what the IMAP server knows (and what a lost database makes necessary), has PLAN made,
 * and carries it out. DIRECTORY is the folder's name in the Maildir; it must be there.
 */
int store_rewrite(
	struct store *s, struct str directory, rewrite_plan *plan, void *context, struct err *err);

/* The database, to look into between two rewrites; a rewrite may replace it. */
struct uiddb *store_database(struct store *s);

/*
 * A UIDVALIDITY larger than every other of the mailbox and than Dovecot's next one. -1 when none is
 * left.
 */
int store_new_uidvalidity(struct store *s, uint32_t *uidvalidity, struct err *err);

/*
 * Is the only tool that works on this mailbox until the descriptor is closed; -1 at once when
 * another one does, or on error. Deliveries are not held up by it.
 */
int store_lock_tool(struct store *s, struct err *err);

#endif
