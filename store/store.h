/*
 * A mailbox as a whole: its Maildir, the UIDs of its messages and the journal of deliveries under
 * way. The protocol that keeps the two promises (nothing lost or doubled, a UID for good) is
 * carried out here and explained in store.c.
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "base/arena.h"
#include "base/err.h"
#include "store/quota.h"

#include <stdint.h>

struct store;

/* Names a delivery: two attempts at the same one (same bytes, same envelope) have the same id. */
struct store_id {
	unsigned char bytes[32];
	/*
	 * Set by the caller when equal bytes are the same message for certain, because the MTA's
	 * trace field stands in them. A copy that an attempt which seemed to end well left in the
	 * mailbox is then recognised too: the MTA may not have seen that end. Otherwise the same
	 * bytes are a new message once a delivery is finished.
	 */
	bool unique;
};

struct store_id store_id_of(const struct str *parts, size_t count);

/*
 * The IMAP server that reads the mailbox: its UIDs and ours are kept the same. In the order of
 * mda.conf's imap_server.
 */
enum store_server { STORE_SERVER_NONE, STORE_SERVER_DOVECOT, STORE_SERVER_COURIER };

/* What is no error but must not go unheard: UIDs that were restored, or had to change. */
typedef void store_note(void *context, const char *text);

struct store_conf {
	const char *maildir;
	const char
		*state_dir; /* of the UID database; NULL for the usual place (store_state_dir()) */
	enum store_server server;
	struct quota_conf quota;
	bool subscribe;   /* to a folder that is made, in the server's list */
	bool must_exist;  /* a missing Maildir is an error, and none is made */
	store_note *note; /* may be NULL */
	void *note_context;
};

/* Opens the mailbox; a missing one is made (mode 0700), unless it must exist. NULL on error. */
struct store *store_open(const struct store_conf *conf, struct err *err);
void store_close(struct store *s);

/* The usual place: "<dir>/.<base name>.mda". In MEM. */
const char *store_state_dir(const char *maildir, struct arena *mem);

/*
 * A message for one folder. PIECES are written one after the other; the file's size is their sum.
 */
struct store_item {
	/* UTF-8, levels separated by '/' or '.'; empty or INBOX: the Maildir itself */
	struct str folder;
	const struct str *pieces;
	size_t piece_count;
	unsigned flags; /* FLAG_... of verdict.h */
	/*
	 * Other flags by name; kept where Dovecot reads the mailbox, which alone has a place for
	 * them.
	 */
	const struct str *keywords;
	size_t keyword_count;
	/*
	 * Not to be stored: its bytes are for what an earlier attempt began to store and this one
	 * would not.
	 */
	bool spare;
};

struct store_receipt {
	uint32_t uid, uidvalidity;
	bool recognised; /* an earlier attempt at this delivery had stored it already */
	bool elsewhere;  /* not stored: an earlier attempt stored the message into other folders */
	struct str file_name; /* base name, without the flags */
};

/*
 * FOLDER in its one form: levels separated by '/', empty for the INBOX; two names of one folder
 * become equal. -1 with the reason when it cannot be stored into: empty at a level, no UTF-8,
 * control characters, too long.
 */
int store_folder(struct str folder, struct arena *mem, struct str *normal, struct err *err);

/*
 * Puts every item into its folder, durably; at most one into each. RECEIPTS has room for COUNT; its
 * strings live in MEM. An item that an earlier attempt at the same delivery ID stored already is
 * not stored again. On failure -1: what is not visible yet is gone, what is will be recognised by
 * the retry.
 */
int store_put(struct store *s, const struct store_id *id, const struct store_item *items,
	size_t count, struct arena *mem, struct store_receipt *receipts, struct err *err);

/*
 * After store_put(): the folders into which an earlier attempt at the delivery stored the message,
 * or began to, and that are not among the items. The first verdict that was shown to readers
 * counts: it has been completed, and items for other folders were not stored (elsewhere). They live
 * in store_put()'s MEM.
 */
struct store_other {
	struct str folder;
	struct store_receipt receipt;
};
const struct store_other *store_others(const struct store *s, size_t *count);

/* What an earlier attempt at the delivery did that cannot be taken back. */
struct store_earlier {
	bool stored; /* readers saw it */
	bool sent;   /* something went out */
};
int store_earlier(
	struct store *s, const struct store_id *id, struct store_earlier *earlier, struct err *err);

/*
 * Takes over the UIDs that the IMAP server gave to messages of FOLDER since the last delivery into
 * it. Nothing to do without a server, or when there is no such folder.
 */
int store_sync(struct store *s, struct str folder, struct err *err);

/*
 * Things that are done once a delivery and leave no file, such as a redirect: was it done, and it
 * is done now.
 */
int store_was_sent(
	struct store *s, const struct store_id *id, struct str what, bool *sent, struct err *err);
int store_set_sent(struct store *s, const struct store_id *id, struct str what, struct err *err);

/*
 * Before store_put(): WHAT is to be done behind it. That is recorded with the UIDs, in one
 * transaction, so that a retry finds it with store_intended(), whatever it would decide itself. The
 * strings must outlive S.
 */
void store_intend(struct store *s, struct str what);
int store_intended(struct store *s, const struct store_id *id, struct arena *mem,
	struct str_list *whats, struct err *err);

/*
 * After store_put() and before something is sent: until store_finish() a retry will not store again
 * what was stored, even when its reader has moved or removed it by then, and even after a loss of
 * power.
 */
int store_protect(struct store *s, const struct store_id *id, struct err *err);

/*
 * The delivery is over; the MTA may be told. IDS: its own, and those of what else was stored in its
 * course. They end together: on failure -1, and a retry stores none of them again.
 */
int store_finish(struct store *s, const struct store_id *ids, size_t count, struct err *err);

#endif
