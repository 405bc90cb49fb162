/*
 * Dovecot's protocol for looking up users, as bytes: what is asked on its socket auth-userdb, and
 * what is answered. Dovecot 2.3 speaks version 1.1, Dovecot 2.4 version 1.3.
 *
 * A line is words with tabs between them; in a word, the byte 1 starts an escape. The server begins
 * with the lines VERSION and SPID. The answer to USER is USER, NOTFOUND or FAIL; that to LIST is a
 * line LIST for each user and then DONE.
 */
#ifndef MDA_CONF_USERDB_H
#define MDA_CONF_USERDB_H

#include "base/arena.h"
#include "base/err.h"

enum { USERDB_REPLY_MOST = 64 << 10, USERDB_LIST_MOST = 64 << 20 };

/* The bytes that ask for the user NAME. Name and service may have any bytes. */
struct str userdb_ask(struct str name, struct arena *mem);
/* The bytes that ask for the names of all users. */
struct str userdb_ask_all(void);

/*
 * Is REPLY complete, so that reading on would only wait? A wrong line completes it, too. For a
 * reply that grows, SEEN (a size_t, 0 at first) keeps how much of it was looked at.
 */
bool userdb_is_whole(void *seen, struct str reply);

enum userdb_answer { USERDB_FOUND, USERDB_UNKNOWN };
struct userdb_reply {
	enum userdb_answer answer;
	bool is_old;            /* Dovecot 2.3, whose fields have other names */
	struct str name;        /* of the user; the database may have changed it */
	struct str_list fields; /* "key=value" or "key" */
};

/*
 * Reads the answer to userdb_ask(). -1 when Dovecot reports a failure, when the reply is not
 * complete, and for everything else that is not an answer.
 */
int userdb_read(struct str reply, struct arena *mem, struct userdb_reply *to, struct err *err);

/* Reads the answer to userdb_ask_all(). */
int userdb_read_all(struct str reply, struct arena *mem, struct str_list *names, struct err *err);

#endif
