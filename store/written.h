/*
 * Was a message shown to readers, although no name in new/ or cur/ says so any more, as a reader
 * has removed it? Each file in tmp/ has two names until then: BASE, the marker of its delivery, and
 * BASE.unseen, which becomes the name in new/ or cur/. So while the machine has not stopped, a
 * marker without that second name says that it was. After a loss of power it does not: a name may
 * be lost that was on no disk yet. When it cannot be told, the message counts as not shown: one
 * copy too many is better than none.
 */
#ifndef STORE_WRITTEN_H
#define STORE_WRITTEN_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

enum { WRITTEN_BOOT = 32 };

/*
 * The file that was written, and when the machine was started; all zero: the second name tells
 * nothing.
 */
struct written {
	char boot[WRITTEN_BOOT];
	uint64_t device, inode;
};

/* The file FD now; zero when it cannot be told. */
void written_note(int fd, struct written *w);

/*
 * Is the file that ST describes that one, on a machine that has not stopped since? Not a day after
 * it was written: then another program, which clears tmp/ of what is older than 36 hours, may have
 * removed the second name. The time of the last change of its bytes counts, as that removal itself
 * is a change of the inode.
 */
bool written_holds(const struct written *w, const struct stat *st);

#endif
