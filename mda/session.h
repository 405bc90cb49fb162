/*
 * What is known before a message is judged: how mda was called, what is in force, whose mailbox it
 * is.
 */
#ifndef MDA_SESSION_H
#define MDA_SESSION_H

#include "mda/conf/aliases.h"
#include "mda/conf/user.h"
#include "mda/delivery/stamp_key.h"
#include "mda/invocation.h"
#include "mda/delivery/delivery.h"

struct mailbox;

struct session {
	struct arena *mem;
	struct invocation inv;
	bool asks; /* without delivering: nothing is made */
	struct conf_file *file;
	const struct conf
		*conf; /* for everybody, and after session_find_mailbox() for the mailbox */
	struct aliases *aliases;
	struct stamp_keys keys; /* root's, which the user cannot read */
	struct str mailbox;     /* the address whose configuration counts */
	struct err unasked;     /* why a server of users could not be asked; text empty: it could */
	struct user user;
	struct str keep_folder; /* of -m, as it is called on the disk; empty: the INBOX */
	bool folder_is_missing; /* so the INBOX is used */
};

/*
 * Each of these does a step, in this order; -1 with the reason. The invocation is filled by the
 * caller.
 */

/* The configuration for everybody, with what -o sets. */
int session_configure(struct session *s, struct err *err);
/* Opens the log that it names, while the process is root's. */
int session_open_log(const struct session *s, struct err *err);
/*
 * Root's keys, which are read while the process is root's; without them mail is redirected without
 * a stamp.
 */
int session_read_keys(struct session *s, struct err *err);
/* The recipient's configuration. Fault "no such user" when what was told is not an address. */
int session_find_mailbox(struct session *s, struct err *err);
/*
 * Gives up root's rights for those of the user, for good, and checks that their home and paths can
 * be used.
 */
int session_become_user(struct session *s, struct err *err);
/*
 * Looks for the folder of -m, as the user: without regard to case, and missing ones only with
 * create_keep_folder.
 */
int session_find_folder(struct session *s, struct err *err);
/*
 * For tools: finds the mailbox M that a delivery with `-d` and `-c` of the invocation finds, and
 * the settings that are in force for it. The rights of the process stay as they are.
 */
int session_named(struct session *s, struct mailbox *m, struct err *err);
/*
 * Opens the aliases, and finds with them for which mailbox the recipient is. A part of
 * session_find_mailbox(), for tools whose settings are those of session_named().
 */
int session_resolve(struct session *s, struct err *err);
/* Reads the message from FD; message_free() it. NULL with the reason. */
struct message *session_read_message(const struct session *s, int fd, struct err *err);

/* Finds out where the message is, and calls session_read_message(). */
typedef struct message *session_source(void *context, const struct session *s, struct err *err);
/*
 * All steps after session_read_keys(): finds the mailbox, becomes its user, finds the folder of -m,
 * and reads the message as that user. message_free() it; NULL with the reason.
 */
struct message *session_receive(
	struct session *s, session_source *read, void *context, struct err *err);

/* The envelope as it was told. */
struct envelope session_envelope(const struct session *s, const struct message *msg);
/* A delivery of MSG to be judged. */
struct delivery session_delivery(
	struct session *s, const struct envelope *env, const struct message *msg);

#endif
