/*
 * Does the recipient know the sender: is the sender in an allow list that counts for the recipient,
 * or among their contacts? A process for each question finds that out, because it reads the files
 * of a user, which may be anything.
 */
#ifndef MDA_GREY_GREY_KNOWN_H
#define MDA_GREY_GREY_KNOWN_H

#include "mda/conf/conf.h"

struct grey_known {
	int fd;  /* where the answer comes from */
	int pid; /* 0: there is no such process */
};

enum grey_acquaintance { GREY_STRANGER, GREY_ALLOWED, GREY_CONTACT };

/*
 * Starts the process, which ends after SECONDS at the latest. CLEAN closes in it what it need not
 * have. -1 on error.
 */
int grey_known_start(struct grey_known *k, const struct conf_file *file, const struct conf *conf,
	struct str sender, struct str recipient, unsigned seconds, void (*clean)(void *context),
	void *context, struct err *err);
/* To be called when FD can be read: the answer, and the process is over. */
enum grey_acquaintance grey_known_end(struct grey_known *k);

#endif
