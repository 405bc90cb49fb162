/* Moves a message from a folder that acts to another folder, with a UID of its own. */
#ifndef MDA_ACTS_ACTS_MOVE_H
#define MDA_ACTS_ACTS_MOVE_H

#include "base/buf.h"
#include "mda/acts/acts.h"

/* A message in a folder that acts. */
struct acts_message {
	const struct acts_folder *folder;
	const char *part; /* "new" or "cur" */
	struct str name;  /* of its file */
	struct str bytes; /* as they are stored; unpacked if they were compressed */
	int64_t time;     /* of the file: when it arrived */
	/* keywords that it loses when it is moved, and one that it gets; empty: none */
	struct str_list without;
	struct str with;
};

/*
 * Reads the message. 1; 0 when it is gone; -1 when it cannot be read. The bytes are M's until
 * buf_free(KEPT).
 */
int acts_move_read(const struct acts *a, struct acts_message *m, struct buf *kept, struct err *err);

/*
 * Stores it in the folder TO with its flags, keywords and time, and removes it from its own. If the
 * process is killed in between, doing it again does not store it twice. -1 with the reason.
 */
int acts_move(const struct acts *a, const struct acts_message *m, struct str to, struct err *err);

/*
 * Takes the flags and keywords in BITS (see keywords.h) from a message, which stays. -1 on error.
 */
int acts_move_unflag(
	const struct acts *a, const struct acts_message *m, unsigned bits, struct err *err);

/* Is the message marked as deleted, so that it is not to act? */
bool acts_move_is_deleted(struct str name);

#endif
