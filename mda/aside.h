/*
 * What root leaves to an account without its rights: a child becomes that account and works, and
 * what it found comes back as bytes, which root may write somewhere but does not read.
 */
#ifndef MDA_ASIDE_H
#define MDA_ASIDE_H

#include "base/buf.h"
#include "mda/conf/user.h"

/* What comes back: a file to be written, and what is to be printed. */
struct aside {
	struct buf result, said;
};
void aside_free(struct aside *a);

/* The work: a status from 0 to 100, or -1 with *ERR filled. */
typedef int aside_work(void *context, struct aside *a, struct err *err);

/* Runs WORK in a child that is ACCOUNT. Returns its status; -1 with its error, or when it died. */
int aside_run(const struct user *account, aside_work *work, void *context, struct aside *a,
	struct err *err);

#endif
