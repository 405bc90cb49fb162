/*
 * A mailbox as a whole: its Maildir, the UIDs of its messages and the journal of deliveries in
 * progress. The protocol that keeps the two promises (no message lost or doubled, a UID is given
 * for good) is explained in store.c.
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "base/arena.h"
#include "base/err.h"
#include "store/quota.h"

#include <stdint.h>

struct store;

/* Names a delivery: two attempts with the same bytes and the same envelope have the same id. */
struct hash_begun;

struct store_id {
	unsigned char bytes[32];
	/*
	 * Set by the caller when equal bytes are certainly the same message, because they contain
	 * the MTA's trace field. Then a copy from an attempt that ended well is recognised too,
	 * because the MTA may not have learned of that end. Otherwise the same bytes are a new
	 * message once a delivery is finished.
	 */
	bool unique;
	/*
	 * While one is carried out, another one with the same id fails at once. Otherwise it waits,
	 * and equal messages that come at the same time stay as many as they are.
	 */
	bool alone;
};

struct store_id store_id_of(const struct str *parts, size_t count);
/* The same, where the first parts were hashed before (base/hash.h). */
struct store_id store_id_after(
	const struct hash_begun *begun, const struct str *parts, size_t count);

/*
 * The IMAP server that reads the mailbox; its UIDs and ours are kept the same. The order is that of
 * mda.conf's imap_server.
 */
enum store_server { STORE_SERVER_NONE, STORE_SERVER_DOVECOT, STORE_SERVER_COURIER };

/* Gets what is not an error but must be reported: UIDs that were restored or had to change. */
typedef void store_note(void *context, const char *text);

struct store_conf {
	const char *maildir;
	const char *state_dir; /* of the UID database; NULL: the default (see store_state_dir()) */
	enum store_server server;
	struct quota_conf quota;
	quota_watch *watch; /* learns of each change of the usage; may be NULL */
	void *watch_context;
	bool subscribe;   /* add new folders to the server's list of subscriptions */
	bool must_exist;  /* a missing Maildir is an error, and is not made */
	store_note *note; /* may be NULL */
	void *note_context;
};

/* Opens the mailbox. A missing one is made (mode 0700), unless must_exist is set. NULL on error. */
struct store *store_open(const struct store_conf *conf, struct err *err);
void store_close(struct store *s);
/*
 * For a process that ends now, instead of store_close(): the kernel closes everything, and does so
 * in less time. The mailbox must not be opened again.
 */
void store_leave(struct store *s);

/* The default state directory: "<dir>/.<base name>.mda". In MEM. */
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
	 * Other flags by name. Only Dovecot has a place for them, so they are kept only where it
	 * reads the mailbox.
	 */
	const struct str *keywords;
	size_t keyword_count;
	/*
	 * Not to be stored for itself: it has the bytes for folders that an earlier attempt chose
	 * and this one would not.
	 */
	bool spare;
};

struct store_receipt {
	uint32_t uid, uidvalidity;
	bool recognised; /* an earlier attempt at this delivery had already stored it */
	bool elsewhere;  /* not stored: an earlier attempt stored the message into other folders */
	struct str file_name; /* base name, without the flags */
};

/*
 * Sets *NORMAL, in MEM, to the one form of FOLDER: levels separated by '/', empty for the INBOX, so
 * that two names of one folder are equal. -1 with the reason when it cannot be stored into: an
 * empty level, not UTF-8, control characters, too long.
 */
int store_folder(struct str folder, struct arena *mem, struct str *normal, struct err *err);

/*
 * Stores every item in its folder, durably; at most one item for each folder. RECEIPTS has room for
 * COUNT; its strings are in MEM. An item that an earlier attempt at the delivery ID stored is not
 * stored again. On failure -1: what is not visible yet is removed, and a retry recognises the rest.
 */
int store_put(struct store *s, const struct store_id *id, const struct store_item *items,
	size_t count, struct arena *mem, struct store_receipt *receipts, struct err *err);

/*
 * After store_put(): the folders that an earlier attempt at the delivery used, or began to use, and
 * that are not among the items. The first verdict that was shown to readers counts: it was
 * completed, and items for other folders were not stored (`elsewhere`). They live in store_put()'s
 * MEM.
 */
struct store_other {
	struct str folder;
	struct store_receipt receipt;
};
const struct store_other *store_others(const struct store *s, size_t *count);

/* What an earlier attempt at the delivery did that cannot be undone. */
struct store_earlier {
	bool stored; /* readers saw it */
	bool sent;   /* something was sent */
};
int store_earlier(
	struct store *s, const struct store_id *id, struct store_earlier *earlier, struct err *err);

/*
 * Takes over the UIDs that the IMAP server has given to messages of FOLDER since the last delivery.
 * Does nothing without a server or when the folder does not exist. -1 on error.
 */
int store_sync(struct store *s, struct str folder, struct err *err);

/*
 * For things that are done once in a delivery and leave no file, such as a redirect: was it done,
 * and a note that it is done now. -1 on error.
 */
int store_was_sent(
	struct store *s, const struct store_id *id, struct str what, bool *sent, struct err *err);
int store_set_sent(struct store *s, const struct store_id *id, struct str what, struct err *err);

/*
 * Before store_put(): WHAT is to be done after it. It is recorded in the same transaction as the
 * UIDs, so that a retry finds it with store_intended(), whatever the retry itself would decide. The
 * strings must live as long as S.
 */
void store_intend(struct store *s, struct str what);
int store_intended(struct store *s, const struct store_id *id, struct arena *mem,
	struct str_list *whats, struct err *err);

/*
 * After store_put() and before something is sent. From now until store_finish(), a retry does not
 * store again what was stored, even if a reader has moved or removed it, and even after a loss of
 * power. -1 on error.
 */
int store_protect(struct store *s, const struct store_id *id, struct err *err);

/*
 * Ends the delivery; after that the MTA may be told. IDS are its own id and those of other messages
 * that were stored while it was carried out. They end together: on failure -1, and a retry stores
 * none of them again.
 */
int store_finish(struct store *s, const struct store_id *ids, size_t count, struct err *err);

#endif
