/* The child's side of confined.c. */
#ifndef BASE_CONFINED_CHILD_H
#define BASE_CONFINED_CHILD_H

#include "base/confined.h"

#include <stdint.h>
#include <sys/types.h>

/* The head of a message in the socket. SIZE bytes follow. */
struct confined_message {
	uint32_t magic, type;
	uint32_t kind;  /* of a question */
	uint32_t holds; /* in a result: what confined the child */
	uint64_t size;
};

enum { CONFINED_MAGIC = 0x6d646132 };

enum confined_type {
	CONFINED_RESULT,
	CONFINED_UNPREPARED, /* the bytes say why it did not begin */
	CONFINED_QUESTION,
	CONFINED_ANSWER,
	CONFINED_NO_ANSWER, /* the bytes say why */
	CONFINED_HINDERED,  /* the same, but the next attempt may succeed (see err.h) */
};

int confined_send(int fd, const struct confined_message *m, struct str bytes);
/* Does B hold exactly one whole message? It is read into *M. */
bool confined_whole(const struct buf *b, struct confined_message *m);

/*
 * The address space of this process in bytes; without /proc, more than it uses. To ask costs a new
 * process twice as much as its parent.
 */
size_t confined_memory(void);

/*
 * Runs the whole child: SOCKET is its end; it must not outlive the process PARENT, which had so
 * much MEMORY.
 */
_Noreturn void confined_child(
	const struct confined_job *job, int socket, pid_t parent, size_t memory);

#endif
