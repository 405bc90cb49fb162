/*
 * A table behind Postfix's socketmap protocol (socketmap_table(5)): "socketmap:inet:host:port:name"
 * or "socketmap:unix:/path:name". A question is the name of the table and a key, an answer is a
 * word and a value; both are netstrings, such as "11:OK x@y.test,".
 */
#ifndef MDA_CONF_TABLES_SOCKETMAP_H
#define MDA_CONF_TABLES_SOCKETMAP_H

#include "base/arena.h"
#include "base/err.h"

enum { SOCKETMAP_REPLY_MOST = 100000 };

/* Does TABLE name one? */
bool socketmap_is(struct str table);
/* Is it in one of the two forms? */
bool socketmap_valid(struct str table);

/* The bytes that ask the table NAME for KEY. */
struct str socketmap_ask(struct str name, struct str key, struct arena *mem);

/* Is REPLY complete, so that reading on would only wait? The context is not used. */
bool socketmap_is_whole(void *context, struct str reply);

/*
 * Reads the answer: 1 with *VALUE, which is part of REPLY; 0 when the table does not have the key;
 * -1 when the server reports a failure, and for everything that is not an answer.
 */
int socketmap_read(struct str reply, struct arena *mem, struct str *value, struct err *err);

/* Asks TABLE, for at most so many seconds. As socketmap_read(); *VALUE is in MEM. */
int socketmap_find(struct str table, struct str key, size_t seconds, struct arena *mem,
	struct str *value, struct err *err);

#endif
