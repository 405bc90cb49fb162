/*
 * A message is judged in a child process that can only compute (base/confined.h). Everything that
 * parses a stranger's or a user's bytes runs there, and the verdict and the plan come back as bytes
 * (judgement.h). Here is what the child gets, and what happens if it dies.
 */
#ifndef MDA_JUDGE_H
#define MDA_JUDGE_H

#include "mda/invocation.h"
#include "mda/judgement.h"

struct judge_job {
	struct delivery *delivery; /* its message has no index */
	struct envelope *env;      /* the delivery's; it gets the facts that only the message has */
	const struct invocation *inv;
	const struct conf_file *file;
	/* Runs while the child judges; may be NULL. */
	void (*meanwhile)(void *context);
	void *context;
};

/*
 * Gives the delivery its verdict and its plan, and SPENT the time of each stage. If the child dies,
 * hangs, exceeds its limits or returns nonsense, the message is kept without its rules, and the
 * reason becomes a note and a report beside the user's script. The MTA is not asked to retry,
 * because the next attempt would end the same way. -1 if a stage failed so that a retry may help,
 * or if the message is refused.
 */
int judge(struct judge_job *j, struct spent **spent, struct err *err);

/*
 * In a confined child of the caller's own, for tools that judge many messages in one: runs the
 * stages on the delivery, whose message has no index yet. *OUT gets the verdict; settle() makes the
 * plan of it. -1 if a stage failed or the message is refused.
 */
int judge_stages(struct judge_job *j, struct judgement *out, struct err *err);

#endif
