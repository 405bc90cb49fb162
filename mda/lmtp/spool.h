/*
 * The bytes of a message while they arrive: in memory as long as all that are arriving at this
 * process are few, then in a file without a name. Either way a descriptor that can be handed on.
 */
#ifndef MDA_LMTP_SPOOL_H
#define MDA_LMTP_SPOOL_H

#include "base/err.h"

/* What a process keeps in memory; MOST is set by the caller. */
struct spool_room {
	size_t used, most;
};

struct spool {
	int fd; /* -1: empty */
	bool is_in_memory;
	size_t size;
};

void spool_init(struct spool *s);
/* Appends BYTES; DIR is where a file is made. -1 on error: what was kept is of no use. */
int spool_add(struct spool *s, struct spool_room *room, const char *dir, struct str bytes,
	struct err *err);
/* The descriptor, at its start; it is the caller's. -1 on error. */
int spool_take(struct spool *s, struct spool_room *room, struct err *err);
void spool_drop(struct spool *s, struct spool_room *room);

#endif
