/*
 * The jobs of a back: the waiting and the running ones. Whatever is done with one takes the same
 * time, however many there are.
 */
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
	size_t held;    /* bytes of it that are in memory */
	size_t left;    /* recipients that have no answer yet; at 0 it is freed */
	size_t unnamed; /* those of them that the front has not named yet */
	struct mail *prev, *next;
};

struct mailbox_jobs;

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
	bool is_running;
	pid_t pid; /* 0: it has no process */
	int pid_fd, pipe;
	bool is_heard; /* nothing more is expected from the pipe */
	bool is_answered;
	struct str said;            /* what it has written, in MEM */
	struct mailbox_jobs *queue; /* of a delivery's mailbox */
	struct job *prev, *next;
};

struct job_list {
	struct job *first, *last;
	size_t count;
};

enum { JOBS_BUCKETS = 1024, JOBS_SEED = 16 };

struct jobs {
	size_t per_mailbox; /* how many of one mailbox may run */
	struct job_list questions, running;
	size_t waiting; /* deliveries */
	/* The mailboxes of which a delivery may start, in turn. */
	struct mailbox_jobs *ready, *ready_last;
	struct mailbox_jobs *table[JOBS_BUCKETS]; /* all that have jobs */
	char seed[JOBS_SEED]; /* so that nobody can choose mailboxes of one bucket */
};

int jobs_init(struct jobs *j, size_t per_mailbox, struct err *err);

void jobs_add(struct jobs *j, struct job *job);
/* How many deliveries wait for the mailbox? */
size_t jobs_waiting_for(const struct jobs *j, struct str mailbox);
/* All that wait, questions too. */
size_t jobs_waiting(const struct jobs *j);
/*
 * Moves the next job to the running ones. Questions come first, because they take little time and
 * their clients must wait for them; then it is the turn of each mailbox that has fewer than
 * PER_MAILBOX running. NULL if there is none.
 */
struct job *jobs_next(struct jobs *j);
/* A job that has waited since before that time; NULL if there is none. */
struct job *jobs_late(const struct jobs *j, long long before);
/* Takes a job off its list. */
void jobs_remove(struct jobs *j, struct job *job);

/* Puts a job at the end of a list, and takes it off it. */
void jobs_append(struct job_list *list, struct job *job);
void jobs_take_out(struct job_list *list, struct job *job);

/* Frees a job that is not in a list. */
void jobs_free(struct job *job);
void jobs_free_mail(struct mail *mail);

#endif
