/*
 * What is known before a message is judged: how mda was called, the configuration, and the mailbox.
 */
#ifndef MDA_SESSION_H
#define MDA_SESSION_H

#include "mda/conf/aliases.h"
#include "mda/conf/user.h"
#include "mda/delivery/stamp_key.h"
#include "mda/invocation.h"
#include "mda/delivery/delivery.h"

struct mailbox;
struct rules_warm;
struct table_map;

struct session {
	struct arena *mem;
	struct invocation inv;
	bool asks;        /* a dry run: nothing is made */
	bool may_overlap; /* see struct delivery */
	struct conf_file *file;
	const struct conf *conf; /* for everybody; after session_find_mailbox(), for the mailbox */
	struct aliases *aliases;
	struct stamp_keys keys; /* root's, which the user cannot read */
	struct str mailbox;     /* the address whose configuration counts */
	struct err unasked;     /* why a server of users could not be asked; text empty: it could */
	struct user user;
	bool is_user;           /* the process has the user's rights, and the home can be used */
	struct str keep_folder; /* of -m, as it is called on the disk; empty: the INBOX */
	bool folder_is_missing; /* and so the INBOX is used */
	/* What a server has compiled for all; NULL: nothing. */
	struct rules_warm *warm;
};

/*
 * Each of these does one step, in this order. -1 with the reason. The caller fills the invocation.
 */

/* Adds a setting of -o, "key=value". SESSION is a struct session, in the request of a tool. */
int session_take_setting(void *session, const char *value, struct err *err);
/* Loads the configuration for everybody, with the settings of -o. */
int session_configure(struct session *s, struct err *err);
/* Opens the log that it names, while the process is root's. */
int session_open_log(const struct session *s, struct err *err);
/*
 * Reads root's keys while the process is still root. Without them mail is redirected without a
 * stamp.
 */
int session_read_keys(struct session *s, struct err *err);
/*
 * Finds the mailbox and the recipient's configuration. Fault "no such user" if the recipient is not
 * an address.
 */
int session_find_mailbox(struct session *s, struct err *err);
/*
 * Gives up root's rights for the user's, for good, and checks that the user's home and paths can be
 * used.
 */
int session_become_user(struct session *s, struct err *err);
/*
 * Looks for the folder of -m, as the user and regardless of case. A missing folder is accepted only
 * with create_keep_folder.
 */
int session_find_folder(struct session *s, struct err *err);
/*
 * Before TABLE is asked: a question may take so many seconds, and the process that asks a server
 * becomes an account without rights. TABLE may be NULL.
 */
void session_prepare_table(struct session *s, struct table_map *table, size_t seconds);
/*
 * For tools: finds the mailbox M that a delivery with the `-d` and `-c` of the invocation would
 * find, and the settings that apply to it. The rights of the process do not change.
 */
int session_named(struct session *s, struct mailbox *m, struct err *err);
/*
 * Opens the aliases and finds the mailbox that the recipient leads to. This is a part of
 * session_find_mailbox(), for tools that have their settings from session_named().
 */
int session_resolve(struct session *s, struct err *err);
/* Reads the message from FD; release it with message_free(). NULL with the reason. */
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
/* Makes the delivery of MSG, which is to be judged next. */
struct delivery session_delivery(
	struct session *s, const struct envelope *env, const struct message *msg);

#endif
