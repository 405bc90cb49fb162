/*
 * The process that has the database. A disk that hangs or a database that is damaged concerns it
 * alone: its parent goes on, and gives the answer that loses no mail.
 */
#ifndef MDA_GREY_GREY_KEEPER_H
#define MDA_GREY_GREY_KEEPER_H

#include "mda/grey/grey_store.h"

struct grey_keeper {
	int socket; /* non-blocking; -1: there is none */
	int pid;    /* 0: there is none */
};

struct grey_answer {
	uint64_t id;
	bool is_ruled; /* otherwise the database could not be used */
	struct grey_ruling ruling;
};

/*
 * Starts it with the database in DIR. What is too old by TERMS it removes from time to time. CLEAN
 * closes in it what it need not have. -1 on error.
 */
int grey_keeper_start(struct grey_keeper *k, const char *dir, const struct grey_terms *terms,
	void (*clean)(void *context), void *context, struct err *err);
/* Ends it at once, which the database survives. It may hang, so it is not waited for. */
void grey_keeper_stop(struct grey_keeper *k);

/* 1 it was asked; 0 it has so many questions that it takes no more now; -1 it has died. */
int grey_keeper_ask(const struct grey_keeper *k, uint64_t id, const struct grey_question *q);
/* 1 there is an answer; 0 none is there yet; -1 it has died. */
int grey_keeper_hear(const struct grey_keeper *k, struct grey_answer *a);

#endif
