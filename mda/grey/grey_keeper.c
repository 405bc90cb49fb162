#include "mda/grey/grey_keeper.h"

#include "mda/server/event.h"
#include "mda/server/reaper.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/*
 * AT_ONCE: questions of one transaction. PRUNE_MS: how long it is idle before it removes some old
 * entries; ENTRIES: how many it looks at then; it begins again after ROUND_S. COMPLAIN_S: how often
 * it reports the same trouble.
 */
enum { AT_ONCE = 64, PRUNE_MS = 200, ENTRIES = 2000, ROUND_S = 3600, COMPLAIN_S = 60 };

struct wire {
	uint64_t id;
	struct grey_question question;
};

struct keeper {
	const char *dir;
	struct grey_terms terms;
	int socket;
	struct grey_store *store; /* NULL: it cannot be opened */
	time_t opened, complained, round;
	size_t removed; /* in this round */
	struct wire wires[AT_ONCE];
	struct grey_question questions[AT_ONCE];
	struct grey_ruling rulings[AT_ONCE];
	size_t count;
};

/* ---- in the process ---- */

static void complain(struct keeper *k, const struct err *err)
{
	time_t now = time(NULL);
	if (k->complained && now - k->complained < COMPLAIN_S)
		return;
	k->complained = now;
	event_trouble("%s; nothing is greylisted meanwhile", err->text);
}

/* At most once a second: a full disk stays full for a while. */
static bool has_store(struct keeper *k)
{
	struct err err;
	time_t now = time(NULL);
	if (k->store && !grey_store_is_damaged(k->store))
		return true;
	if (k->opened == now)
		return false;
	k->opened = now;
	grey_store_close(k->store);
	k->store = grey_store_open(k->dir, &err);
	if (!k->store)
		complain(k, &err);
	else if (grey_store_set_aside(k->store))
		event_trouble("the database was damaged and is now %s; a new one was made",
			grey_store_set_aside(k->store));
	return k->store;
}

static bool rule(struct keeper *k)
{
	struct err err;
	for (int attempt = 0; attempt < 2 && has_store(k); attempt++) {
		if (grey_store_rule(k->store, k->questions, k->count, k->rulings, &err) == 0)
			return true;
		complain(k, &err);
		if (!grey_store_is_damaged(k->store))
			return false;
	}
	return false;
}

/* Takes what is there, and waits only for the first. False when the parent has gone. */
static bool take_questions(struct keeper *k)
{
	for (k->count = 0; k->count < AT_ONCE;) {
		struct wire *w = &k->wires[k->count];
		ssize_t n = recv(k->socket, w, sizeof *w, MSG_DONTWAIT);
		if (n == (ssize_t)sizeof *w)
			k->terms = w->question.terms, k->questions[k->count++] = w->question;
		else if (n < 0 && errno == EAGAIN)
			return true;
		else if (n <= 0)
			return n < 0 && errno == EINTR;
	}
	return true;
}

static bool answer_all(const struct keeper *k, bool is_ruled)
{
	for (size_t i = 0; i < k->count; i++) {
		const struct grey_answer a = {
			.id = k->wires[i].id, .is_ruled = is_ruled, .ruling = k->rulings[i]};
		/* The parent reads all answers before it waits for anything else. */
		if (send(k->socket, &a, sizeof a, MSG_NOSIGNAL) != (ssize_t)sizeof a)
			return false;
	}
	return true;
}

/* Once an hour all entries are looked at, some at a time, while nobody asks. */
static void prune_some(struct keeper *k)
{
	struct err err;
	size_t removed;
	bool ended;
	time_t now = time(NULL);
	if (now < k->round && k->round - now <= ROUND_S)
		return;
	if (!has_store(k))
		return;
	if (grey_store_prune(k->store, &k->terms, now, ENTRIES, &removed, &ended, &err) < 0) {
		complain(k, &err);
		k->round = now + COMPLAIN_S;
		return;
	}
	k->removed += removed;
	if (!ended)
		return;
	if (k->removed)
		event_note("%zu old entries were removed", k->removed);
	k->removed = 0;
	k->round = now + ROUND_S;
}

static _Noreturn void serve(struct keeper *k)
{
	memset(k->rulings, 0, sizeof k->rulings);
	for (;;) {
		struct pollfd p = {.fd = k->socket, .events = POLLIN};
		if (poll(&p, 1, PRUNE_MS) <= 0) {
			prune_some(k);
			continue;
		}
		if (!take_questions(k) || (k->count && !answer_all(k, rule(k))))
			break;
	}
	grey_store_close(k->store);
	_exit(0);
}

/* ---- in its parent ---- */

int grey_keeper_start(struct grey_keeper *k, const char *dir, const struct grey_terms *terms,
	void (*clean)(void *context), void *context, struct err *err)
{
	static struct keeper keeper;
	int ends[2];
	pid_t parent = getpid();
	*k = (struct grey_keeper){.socket = -1};
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return err_system(err, errno, "cannot make a socket");
	pid_t pid = fork();
	if (pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* else it sees that the socket ends */
		if (getppid() != parent)
			_exit(0);
		clean(context);
		close(ends[0]); /* the parent's end */
		keeper = (struct keeper){.dir = dir, .terms = *terms, .socket = ends[1]};
		serve(&keeper);
	}
	int reason = errno;
	close(ends[1]); /* the other side's end */
	if (pid < 0) {
		close(ends[0]); /* nothing was written to it */
		return err_system(err, reason, "cannot start a process");
	}
	*k = (struct grey_keeper){.socket = ends[0], .pid = pid};
	return 0;
}

void grey_keeper_stop(struct grey_keeper *k)
{
	if (k->socket >= 0)
		close(k->socket); /* what it was asked need not be answered */
	if (k->pid > 0)
		reaper_end(k->pid);
	*k = (struct grey_keeper){.socket = -1};
}

int grey_keeper_ask(const struct grey_keeper *k, uint64_t id, const struct grey_question *q)
{
	struct wire w = {.id = id, .question = *q};
	if (k->socket < 0)
		return -1;
	ssize_t n = send(k->socket, &w, sizeof w, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (n == (ssize_t)sizeof w)
		return 1;
	return n < 0 && (errno == EAGAIN || errno == EINTR || errno == ENOBUFS) ? 0 : -1;
}

int grey_keeper_hear(const struct grey_keeper *k, struct grey_answer *a)
{
	ssize_t n = recv(k->socket, a, sizeof *a, MSG_DONTWAIT);
	if (n == (ssize_t)sizeof *a)
		return 1;
	return n < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : -1;
}
