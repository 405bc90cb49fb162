/*
 * What is remembered, in LMDB: triplets under their hash, and clients under their address. A loss
 * of power may undo the last changes, and then some mail has to wait once more.
 */
#ifndef MDA_GREY_GREY_STORE_H
#define MDA_GREY_GREY_STORE_H

#include "base/hash.h"
#include "base/kv/kv.h"
#include "mda/grey/grey_rule.h"

enum {
	GREY_ADDRESS = 64,    /* bytes of a client's address as text, at most */
	GREY_MAILBOX = 320,   /* bytes of a sender or recipient that are kept; the hash has all */
	GREY_CLIENT_KEY = 16, /* bytes of a client's address: struct peer's */
};

/* A question about a triplet. The texts are only for those who look at the database. */
struct grey_question {
	int64_t now;
	struct grey_terms terms;
	bool is_tentative; /* if it is deferred, nothing is remembered */
	struct hash triplet;
	unsigned char client[GREY_CLIENT_KEY];
	char address[GREY_ADDRESS], sender[GREY_MAILBOX], recipient[GREY_MAILBOX];
	uint16_t address_n, sender_n, recipient_n;
};

struct grey_store;

/* Opens the database in DIR, which exists; a damaged one is renamed. NULL on error. */
struct grey_store *grey_store_open(const char *dir, struct err *err);
/* The same only for reading. */
struct grey_store *grey_store_open_to_read(const char *dir, struct err *err);
void grey_store_close(struct grey_store *s);
/* The path of the damaged database that was renamed; NULL: none was. */
const char *grey_store_set_aside(const struct grey_store *s);
/* Does nothing work any more, so that it should be closed and opened? */
bool grey_store_is_damaged(const struct grey_store *s);

/* Rules on COUNT questions in one transaction. -1: none was remembered. */
int grey_store_rule(struct grey_store *s, const struct grey_question *questions, size_t count,
	struct grey_ruling *rulings, struct err *err);

/*
 * Removes what is too old at NOW, and looks at no more than MOST entries for it. The next call goes
 * on where this one ended. *REMOVED is how many, *ENDED is true when all entries were looked at.
 */
int grey_store_prune(struct grey_store *s, const struct grey_terms *terms, int64_t now, size_t most,
	size_t *removed, bool *ended, struct err *err);

/* An entry, with a client alone: RECIPIENT and SENDER are empty and PASSES counts. */
struct grey_entry {
	struct str address, sender, recipient;
	bool is_client;
	struct grey_seen seen;
	struct grey_passes passes;
};
/* Calls VISIT for all entries, clients after triplets. What it gets lives until it returns. */
typedef void grey_visit(void *context, const struct grey_entry *entry);
int grey_store_walk(struct grey_store *s, grey_visit *visit, void *context, struct err *err);

#endif
