#include "mda/lmtp/master.h"

#include "base/io.h"
#include "mda/server/event.h"
#include "mda/lmtp/back.h"
#include "mda/server/status.h"
#include "mda/server/systemd.h"
#include "mda/lmtp/worker.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

/* If a worker dies sooner than this, the next one is started only after that time. */
enum { SOON_US = 1000000, TICK_MS = 1000, LISTENERS_MOST = 64, FIXED = 2 };

struct master {
	const struct invocation *inv;
	struct server server;
	struct arena *mem; /* as long as the process */
	struct listener listeners[LISTENERS_MOST];
	size_t listener_count;
	struct listener status;
	struct worker workers[BOARD_WORKERS];
	size_t last_place;
	int signals;
	long long not_before; /* io_microseconds(): the next worker must not be started earlier */
	bool is_stopping;
};

/* ---- sockets ---- */

static bool is_wanted(const struct conf *conf, const struct listener *l)
{
	for (size_t i = 0; i < conf->lmtp_listen.count; i++)
		if (str_eq(conf->lmtp_listen.items[i], l->address))
			return true;
	return l->is_inherited;
}

static bool is_open(const struct master *m, struct str address)
{
	for (size_t i = 0; i < m->listener_count; i++)
		if (str_eq(m->listeners[i].address, address))
			return true;
	return false;
}

static int open_missing(struct master *m, const struct conf *conf, struct err *err)
{
	const struct listener_keys keys = {"lmtp", conf->lmtp_socket_owner, conf->lmtp_socket_mode};
	bool is_activated = m->listener_count && m->listeners[0].is_inherited;
	for (size_t i = 0; i < conf->lmtp_listen.count && !is_activated; i++) {
		struct str address = arena_str(m->mem, conf->lmtp_listen.items[i]);
		if (is_open(m, address))
			continue;
		if (m->listener_count == LISTENERS_MOST)
			return err_temp(
				err, "lmtp_listen has more than %d addresses", LISTENERS_MOST);
		if (listener_open(&m->listeners[m->listener_count], address, &keys, err) < 0)
			return -1;
		m->listener_count++;
	}
	return m->listener_count ? 0 : err_temp(err, "lmtp_listen is empty");
}

static void close_unwanted(struct master *m, const struct conf *conf)
{
	size_t kept = 0;
	for (size_t i = 0; i < m->listener_count; i++) {
		if (is_wanted(conf, &m->listeners[i]))
			m->listeners[kept++] = m->listeners[i];
		else
			listener_close(&m->listeners[i], true);
	}
	m->listener_count = kept;
}

static void close_from(struct master *m, size_t first)
{
	for (size_t i = first; i < m->listener_count; i++)
		listener_close(&m->listeners[i], true);
	m->listener_count = first;
}

/* Opens the socket of --status in *L if it has another address now. */
static int open_status(
	const struct master *m, const struct conf *conf, struct listener *l, struct err *err)
{
	*l = m->status;
	if (str_eq(conf->lmtp_status, l->address))
		return 0;
	*l = (struct listener){.address = STR_EMPTY, .fd = -1};
	if (conf->lmtp_status.n == 0)
		return 0;
	return listener_open_status(l, arena_str(m->mem, conf->lmtp_status), err);
}

static void replace_status(struct master *m, const struct listener *l)
{
	if (l->fd != m->status.fd)
		listener_close(&m->status, true);
	m->status = *l;
}

/* ---- workers ---- */

/* Closes in a worker what belongs to the master. */
static void clean(void *context)
{
	const struct master *m = context;
	close(m->signals); /* descriptors of the master: the worker writes nothing to them */
	if (m->status.fd >= 0)
		close(m->status.fd); /* the same */
	for (size_t i = 0; i < BOARD_WORKERS; i++)
		if (m->workers[i].pid && m->workers[i].lifeline >= 0)
			close(m->workers[i].lifeline); /* the same */
}

static size_t count_workers(const struct master *m, bool old_too)
{
	size_t n = 0;
	for (size_t i = 0; i < BOARD_WORKERS; i++)
		n += m->workers[i].pid && (old_too || !m->workers[i].is_old);
	return n;
}

/* In turn, because a front that has outlived its back may still count in the row of its place. */
static struct worker *free_place(struct master *m)
{
	for (size_t i = 1; i <= BOARD_WORKERS; i++) {
		size_t place = (m->last_place + i) % BOARD_WORKERS;
		if (m->workers[place].pid)
			continue;
		m->last_place = place;
		return &m->workers[place];
	}
	return NULL;
}

static bool has_place(const struct master *m)
{
	return count_workers(m, true) < BOARD_WORKERS;
}

/* Clients that never leave could take every place, and then nobody could be served. */
static void end_old_workers(struct master *m)
{
	for (size_t i = 0; i < BOARD_WORKERS; i++)
		if (m->workers[i].pid && m->workers[i].is_old)
			worker_tell(&m->workers[i], BACK_STOP);
}

static void start_missing(struct master *m)
{
	struct err err;
	size_t wanted = m->server.session.conf->lmtp_workers;
	struct worker *w;
	while (!m->is_stopping && io_microseconds() >= m->not_before &&
		count_workers(m, false) < wanted && (w = free_place(m))) {
		struct board_row *row = &m->server.board->rows[w - m->workers];
		if (worker_start(w, &m->server, row, clean, m, &err) == 0)
			continue;
		event_trouble("%s", err.text);
		m->not_before = io_microseconds() + SOON_US;
	}
	if (!m->is_stopping && count_workers(m, false) < wanted && !has_place(m))
		end_old_workers(m);
	m->server.board->workers = count_workers(m, true);
}

static void tell_all(struct master *m, char what)
{
	for (size_t i = 0; i < BOARD_WORKERS; i++) {
		if (!m->workers[i].pid)
			continue;
		m->workers[i].is_old = true;
		worker_tell(&m->workers[i], what);
	}
}

static void bury(struct master *m, struct worker *w, int status)
{
	bool is_well = WIFEXITED(status) && WEXITSTATUS(status) == 0;
	if (is_well)
		m->server.board->replaced++;
	else
		m->server.board->died++;
	if (!is_well && WIFSIGNALED(status))
		event_trouble("worker %ld was ended by signal %d (%s)", (long)w->pid,
			WTERMSIG(status), strsignal(WTERMSIG(status)));
	else if (!is_well)
		event_trouble("worker %ld ended with status %d", (long)w->pid, WEXITSTATUS(status));
	if (!is_well && io_microseconds() - w->started < SOON_US)
		m->not_before = io_microseconds() + SOON_US;
	worker_forget(w);
	board_reset_now(&m->server.board->rows[w - m->workers]);
}

static void bury_all(struct master *m)
{
	int status;
	pid_t pid;
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		for (size_t i = 0; i < BOARD_WORKERS; i++)
			if (m->workers[i].pid == pid)
				bury(m, &m->workers[i], status);
}

/*
 * A byte means that the worker accepts no connections any more. If that is because its front has
 * died, the next one may die as soon.
 */
static void hear_worker(struct master *m, struct worker *w)
{
	char byte;
	w->is_old = true;
	if (io_read(w->lifeline, &byte, 1) > 0) {
		if (byte == BACK_HAS_NO_FRONT && io_microseconds() - w->started < SOON_US)
			m->not_before = io_microseconds() + SOON_US;
		return;
	}
	close(w->lifeline); /* its death will be noticed */
	w->lifeline = -1;
}

/* ---- the configuration ---- */

/* The new configuration must work completely before anything of the old one is closed. */
static int configure(struct master *m, struct err *err)
{
	struct server next;
	struct listener status = {.address = STR_EMPTY, .fd = -1};
	if (server_configure(&next, m->inv, err) < 0)
		return -1;
	next.board = m->server.board;
	next.listeners = m->listeners;
	size_t before = m->listener_count;
	if (open_missing(m, next.session.conf, err) < 0 ||
		session_open_log(&next.session, err) < 0 ||
		open_status(m, next.session.conf, &status, err) < 0) {
		close_from(m, before);
		server_free(&next);
		return -1;
	}
	close_unwanted(m, next.session.conf);
	replace_status(m, &status);
	next.listener_count = m->listener_count;
	if (m->server.session.mem)
		server_free(&m->server);
	m->server = next;
	return 0;
}

static void reload(struct master *m)
{
	struct err err;
	systemd_notify_reload();
	if (configure(m, &err) < 0) {
		event_trouble("the configuration stays as it was: %s", err.text);
	} else {
		m->server.board->reloads++;
		m->not_before = 0;
		tell_all(m, BACK_DRAIN);
		event_note("the configuration was read again");
	}
	systemd_notify("READY=1");
}

static void stop(struct master *m)
{
	systemd_notify("STOPPING=1");
	event_note("ending; what is under way is finished");
	m->is_stopping = true;
	close_from(m, 0);
	tell_all(m, BACK_STOP);
}

/* ---- what happens ---- */

static void hear_signals(struct master *m)
{
	struct signalfd_siginfo info;
	while (read(m->signals, &info, sizeof info) == sizeof info) {
		if (info.ssi_signo == SIGCHLD)
			bury_all(m);
		else if (info.ssi_signo == SIGHUP && !m->is_stopping)
			reload(m);
		else if (info.ssi_signo != SIGHUP && !m->is_stopping)
			stop(m);
	}
}

static void show_status(const struct master *m)
{
	struct buf text = {0};
	board_print(m->server.board, &text);
	status_answer(m->status.fd, buf_str(&text));
	buf_free(&text);
}

static void turn(struct master *m)
{
	struct pollfd fds[FIXED + BOARD_WORKERS];
	fds[0] = (struct pollfd){.fd = m->signals, .events = POLLIN};
	fds[1] = (struct pollfd){.fd = m->status.fd, .events = POLLIN};
	for (size_t i = 0; i < BOARD_WORKERS; i++)
		fds[FIXED + i] = (struct pollfd){
			.fd = m->workers[i].pid ? m->workers[i].lifeline : -1, .events = POLLIN};
	start_missing(m);
	if (poll(fds, FIXED + BOARD_WORKERS, TICK_MS) <= 0)
		return;
	for (size_t i = 0; i < BOARD_WORKERS; i++)
		if (fds[FIXED + i].revents)
			hear_worker(m, &m->workers[i]);
	if (fds[0].revents)
		hear_signals(m);
	if (fds[1].revents)
		show_status(m);
}

/* ---- the beginning ---- */

static int open_signals(struct master *m, struct err *err)
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGCHLD);
	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0 ||
		(m->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK)) < 0)
		return err_system(err, errno, "cannot set up signals");
	return 0;
}

static int begin(struct master *m, unsigned sockets, struct err *err)
{
	for (unsigned i = 0; i < sockets; i++)
		listener_inherit(
			&m->listeners[m->listener_count++], (int)(SYSTEMD_FIRST_SOCKET + i));
	listener_raise_limit();
	m->server.board = board_new(err);
	return m->server.board && open_signals(m, err) == 0 ? configure(m, err) : -1;
}

int master_run(const struct invocation *inv, unsigned sockets, struct err *err)
{
	static struct master m;
	m = (struct master){
		.inv = inv, .mem = arena_new(), .status = {.address = STR_EMPTY, .fd = -1}};
	event_name("lmtp");
	if (begin(&m, sockets, err) < 0) {
		close_from(&m, 0);
		return -1;
	}
	event_note("mda-lmtpd " MDA_VERSION " listens at %zu addresses", m.listener_count);
	start_missing(&m);
	systemd_notify("READY=1");
	while (!m.is_stopping || count_workers(&m, true) > 0)
		turn(&m);
	listener_close(&m.status, true);
	event_note("ended");
	return 0;
}

/* ---- --status ---- */

int master_status(const struct invocation *inv, struct buf *to, struct err *err)
{
	struct session s = {.mem = arena_new(), .inv = *inv};
	int r = session_configure(&s, err);
	if (r == 0)
		r = status_ask(s.conf->lmtp_status, "lmtp_status", to, err);
	arena_free(s.mem);
	return r;
}
