/* The jobs of a back: the waiting and the running ones. */
#ifndef MDA_LMTP_JOBS_H
#define MDA_LMTP_JOBS_H

#include "mda/lmtp/reply.h"

#include "base/arena.h"
#include "base/hash.h"
#include "base/message.h"

#include <stdint.h>
#include <sys/types.h>

/* A message that was handed over, with all its recipients. */
struct mail {
	struct arena *mem;
	uint64_t id;
	int fd; /* -1 once it is read */
	const char *sender, *queue_id, *submitter, *envelope_id;
	struct message *msg; /* read before its first delivery */
	const struct hash_begun *hash;
	size_t left;     /* recipients that have no answer yet; at 0 it is freed */
	size_t unnamed;  /* those of them that the front has not named yet */
	bool is_refused; /* its recipients are to try again later */
	struct mail *next;
};

/* One recipient of a mail, or a question of RCPT (which has no mail). */
struct job {
	struct arena *mem; /* its own */
	uint64_t id;
	uint32_t index;
	struct mail *mail;
	const char *recipient, *original, *sender;
	unsigned long long size;
	bool wants_receipt;
	struct str mailbox; /* for the queue: the recipient without detail, in lower case */
	long long since;    /* io_microseconds(): when it came, or when its process was started */
	pid_t pid;          /* 0: it waits */
	int pid_fd, pipe;
	struct job *next;
};

struct jobs {
	struct job *waiting, **waiting_end; /* in the order in which they came */
	struct job *running;
	size_t running_count, waiting_count, question_count; /* questions that wait */
};

void jobs_init(struct jobs *j);
void jobs_add(struct jobs *j, struct job *job);
/* How many of the mailbox's jobs are in the list? */
size_t jobs_of_mailbox(const struct job *list, struct str mailbox);
/*
 * Moves the next job to the running ones: the first one whose mailbox has fewer than PER_MAILBOX
 * running. Questions come first. NULL if there is none.
 */
struct job *jobs_next(struct jobs *j, size_t most, size_t per_mailbox);
/* Takes a job off its list. */
void jobs_remove(struct jobs *j, struct job *job);

/* Frees a job that is not in a list. */
void jobs_free(struct job *job);
void jobs_free_mail(struct mail *mail);

#endif
