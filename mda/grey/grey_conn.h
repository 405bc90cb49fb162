/* A client's connection, and how far its request has come. */
#ifndef MDA_GREY_GREY_CONN_H
#define MDA_GREY_GREY_CONN_H

#include "base/buf.h"
#include "mda/grey/grey_known.h"
#include "mda/grey/grey_policy.h"
#include "mda/grey/grey_store.h"

enum grey_state {
	GREY_READING,    /* the request is not complete */
	GREY_UNASKED,    /* waits until the database's process takes it */
	GREY_ASKED,      /* waits for that process */
	GREY_UNSEARCHED, /* waits until the sender can be looked for */
	GREY_SEARCHING,
};

struct grey_conn {
	uint64_t id;
	int fd;
	struct buf in;
	size_t seen; /* of IN: there is no end of a request in it */
	enum grey_state state;
	struct grey_request request; /* points into IN */
	size_t request_n;            /* of IN; 0: none is under way */
	struct grey_question question;
	/* The number of the question: an answer that comes late is not for the next one. */
	uint64_t ticket;
	struct grey_known search;
	long long since; /* io_microseconds() when the request was complete, or bytes came */
	bool is_over;
	bool is_watched, is_read; /* which events of it are waited for */
	struct grey_conn *next;   /* in a queue */
};

struct grey_conn *grey_conn_new(int fd, uint64_t id);
/* Closes it and frees it; a search is ended. NULL is allowed. */
void grey_conn_free(struct grey_conn *c);

/*
 * Reads what is there. The connection is over when the client has closed it, or sends more than the
 * limit without an end.
 */
void grey_conn_read(struct grey_conn *c);
/* Is a request complete? It is then c->request. */
bool grey_conn_has_request(struct grey_conn *c);
/*
 * Sends the answer to c->request, which is done. A client that does not read its answers is over.
 */
void grey_conn_answer(struct grey_conn *c, struct str answer);

#endif
