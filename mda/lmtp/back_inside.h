/* What the files of a back share (back.h). */
#ifndef MDA_LMTP_BACK_INSIDE_H
#define MDA_LMTP_BACK_INSIDE_H

#include "mda/lmtp/answers.h"
#include "mda/lmtp/back.h"
#include "mda/lmtp/jobs.h"

/* The process that answers questions (back_question.c). */
struct asker {
	pid_t pid; /* 0: there is none */
	int socket;
	long long started;     /* io_microseconds() */
	struct job_list asked; /* in this order it answers */
	struct arena *mem;     /* its own */
};

struct back {
	pid_t pid; /* this process */
	const struct server *server;
	const struct conf *conf;
	struct rules_warm *warm;
	struct board_row *row;
	struct answers answers;
	int lifeline; /* -1: the master is gone */
	struct jobs jobs;
	struct asker asker;
	struct mail *mails; /* those with recipients that have no answer yet */
	size_t mail_count;
	size_t recipients, recipients_most; /* of these mails, without an answer */
	size_t held;                        /* bytes of these mails that are in memory */
	size_t handled;
	long long looked; /* io_microseconds(): when jobs that are late were looked for */
	bool is_retiring, was_asked; /* to end */
};

/* ---- back_mail.c ---- */

/*
 * Takes the message M with its descriptor. Nothing else is known of it if it is refused: then all
 * its recipients have their answer.
 */
void back_take_mail(struct back *b, const struct channel_message *m);
/* Reads and hashes it once for all its recipients. */
int back_read_mail(struct back *b, struct mail *mail, struct err *err);

/* ---- back_job.c ---- */

/* Closes in a new process what it must not read or write; OWN is its job, or NULL. */
void back_close_all(const struct back *b, const struct job *own);
/* Answers the job, which must not be in a list, and frees it; with its last job, its mail. */
void back_end_job(struct back *b, struct job *job, const struct reply *r);
/* Starts as many jobs as may run. */
void back_start_jobs(struct back *b);
/* The process of the job has written something: with its result the job is answered. */
void back_hear_job(struct back *b, struct job *job);
/* The process of the job has ended. The job is answered at the latest now. */
void back_finish_job(struct back *b, struct job *job);
/* Jobs that have waited or run too long. */
void back_end_late_jobs(struct back *b);

/* ---- back_recipient.c ---- */

struct job *back_new_job(const struct back *b, const struct channel_message *m);
/* A recipient of a mail. */
void back_take_recipient(struct back *b, const struct channel_message *m);

/* ---- back_question.c ---- */

void back_take_question(struct back *b, const struct channel_message *m);
/* The process that answers questions has something to say, or has ended. */
void back_hear_asker(struct back *b);
/* Ends it if it takes too long. What it was asked is asked in another way. */
void back_end_late_asker(struct back *b);
void back_end_asker(struct back *b);

#endif
