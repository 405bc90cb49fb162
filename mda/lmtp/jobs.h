/* The jobs of a back: those that wait for their turn, and those that run. */
#ifndef MDA_LMTP_JOBS_H
#define MDA_LMTP_JOBS_H

#include "mda/lmtp/reply.h"

#include "base/arena.h"
#include "base/hash.h"
#include "base/message.h"

#include <stdint.h>
#include <sys/types.h>

/* A message that was handed over, for all its recipients. */
struct mail {
	struct arena *mem;
	uint64_t id;
	int fd; /* until it is read */
	const char *sender, *queue_id, *submitter, *envelope_id;
	struct message *msg; /* read when the first recipient's turn comes */
	const struct hash_begun *hash;
	size_t left; /* recipients that have no answer; 0: it is freed */
	struct mail *next;
};

/* A recipient of a mail, or a question of RCPT (then there is no mail). */
struct job {
	struct arena *mem; /* its own */
	uint64_t id;
	uint32_t index;
	struct mail *mail;
	const char *recipient, *original, *sender;
	unsigned long long size;
	bool wants_receipt;
	struct str mailbox; /* whose turn it is: the recipient without detail, in lower case */
	long long since;    /* io_microseconds(): it came, or its process was started */
	pid_t pid;          /* 0: it waits */
	int pid_fd, pipe;
	struct job *next;
};

struct jobs {
	struct job *waiting, **waiting_end; /* in their order */
	struct job *running;
	size_t running_count, waiting_count;
};

void jobs_init(struct jobs *j);
void jobs_add(struct jobs *j, struct job *job);
/* How many of the mailbox wait, or run. */
size_t jobs_of_mailbox(const struct job *list, struct str mailbox);
/*
 * The next whose turn it is, which is then among the running ones: the first that waits and whose
 * mailbox has fewer than PER_MAILBOX. Questions come first. NULL: nobody.
 */
struct job *jobs_next(struct jobs *j, size_t most, size_t per_mailbox);
/* Takes a job off the list that it is in. */
void jobs_remove(struct jobs *j, struct job *job);

/* Frees one that is in no list. */
void jobs_free(struct job *job);
void jobs_free_mail(struct mail *mail);

#endif
