#include "mda/lmtp/front.h"

#include "base/io.h"
#include "mda/server/event.h"
#include "base/mem.h"
#include "mda/conf/owner.h"
#include "mda/lmtp/conn.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

enum { EVENTS = 64, TICK_MS = 1000, SLOT_BITS = 20, AT_ONCE = 64 };
enum { SLOT_MASK = (1 << SLOT_BITS) - 1 };

/* What an event is about, if it is not about a connection. */
#define CHANNEL_EVENT  UINT64_MAX
#define LISTENER_EVENT (UINT64_MAX - 1) /* and below, one number for each listener */

struct front {
	const struct server *server;
	const struct conf *conf;
	struct board_row *row;
	struct conn_shared shared;
	struct spool_room room;
	int epoll;
	struct conn **slots; /* NULL: free */
	size_t slot_count, open;
	uint64_t serial;
	bool is_listening, is_stopping;
	long long swept; /* io_microseconds(): when deadlines were looked at */
};

/* ---- events ---- */

static void watch(const struct front *f, int fd, uint32_t events, uint64_t what, int how)
{
	struct epoll_event e = {.events = events, .data.u64 = what};
	/* If memory is short, the connection's deadline ends it. */
	(void)epoll_ctl(f->epoll, how, fd, &e);
}

static void stop_listening(struct front *f)
{
	for (size_t i = 0; i < f->server->listener_count && f->is_listening; i++) {
		watch(f, f->server->listeners[i].fd, 0, 0, EPOLL_CTL_DEL);
		close(f->server->listeners[i].fd); /* the master has it, too */
	}
	f->is_listening = false;
}

/* ---- connections ---- */

static void count_client(struct front *f, const struct conn *c, int change)
{
	f->open += (size_t)change;
	f->row->connections = f->open;
	f->row->clients[board_bucket(f->server->board, &c->real)] += change;
}

static void drop(struct front *f, struct conn *c)
{
	f->slots[c->id & SLOT_MASK] = NULL;
	count_client(f, c, -1);
	conn_free(c);
}

/* To be called after each event of a connection. */
static void settle(struct front *f, struct conn *c)
{
	if (f->is_stopping && !conn_is_over(c) && conn_is_idle(c))
		conn_end(c, 421, "4.3.2", "is going down");
	if (conn_is_over(c))
		drop(f, c);
	else
		watch(f, c->transport.fd, conn_events(c), c->id, EPOLL_CTL_MOD);
}

static size_t free_slot(const struct front *f)
{
	for (size_t i = 0; i < f->slot_count; i++) {
		size_t slot = (f->serial + i) % f->slot_count;
		if (!f->slots[slot])
			return slot;
	}
	return f->slot_count;
}

/* NULL: it is accepted. */
static const char *why_refused(struct front *f, const struct peer *peer)
{
	if (f->open >= f->slot_count ||
		board_connections(f->server->board) >= f->conf->lmtp_connections) {
		f->row->refusals[BOARD_CONNECTIONS]++;
		return "too many connections";
	}
	if (!peer->is_local &&
		board_client(f->server->board, peer) >= f->conf->lmtp_client_connections) {
		f->row->refusals[BOARD_CLIENT]++;
		return "too many connections from this client";
	}
	return NULL;
}

static void refuse(const struct front *f, int fd, const char *why)
{
	struct transport t = {.fd = fd};
	struct buf line = {0};
	struct reply r;
	reply_set(&r, 421, "4.3.2", "%s %s", f->server->dialog.host, why);
	reply_add(&line, &r);
	(void)transport_write(&t, buf_str(&line)); /* a new connection has room for it */
	buf_free(&line);
	transport_close(&t);
}

static void welcome(struct front *f, int fd, const struct sockaddr_storage *address)
{
	struct peer peer;
	const int yes = 1;
	peer_of(address, &peer);
	const char *why = why_refused(f, &peer);
	if (why) {
		refuse(f, fd, why);
		return;
	}
	if (!peer.is_local) /* if it fails, it only costs time */
		(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
	size_t slot = free_slot(f);
	uint64_t id = ++f->serial << SLOT_BITS | slot;
	struct conn *c = conn_new(&f->shared, fd, id, &peer);
	f->slots[slot] = c;
	f->row->connections_total++;
	count_client(f, c, 1);
	watch(f, fd, 0, id, EPOLL_CTL_ADD);
	conn_go_on(c, false);
	settle(f, c);
}

/*
 * Without a free descriptor no connection can be accepted, and the same event would come again at
 * once.
 */
static void rest_a_while(void)
{
	const struct timespec tenth = {.tv_nsec = 100000000};
	nanosleep(&tenth, NULL);
}

static void accept_some(struct front *f, int listener)
{
	for (int i = 0; i < AT_ONCE; i++) {
		struct sockaddr_storage address = {.ss_family = AF_UNIX};
		socklen_t size = sizeof address;
		int fd = accept4(
			listener, (struct sockaddr *)&address, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd < 0 && (errno == EMFILE || errno == ENFILE || errno == ENOMEM))
			rest_a_while();
		if (fd < 0)
			return;
		welcome(f, fd, &address);
	}
}

/* ---- the back ---- */

static struct conn *find(const struct front *f, uint64_t id)
{
	size_t slot = id & SLOT_MASK;
	struct conn *c = slot < f->slot_count ? f->slots[slot] : NULL;
	return c && c->id == id ? c : NULL;
}

static void end_all(struct front *f, bool only_idle, const char *text)
{
	for (size_t i = 0; i < f->slot_count; i++) {
		struct conn *c = f->slots[i];
		if (!c || (only_idle && !conn_is_idle(c)))
			continue;
		conn_end(c, 421, "4.3.2", text);
		settle(f, c);
	}
}

/* False if the back has died, so that nothing can be delivered any more. */
static bool hear_back(struct front *f)
{
	static char buffer[CHANNEL_LARGEST];
	struct channel_message m;
	struct conn *c;
	if (channel_receive(f->shared.channel, buffer, &m) <= 0) {
		end_all(f, false, "cannot deliver now");
		return false;
	}
	if (m.kind == CHANNEL_DRAIN || m.kind == CHANNEL_STOP)
		stop_listening(f);
	if (m.kind == CHANNEL_STOP) {
		f->is_stopping = true;
		end_all(f, true, "is going down");
	} else if ((c = find(f, m.id))) {
		conn_hear(c, &m);
		settle(f, c);
	}
	return true;
}

/* ---- the loop ---- */

static void sweep(struct front *f)
{
	long long now = io_microseconds();
	if (now - f->swept < TICK_MS * 1000LL)
		return;
	f->swept = now;
	for (size_t i = 0; i < f->slot_count; i++) {
		struct conn *c = f->slots[i];
		if (!c || c->deadline > now)
			continue;
		/* A client that does not read the reply either is closed. */
		if (dialog_has_ended(c->dialog))
			c->is_lost = true;
		else
			conn_end(c, 421, "4.4.2", "has waited too long");
		settle(f, c);
	}
}

/* A client that goes away during a delivery does not learn the result. */
static void serve(struct front *f, const struct epoll_event *e)
{
	struct conn *c = find(f, e->data.u64);
	if (!c)
		return;
	if ((e->events & (EPOLLHUP | EPOLLERR)) && !(e->events & EPOLLIN))
		c->is_lost = true;
	else
		conn_go_on(c, e->events & EPOLLIN);
	settle(f, c);
}

static bool turn(struct front *f)
{
	struct epoll_event events[EVENTS];
	int n = epoll_wait(f->epoll, events, EVENTS, TICK_MS);
	for (int i = 0; i < n; i++) {
		uint64_t what = events[i].data.u64;
		uint64_t listener = LISTENER_EVENT - what;
		if (what == CHANNEL_EVENT) {
			if (!hear_back(f))
				return false;
		} else if (listener < f->server->listener_count) {
			if (f->is_listening)
				accept_some(f, f->server->listeners[listener].fd);
		} else {
			serve(f, &events[i]);
		}
	}
	sweep(f);
	return f->is_listening || f->open > 0;
}

/* What clients send is parsed without any rights. */
static int give_up_rights(const struct server *server, struct err *err)
{
	struct arena *mem = arena_new();
	int r = owner_drop(server->session.conf, mem, err);
	arena_free(mem);
	if (r == 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		r = err_system(err, errno, "cannot give up rights");
	return r;
}

/* Root may read the key, and nobody else need. */
static int load_tls(struct front *f, struct err *err)
{
	if (f->conf->lmtp_tls_certificate.n == 0)
		return 0;
	f->shared.tls = tls_load(f->conf, err);
	return f->shared.tls ? 0 : -1;
}

static int begin(struct front *f, struct err *err)
{
	if (load_tls(f, err) < 0 || give_up_rights(f->server, err) < 0)
		return -1;
	f->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (f->epoll < 0)
		return err_system(err, errno, "cannot wait for clients");
	watch(f, f->shared.channel, EPOLLIN, CHANNEL_EVENT, EPOLL_CTL_ADD);
	for (size_t i = 0; i < f->server->listener_count; i++)
		watch(f, f->server->listeners[i].fd, EPOLLIN | EPOLLEXCLUSIVE, LISTENER_EVENT - i,
			EPOLL_CTL_ADD);
	f->is_listening = true;
	return 0;
}

int front_run(const struct server *server, struct board_row *row, int channel)
{
	const struct conf *conf = server->session.conf;
	struct front f = {.server = server,
		.conf = conf,
		.row = row,
		.shared = {.server = server, .channel = channel},
		.room = {.most = conf->message_in_memory},
		.slot_count = conf->lmtp_connections};
	struct err err;
	f.shared.room = &f.room;
	f.slots = mem_alloc(f.slot_count * sizeof(struct conn *));
	if (begin(&f, &err) < 0) {
		event_trouble("%s", err.text);
		return 1;
	}
	while (turn(&f))
		;
	free(f.slots);
	return 0;
}
