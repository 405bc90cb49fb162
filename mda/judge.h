/*
 * A message is judged in a child process that can only compute (base/confined.h): all that parses
 * what a stranger or a user wrote happens there; verdict and plan come back as bytes (judgement.h).
 * Here is what goes in, and what becomes of a child that dies.
 */
#ifndef MDA_JUDGE_H
#define MDA_JUDGE_H

#include "mda/invocation.h"
#include "mda/judgement.h"

struct judge_job {
	struct delivery *delivery; /* its message has no index */
	struct envelope *env; /* the delivery's; what only the message says is written into it */
	const struct invocation *inv;
	const struct conf_file *file;
	/* Runs while the child judges; NULL: nothing to do. */
	void (*meanwhile)(void *context);
	void *context;
};

/*
 * Gives the delivery its verdict and its plan, and SPENT a time for each stage. A child
 * that dies, hangs, grows beyond its limits or hands back nonsense leaves a message that is kept,
 * without its rules, with the reason as a note and beside the user's script; never a retry, as the
 * next one would end the same way. -1 when the stages could not go on (a retry may heal it), or the
 * message is refused.
 */
int judge(struct judge_job *j, struct spent **spent, struct err *err);

#endif
