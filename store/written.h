/*
 * Was a message shown to readers, although no name in new/ or cur/ says so any more, as a reader has removed it? Each file in
 * tmp/ has two names until then: BASE, the marker of its delivery, and BASE.unseen, which becomes the name in new/ or cur/.
 * So while the machine has not stopped, a marker that is alone says that it was. After a loss of power it does not: a name
 * may be lost that was on no disk yet.
 */
#ifndef STORE_WRITTEN_H
#define STORE_WRITTEN_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

enum { WRITTEN_BOOT = 32 };

/* The file that was written, and when the machine was started; all zero: the second name tells nothing. */
struct written {
	char boot[WRITTEN_BOOT];
	uint64_t device, inode;
};

/* The file FD now; zero when it cannot be told. */
void written_note(int fd, struct written *w);

/*
 * Is the file that ST describes that one, on a machine that has not stopped since? Not when it is a day old: then another
 * program may have begun to clear tmp/.
 */
bool written_holds(const struct written *w, const struct stat *st);

#endif
