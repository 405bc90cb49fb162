/*
 * What a server has counted, as text in the format of Prometheus. A client reads it from a Unix
 * socket.
 */
#ifndef MDA_SERVER_STATUS_H
#define MDA_SERVER_STATUS_H

#include "base/buf.h"
#include "base/err.h"

/* Appends the two lines that describe a number of this NAME; KIND is "counter", "gauge" or so. */
void status_head(struct buf *to, const char *name, const char *kind, const char *help);

/* In the server: takes a client of the socket LISTENER, gives it TEXT and does not wait for it. */
void status_answer(int listener, struct str text);

/* In a client: appends what the server at the socket PATH, the value of KEY, answers. */
int status_ask(struct str path, const char *key, struct buf *to, struct err *err);

#endif
