/*
 * Work that root leaves to an account without root's rights. A child becomes that account, does the
 * work, and returns its result as bytes. Root may write these bytes to a file but does not parse
 * them.
 */
#ifndef MDA_ASIDE_H
#define MDA_ASIDE_H

#include "base/buf.h"
#include "mda/conf/user.h"

/* What the child returns: a file to be written, and text to be printed. */
struct aside {
	struct buf result, said;
};
void aside_free(struct aside *a);

/* The work. Returns a status from 0 to 100, or -1 with *ERR filled. */
typedef int aside_work(void *context, struct aside *a, struct err *err);

/*
 * Runs WORK in a child process that has become ACCOUNT. Returns its status, or -1 with the reason
 * if it failed or died.
 */
int aside_run(const struct user *account, aside_work *work, void *context, struct aside *a,
	struct err *err);

#endif
