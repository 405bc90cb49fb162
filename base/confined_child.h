/* The child's side of confined.c. */
#ifndef BASE_CONFINED_CHILD_H
#define BASE_CONFINED_CHILD_H

#include "base/confined.h"

#include <stdint.h>
#include <sys/types.h>

/* What goes through the socket, and then SIZE bytes. */
struct confined_message {
	uint32_t magic, type;
	uint32_t kind;  /* of a question */
	uint32_t holds; /* with a result: what held the child */
	uint64_t size;
};

enum { CONFINED_MAGIC = 0x6d646132 };

enum confined_type {
	CONFINED_RESULT,
	CONFINED_UNPREPARED, /* the bytes say why it did not begin */
	CONFINED_QUESTION,
	CONFINED_ANSWER,
	CONFINED_NO_ANSWER, /* the bytes say why */
	CONFINED_HINDERED,  /* as CONFINED_UNPREPARED; it may go well the next time (err.h) */
};

int confined_send(int fd, const struct confined_message *m, struct str bytes);
/* All that B holds is one whole message. */
bool confined_whole(const struct buf *b, struct confined_message *m);

/* All of the child: SOCKET is its end, PARENT the process that it must not outlive. */
_Noreturn void confined_child(const struct confined_job *job, int socket, pid_t parent);

#endif
