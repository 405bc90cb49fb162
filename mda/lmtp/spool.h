/*
 * The bytes of a message while they arrive: in memory, as long as all messages that are arriving in
 * this process are small, otherwise in a file without a name. In both cases there is a descriptor
 * that can be passed on.
 */
#ifndef MDA_LMTP_SPOOL_H
#define MDA_LMTP_SPOOL_H

#include "base/err.h"

/* How much a process keeps in memory; the caller sets MOST. */
struct spool_room {
	size_t used, most;
};

struct spool {
	int fd; /* -1: empty */
	bool is_in_memory;
	size_t size;
};

void spool_init(struct spool *s);
/* Appends BYTES; a file is made in DIR. -1 on error: then all of it is lost. */
int spool_add(struct spool *s, struct spool_room *room, const char *dir, struct str bytes,
	struct err *err);
/* The descriptor, at its start; it belongs to the caller. -1 on error. */
int spool_take(struct spool *s, struct spool_room *room, struct err *err);
void spool_drop(struct spool *s, struct spool_room *room);

#endif
