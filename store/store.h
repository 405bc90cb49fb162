/*
 * A mailbox as a whole: its Maildir, the UIDs of its messages and the journal of deliveries under way. The protocol
 * that keeps the two promises (nothing lost or doubled, a UID for good) is carried out here and explained in store.c.
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "mda/base/arena.h"
#include "mda/base/err.h"

#include <stdint.h>

struct store;

/* Names a delivery: two attempts at the same one (same bytes, same envelope) have the same id. */
struct store_id {
	unsigned char bytes[32];
};

struct store_id store_id_of(const struct str *parts, size_t count);

/*
 * Opens the mailbox at MAILDIR, making it (mode 0700) when it is missing. STATE_DIR is the directory of the UID
 * database, NULL for the usual place beside the Maildir (store_state_dir()). NULL on error.
 */
struct store *store_open(const char *maildir, const char *state_dir, struct err *err);
void store_close(struct store *s);

/* The usual place: "<dir>/.<base name>.mda". In MEM. */
const char *store_state_dir(const char *maildir, struct arena *mem);

/* A message for one folder. PIECES are written one after the other; the file's size is their sum. */
struct store_item {
	struct str folder; /* UTF-8, levels separated by '/' or '.'; empty or INBOX: the Maildir itself */
	const struct str *pieces;
	size_t piece_count;
	unsigned flags; /* FLAG_... of verdict.h */
};

struct store_receipt {
	uint32_t uid, uidvalidity;
	bool recognised;      /* an earlier attempt at this delivery had stored it already */
	struct str file_name; /* base name, without the flags */
};

/*
 * Is FOLDER a name that can be stored into? -1 with the reason when it is empty at a level, tries to leave the Maildir,
 * is no UTF-8, holds control characters or is too long.
 */
int store_check_folder(struct str folder, struct err *err);

/*
 * Puts every item into its folder, all or none: files written and synced, UIDs and journal committed in one
 * transaction, files linked into place, directories synced. RECEIPTS has room for COUNT; its strings live in MEM. An
 * item that an earlier attempt at the same delivery ID stored already is not stored again. On failure -1, nothing is
 * visible and nothing is left in tmp/, or the retry will finish it.
 */
int store_put(struct store *s, const struct store_id *id, const struct store_item *items, size_t count,
	struct arena *mem, struct store_receipt *receipts, struct err *err);

/* Things that are done once a delivery and leave no file, such as a redirect: was it done, and it is done now. */
int store_was_sent(struct store *s, const struct store_id *id, struct str what, bool *sent, struct err *err);
int store_set_sent(struct store *s, const struct store_id *id, struct str what, struct err *err);

/* The delivery is over: its journal entry goes. After this the same bytes are a new message. */
int store_finish(struct store *s, const struct store_id *id, struct err *err);

#endif
