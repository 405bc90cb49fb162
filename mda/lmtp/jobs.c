#include "mda/lmtp/jobs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

/* The deliveries of one mailbox. */
struct mailbox_jobs {
	struct str mailbox;
	struct job_list waiting;
	size_t running;
	bool is_ready; /* it is in the list of those of which a delivery may start */
	struct mailbox_jobs *prev, *next;
	struct mailbox_jobs *same_bucket;
};

int jobs_init(struct jobs *j, size_t per_mailbox, struct err *err)
{
	*j = (struct jobs){.per_mailbox = per_mailbox};
	if (getrandom(j->seed, sizeof j->seed, 0) == sizeof j->seed)
		return 0;
	return err_system(err, errno, "cannot get random bytes");
}

/* ---- lists ---- */

void jobs_append(struct job_list *list, struct job *job)
{
	job->next = NULL;
	job->prev = list->last;
	*(list->last ? &list->last->next : &list->first) = job;
	list->last = job;
	list->count++;
}

void jobs_take_out(struct job_list *list, struct job *job)
{
	*(job->prev ? &job->prev->next : &list->first) = job->next;
	*(job->next ? &job->next->prev : &list->last) = job->prev;
	job->prev = job->next = NULL;
	list->count--;
}

/* ---- mailboxes ---- */

static size_t bucket_of(const struct jobs *j, struct str mailbox)
{
	const struct str parts[] = {{j->seed, sizeof j->seed}, mailbox};
	uint32_t number;
	struct hash h = hash_of(parts, sizeof parts / sizeof *parts);
	memcpy(&number, h.bytes, sizeof number);
	return number % JOBS_BUCKETS;
}

static struct mailbox_jobs *find(const struct jobs *j, size_t bucket, struct str mailbox)
{
	struct mailbox_jobs *q = j->table[bucket];
	while (q && !str_eq(q->mailbox, mailbox))
		q = q->same_bucket;
	return q;
}

static struct mailbox_jobs *make(struct jobs *j, struct str mailbox)
{
	size_t bucket = bucket_of(j, mailbox);
	struct mailbox_jobs *q = find(j, bucket, mailbox);
	if (q)
		return q;
	q = mem_alloc(sizeof *q + mailbox.n);
	char *name = (char *)(q + 1);
	if (mailbox.n)
		memcpy(name, mailbox.p, mailbox.n);
	q->mailbox = (struct str){name, mailbox.n};
	q->same_bucket = j->table[bucket];
	j->table[bucket] = q;
	return q;
}

static void forget(struct jobs *j, struct mailbox_jobs *q)
{
	struct mailbox_jobs **at = &j->table[bucket_of(j, q->mailbox)];
	while (*at != q)
		at = &(*at)->same_bucket;
	*at = q->same_bucket;
	free(q);
}

static void leave_ready(struct jobs *j, struct mailbox_jobs *q)
{
	*(q->prev ? &q->prev->next : &j->ready) = q->next;
	*(q->next ? &q->next->prev : &j->ready_last) = q->prev;
	q->prev = q->next = NULL;
	q->is_ready = false;
}

static void enter_ready(struct jobs *j, struct mailbox_jobs *q)
{
	q->prev = j->ready_last;
	*(j->ready_last ? &j->ready_last->next : &j->ready) = q;
	j->ready_last = q;
	q->is_ready = true;
}

/* To be called after each change of a mailbox's jobs. */
static void settle(struct jobs *j, struct mailbox_jobs *q)
{
	bool is_ready = q->waiting.count && q->running < j->per_mailbox;
	if (q->is_ready && !is_ready)
		leave_ready(j, q);
	else if (!q->is_ready && is_ready)
		enter_ready(j, q);
	if (q->waiting.count == 0 && q->running == 0)
		forget(j, q);
}

/* ---- public ---- */

void jobs_add(struct jobs *j, struct job *job)
{
	if (!job->mail) {
		jobs_append(&j->questions, job);
		return;
	}
	job->queue = make(j, job->mailbox);
	jobs_append(&job->queue->waiting, job);
	j->waiting++;
	settle(j, job->queue);
}

size_t jobs_waiting_for(const struct jobs *j, struct str mailbox)
{
	const struct mailbox_jobs *q = find(j, bucket_of(j, mailbox), mailbox);
	return q ? q->waiting.count : 0;
}

size_t jobs_waiting(const struct jobs *j)
{
	return j->waiting + j->questions.count;
}

static struct job *start_question(struct jobs *j)
{
	struct job *job = j->questions.first;
	if (job)
		jobs_take_out(&j->questions, job);
	return job;
}

static struct job *start_delivery(struct jobs *j)
{
	struct mailbox_jobs *q = j->ready;
	if (!q)
		return NULL;
	struct job *job = q->waiting.first;
	jobs_take_out(&q->waiting, job);
	j->waiting--;
	q->running++;
	leave_ready(j, q); /* the others come first */
	settle(j, q);
	return job;
}

struct job *jobs_next(struct jobs *j)
{
	struct job *job = start_question(j);
	if (!job)
		job = start_delivery(j);
	if (!job)
		return NULL;
	job->is_running = true;
	jobs_append(&j->running, job);
	return job;
}

/* The first one of each list has waited longest. */
struct job *jobs_late(const struct jobs *j, long long before)
{
	if (j->questions.first && j->questions.first->since < before)
		return j->questions.first;
	for (size_t i = 0; i < JOBS_BUCKETS && j->waiting; i++)
		for (const struct mailbox_jobs *q = j->table[i]; q; q = q->same_bucket)
			if (q->waiting.first && q->waiting.first->since < before)
				return q->waiting.first;
	return NULL;
}

void jobs_remove(struct jobs *j, struct job *job)
{
	struct mailbox_jobs *q = job->queue;
	if (job->is_running)
		jobs_take_out(&j->running, job);
	else
		jobs_take_out(q ? &q->waiting : &j->questions, job);
	if (!q)
		return;
	if (job->is_running)
		q->running--;
	else
		j->waiting--;
	settle(j, q);
}

void jobs_free(struct job *job)
{
	arena_free(job->mem);
}

void jobs_free_mail(struct mail *mail)
{
	if (mail->fd >= 0)
		close(mail->fd); /* nothing was written */
	message_free(mail->msg);
	arena_free(mail->mem);
}
