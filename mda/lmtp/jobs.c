#include "mda/lmtp/jobs.h"

#include <unistd.h>

void jobs_init(struct jobs *j)
{
	*j = (struct jobs){.waiting = NULL};
	j->waiting_end = &j->waiting;
}

void jobs_add(struct jobs *j, struct job *job)
{
	job->next = NULL;
	*j->waiting_end = job;
	j->waiting_end = &job->next;
	j->waiting_count++;
	j->question_count += !job->mail;
}

size_t jobs_of_mailbox(const struct job *list, struct str mailbox)
{
	size_t n = 0;
	for (; list; list = list->next)
		n += list->mail && str_eq(list->mailbox, mailbox);
	return n;
}

static bool unlink_from(struct job **list, const struct job *job)
{
	while (*list && *list != job)
		list = &(*list)->next;
	if (!*list)
		return false;
	*list = job->next;
	return true;
}

static void find_end(struct jobs *j)
{
	j->waiting_end = &j->waiting;
	while (*j->waiting_end)
		j->waiting_end = &(*j->waiting_end)->next;
}

void jobs_remove(struct jobs *j, struct job *job)
{
	if (unlink_from(&j->running, job)) {
		j->running_count--;
	} else if (unlink_from(&j->waiting, job)) {
		j->waiting_count--;
		j->question_count -= !job->mail;
		find_end(j);
	}
}

/* Questions come first, because they take little time and their clients must wait for them. */
static struct job *find_next(const struct jobs *j, size_t per_mailbox)
{
	for (struct job *job = j->question_count ? j->waiting : NULL; job; job = job->next)
		if (!job->mail)
			return job;
	for (struct job *job = j->waiting; job; job = job->next)
		if (jobs_of_mailbox(j->running, job->mailbox) < per_mailbox)
			return job;
	return NULL;
}

struct job *jobs_next(struct jobs *j, size_t most, size_t per_mailbox)
{
	struct job *job = j->running_count < most ? find_next(j, per_mailbox) : NULL;
	if (!job)
		return NULL;
	jobs_remove(j, job);
	job->next = j->running;
	j->running = job;
	j->running_count++;
	return job;
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
