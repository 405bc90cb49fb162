/*
 * Was a message shown to readers, although a reader has removed its name from new/ and cur/? Each
 * file in tmp/ has two names until it is shown: BASE, the marker of its delivery, and BASE.unseen,
 * which is then renamed to new/ or cur/. So, as long as the machine has not stopped, a marker
 * without the second name proves that the message was shown. After a loss of power it does not,
 * because a name may be lost that was not on the disk yet. When the answer is unknown, the message
 * counts as not shown: one copy too many is better than none.
 */
#ifndef STORE_WRITTEN_H
#define STORE_WRITTEN_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

enum { WRITTEN_BOOT = 32 };

/*
 * The file that was written, and the boot of the machine. All zero: a missing second name proves
 * nothing.
 */
struct written {
	char boot[WRITTEN_BOOT];
	uint64_t device, inode;
};

/*
 * Asks the kernel which boot it is, unless this was asked before: a server does it once for all its
 * children.
 */
void written_warm(void);

/* Notes the file FD; all zero when that is not possible. */
void written_note(int fd, struct written *w);

/*
 * Does ST describe that file, on a machine that has not stopped since? False from a day after it
 * was written: then another program, which removes files older than 36 hours from tmp/, may have
 * removed the second name. The time of the last change of the bytes counts, because removing a name
 * changes the inode's time.
 */
bool written_holds(const struct written *w, const struct stat *st);

#endif
