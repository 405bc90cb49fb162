#include "mda/grey/grey_front.h"

#include "base/io.h"
#include "base/mem.h"
#include "base/path.h"
#include "mda/grey/grey_flow.h"
#include "mda/server/event.h"
#include "mda/server/listener.h"
#include "mda/server/reaper.h"
#include "mda/server/status.h"
#include "mda/server/systemd.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum { EVENTS = 64, TICK_MS = 500, LISTENERS_MOST = 16, AT_ONCE = 64, SOON_US = 1000000 };
enum { SLOT_MASK = (1 << GREY_SLOT_BITS) - 1, KIND_SHIFT = 60 };

/* What an event is about: the upper bits of its number. */
enum kind { OF_CLIENT, OF_SEARCH, OF_LISTENER, OF_KEEPER, OF_SIGNAL, OF_STATUS };

struct front {
	const struct invocation *inv;
	struct arena *mem; /* as long as the process */
	struct grey_settings settings;
	struct grey_flow flow;
	const char *dir; /* of the database */
	struct listener listeners[LISTENERS_MOST];
	size_t listener_count;
	struct listener status;
	int epoll, signals;
	struct grey_conn **slots; /* NULL: free */
	size_t slot_count, open;
	uint64_t serial;
	long long keeper_started, swept; /* io_microseconds() */
	bool is_stopping;
};

static void control(
	const struct front *f, int how, int fd, uint32_t events, enum kind kind, uint64_t id)
{
	struct epoll_event e = {.events = events, .data.u64 = (uint64_t)kind << KIND_SHIFT | id};
	/* If memory is short, the time limit ends what waits. */
	(void)epoll_ctl(f->epoll, how, fd, &e);
}

static void watch(const struct front *f, int fd, enum kind kind, uint64_t id)
{
	control(f, EPOLL_CTL_ADD, fd, EPOLLIN, kind, id);
}

/* ---- other processes ---- */

/* In a new process: closes what belongs to this one. */
static void clean(void *context)
{
	static const int ignored[] = {SIGTERM, SIGINT, SIGHUP};
	struct front *f = context;
	sigset_t none;
	for (size_t i = 0; i < f->slot_count; i++)
		if (f->slots[i]) {
			close(f->slots[i]->fd); /* the parent's */
			if (f->slots[i]->search.pid)
				close(f->slots[i]->search.fd); /* the same */
		}
	for (size_t i = 0; i < f->listener_count; i++)
		listener_close(&f->listeners[i], false);
	listener_close(&f->status, false);
	close(f->epoll);   /* the parent's */
	close(f->signals); /* the same */
	if (f->flow.keeper.socket >= 0)
		close(f->flow.keeper.socket); /* the same */
	for (size_t i = 0; i < sizeof ignored / sizeof *ignored; i++)
		(void)signal(ignored[i], SIG_IGN); /* these exist; the parent ends it */
	sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL); /* cannot fail */
}

static void watch_search(void *context, struct grey_conn *c)
{
	watch(context, c->search.fd, OF_SEARCH, c->id);
}

static void start_keeper(struct front *f)
{
	struct err err;
	long long now = io_microseconds();
	if (f->flow.keeper.pid || (f->keeper_started && now - f->keeper_started < SOON_US))
		return;
	f->keeper_started = now;
	if (grey_keeper_start(&f->flow.keeper, f->dir, &f->settings.terms, clean, f, &err) < 0)
		event_trouble("%s", err.text);
	else
		watch(f, f->flow.keeper.socket, OF_KEEPER, 0);
}

/* ---- connections ---- */

static void drop(struct front *f, struct grey_conn *c)
{
	grey_flow_forget(&f->flow, c);
	f->slots[c->id & SLOT_MASK] = NULL;
	f->flow.tally.connections = --f->open;
	grey_conn_free(c);
}

/* To be called after each event of a connection. While a request is under way, nothing is read. */
static void settle(struct front *f, struct grey_conn *c)
{
	bool is_read = c->state == GREY_READING;
	if (c->is_over || (f->is_stopping && is_read)) {
		drop(f, c);
	} else if (!c->is_watched || c->is_read != is_read) {
		control(f, c->is_watched ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, c->fd,
			is_read ? EPOLLIN : 0, OF_CLIENT, c->id);
		c->is_watched = true;
		c->is_read = is_read;
	}
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

/* Postfix keeps connections open that it may not need again, and opens one anew when it does. */
static size_t make_room(struct front *f)
{
	struct grey_conn *oldest = NULL;
	for (size_t i = 0; i < f->slot_count; i++) {
		struct grey_conn *c = f->slots[i];
		if (c && c->state == GREY_READING && (!oldest || c->since < oldest->since))
			oldest = c;
	}
	if (!oldest)
		return f->slot_count;
	size_t slot = oldest->id & SLOT_MASK;
	f->flow.tally.closed++;
	drop(f, oldest);
	return slot;
}

static void welcome(struct front *f, int fd)
{
	size_t slot = f->open < f->slot_count ? free_slot(f) : make_room(f);
	if (slot == f->slot_count) {
		f->flow.tally.closed++;
		close(fd); /* nothing was written */
		return;
	}
	struct grey_conn *c = grey_conn_new(fd, ++f->serial << GREY_SLOT_BITS | slot);
	f->slots[slot] = c;
	f->flow.tally.connections_total++;
	f->flow.tally.connections = ++f->open;
	settle(f, c);
}

static void accept_some(struct front *f, int listener)
{
	for (int i = 0; i < AT_ONCE; i++) {
		int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
		/* Otherwise the same event would come again at once. */
		if (fd < 0 && (errno == EMFILE || errno == ENFILE))
			(void)make_room(f); /* a descriptor is enough */
		if (fd < 0)
			return;
		welcome(f, fd);
	}
}

static struct grey_conn *find(const struct front *f, uint64_t id)
{
	size_t slot = id & SLOT_MASK;
	return slot < f->slot_count ? f->slots[slot] : NULL;
}

static void serve(struct front *f, struct grey_conn *c, uint32_t events)
{
	if (c->state != GREY_READING) {
		c->is_over = events & (EPOLLHUP | EPOLLERR); /* nobody waits for the answer */
	} else {
		grey_conn_read(c);
		grey_flow_go_on(&f->flow, c);
	}
	settle(f, c);
}

/* ---- the database ---- */

static void bury_keeper(struct front *f)
{
	grey_keeper_stop(&f->flow.keeper);
	event_trouble("the process with the database has died; the next one is started");
	for (size_t i = 0; i < f->slot_count; i++)
		if (f->slots[i]) {
			grey_flow_without_keeper(&f->flow, f->slots[i]);
			settle(f, f->slots[i]);
		}
	start_keeper(f);
}

static void hear_keeper(struct front *f)
{
	struct grey_answer a;
	int r;
	while ((r = grey_keeper_hear(&f->flow.keeper, &a)) > 0) {
		struct grey_conn *c = find(f, a.id);
		if (!c || c->ticket != a.id || c->state != GREY_ASKED)
			continue; /* it was answered without */
		grey_flow_take_ruling(&f->flow, c, &a);
		settle(f, c);
	}
	if (r < 0)
		bury_keeper(f);
}

/* ---- what the admin wants ---- */

static void stop(struct front *f)
{
	systemd_notify("STOPPING=1");
	event_note("ending");
	f->is_stopping = true;
	for (size_t i = 0; i < f->listener_count; i++)
		listener_close(&f->listeners[i], true);
	f->listener_count = 0;
	for (size_t i = 0; i < f->slot_count; i++)
		if (f->slots[i])
			settle(f, f->slots[i]);
}

static void reload(struct front *f)
{
	struct grey_settings next;
	struct err err;
	systemd_notify_reload();
	if (grey_settings_read(&next, f->inv, &err) < 0) {
		event_trouble("the configuration stays as it was: %s", err.text);
	} else {
		/* Its file may have been renamed; if it cannot be opened again, syslog is used. */
		(void)session_open_log(&next.session, NULL);
		grey_settings_free(&f->settings);
		f->settings = next;
		event_note("the configuration was read again");
	}
	systemd_notify("READY=1");
}

static void hear_signals(struct front *f)
{
	struct signalfd_siginfo info;
	while (read(f->signals, &info, sizeof info) == sizeof info) {
		if (info.ssi_signo == SIGHUP)
			reload(f);
		else if (info.ssi_signo != SIGCHLD && !f->is_stopping)
			stop(f);
	}
	reaper_reap(); /* their sockets say how they ended */
}

static void show_status(const struct front *f)
{
	struct buf text = {0};
	grey_tally_print(&f->flow.tally, &text);
	status_answer(f->status.fd, buf_str(&text));
	buf_free(&text);
}

/* ---- the loop ---- */

static void sweep(struct front *f)
{
	long long now = io_microseconds();
	if (now - f->swept < TICK_MS * 1000LL)
		return;
	f->swept = now;
	start_keeper(f);
	for (size_t i = 0; i < f->slot_count; i++)
		if (f->slots[i]) {
			grey_flow_hurry(&f->flow, f->slots[i], now);
			settle(f, f->slots[i]);
		}
}

static void take(struct front *f, const struct epoll_event *e)
{
	uint64_t id = e->data.u64 & ((1ULL << KIND_SHIFT) - 1);
	struct grey_conn *c = find(f, id);
	switch ((enum kind)(e->data.u64 >> KIND_SHIFT)) {
	case OF_CLIENT:
		if (c && c->id == id)
			serve(f, c, e->events);
		break;
	case OF_SEARCH:
		if (c && c->id == id && c->state == GREY_SEARCHING) {
			grey_flow_take_search(&f->flow, c);
			settle(f, c);
		}
		break;
	case OF_LISTENER:
		if (id < f->listener_count)
			accept_some(f, f->listeners[id].fd);
		break;
	case OF_KEEPER:
		if (f->flow.keeper.socket >= 0)
			hear_keeper(f);
		break;
	case OF_SIGNAL:
		hear_signals(f);
		break;
	case OF_STATUS:
		show_status(f);
		break;
	}
}

static void turn(struct front *f)
{
	struct epoll_event events[EVENTS];
	int n = epoll_wait(f->epoll, events, EVENTS, TICK_MS);
	for (int i = 0; i < n; i++)
		take(f, &events[i]);
	grey_flow_pump(&f->flow);
	sweep(f);
}

/* ---- the beginning ---- */

static int open_listeners(struct front *f, unsigned sockets, struct err *err)
{
	const struct conf *conf = f->settings.session.conf;
	const struct listener_keys keys = {"grey", conf->grey_socket_owner, conf->grey_socket_mode};
	for (unsigned i = 0; i < sockets; i++)
		listener_inherit(&f->listeners[f->listener_count++], SYSTEMD_FIRST_SOCKET + (int)i);
	for (size_t i = 0; i < conf->grey_listen.count && sockets == 0; i++) {
		if (f->listener_count == LISTENERS_MOST)
			return err_temp(
				err, "grey_listen has more than %d addresses", LISTENERS_MOST);
		if (listener_open(&f->listeners[f->listener_count],
			    arena_str(f->mem, conf->grey_listen.items[i]), &keys, err) < 0)
			return -1;
		f->listener_count++;
	}
	if (f->listener_count == 0)
		return err_temp(err, "grey_listen is empty");
	if (conf->grey_status.n == 0)
		return 0;
	return listener_open_status(&f->status, arena_str(f->mem, conf->grey_status), err);
}

static int check_dir(const char *dir, struct err *err)
{
	struct stat st;
	(void)path_mkdir(dir, 0700); /* if it fails, the next call says so */
	int fd = path_open_dir_itself(dir);
	int r = fd < 0 ? -1 : fstat(fd, &st);
	int reason = errno;
	if (fd >= 0)
		close(fd); /* nothing was written */
	if (r < 0)
		return err_system(err, reason, "cannot open %s, the grey_dir of uid %ld", dir,
			(long)geteuid());
	if (st.st_uid != geteuid())
		return err_temp(
			err, "%s, the grey_dir, must belong to uid %ld", dir, (long)geteuid());
	return 0;
}

static int open_events(struct front *f, struct err *err)
{
	static const int caught[] = {SIGTERM, SIGINT, SIGHUP, SIGCHLD};
	sigset_t set;
	sigemptyset(&set);
	for (size_t i = 0; i < sizeof caught / sizeof *caught; i++)
		sigaddset(&set, caught[i]);
	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0 ||
		(f->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK)) < 0 ||
		(f->epoll = epoll_create1(EPOLL_CLOEXEC)) < 0)
		return err_system(err, errno, "cannot wait for clients");
	watch(f, f->signals, OF_SIGNAL, 0);
	if (f->status.fd >= 0)
		watch(f, f->status.fd, OF_STATUS, 0);
	for (size_t i = 0; i < f->listener_count; i++)
		watch(f, f->listeners[i].fd, OF_LISTENER, i);
	return 0;
}

static int begin(struct front *f, const char *user, unsigned sockets, struct err *err)
{
	if (grey_settings_read(&f->settings, f->inv, err) < 0)
		return -1;
	const struct conf *conf = f->settings.session.conf;
	listener_raise_limit();
	if (session_open_log(&f->settings.session, err) < 0 ||
		open_listeners(f, sockets, err) < 0 ||
		grey_settings_drop(&f->settings, user, err) < 0)
		return -1;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return err_system(err, errno, "cannot give up rights");
	if (check_dir(conf->grey_dir.p, err) < 0 || open_events(f, err) < 0)
		return -1;
	f->dir = arena_cstr(f->mem, conf->grey_dir);
	f->slot_count = conf->grey_connections;
	f->slots = mem_alloc(f->slot_count * sizeof(struct grey_conn *));
	memset(f->slots, 0, f->slot_count * sizeof(struct grey_conn *));
	start_keeper(f);
	return 0;
}

int grey_front_run(
	const struct invocation *inv, const char *user, unsigned sockets, struct err *err)
{
	static struct front f;
	f = (struct front){
		.inv = inv, .mem = arena_new(), .status = {.address = STR_EMPTY, .fd = -1}};
	event_name("greyd");
	grey_flow_init(&f.flow);
	f.flow.settings = &f.settings;
	f.flow.watch = watch_search;
	f.flow.clean = clean;
	f.flow.context = &f;
	int r = begin(&f, user, sockets, err);
	if (r == 0) {
		event_note("mda-greyd " MDA_VERSION " listens at %zu addresses", f.listener_count);
		systemd_notify("READY=1");
		while (!f.is_stopping || f.open > 0)
			turn(&f);
		grey_keeper_stop(&f.flow.keeper);
		event_note("ended");
	}
	for (size_t i = 0; i < f.listener_count; i++)
		listener_close(&f.listeners[i], true);
	listener_close(&f.status, true);
	return r;
}
