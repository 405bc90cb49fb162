#include "mda/grey/grey_known.h"

#include "base/address.h"
#include "base/confined.h"
#include "base/limits.h"
#include "filters/label/contacts.h"
#include "filters/label/contacts_known.h"
#include "filters/lists/list_search.h"
#include "mda/readable.h"
#include "mda/server/reaper.h"
#include "mda/session.h"
#include "mda/stage_conf.h"

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* What the process looks at. */
struct search {
	struct arena *mem;
	struct session session;
	struct str key; /* address_key() of the sender */
	struct str lists[2];
	struct contacts contacts;
	bool is_user; /* the recipient's own files can be read */
};

static void found_entry(void *context, const struct list_hit *hit)
{
	(void)hit; /* any will do */
	*(bool *)context = true;
}

static bool is_allowed(const struct search *s)
{
	bool found = false;
	for (size_t i = 0; i < sizeof s->lists / sizeof *s->lists; i++) {
		struct list_query q = {.path = s->lists[i],
			.keys = &s->key,
			.count = 1,
			.hit = found_entry,
			.context = &found};
		if (s->lists[i].n)
			(void)list_search(&q, NULL); /* one that cannot be read allows nobody */
	}
	return found;
}

/* The database was asked before: in the confined process it cannot be opened. */
static int known_before(
	const char *dir, struct str key, struct arena *mem, struct known *found, struct err *err)
{
	(void)dir, (void)key, (void)mem, (void)found, (void)err;
	return 0;
}

/* In the confined process. */
static void work(void *context, struct buf *out)
{
	struct search *s = context;
	struct verdict scratch;
	struct contact contact = {.kind = CONTACT_NONE};
	verdict_init(&scratch, s->mem, 0);
	s->contacts.find_known = known_before;
	bool allowed = is_allowed(s);
	if (!allowed && s->is_user)
		contacts_find(&s->contacts, s->key, &scratch, &contact);
	buf_byte(out, (char)(allowed ? GREY_ALLOWED : contact.kind ? GREY_CONTACT : GREY_STRANGER));
}

static void expand(struct search *s, struct str template, struct str *to)
{
	const char *path;
	struct err err;
	bool works = template.n &&
		     template_expand(template, &s->session.user.names, s->mem, &path, &err) == 0;
	*to = works ? str_of(path) : STR_EMPTY;
}

/* Whose files count. Without the recipient's own the admin's list is left. */
static void find_files(struct search *s)
{
	struct session *session = &s->session;
	struct err err;
	s->is_user =
		session_find_mailbox(session, &err) == 0 && session_become_user(session, &err) == 0;
	const struct conf *conf = session->conf;
	expand(s, conf->global_allow, &s->lists[0]);
	s->lists[1] = STR_EMPTY;
	if (!s->is_user)
		return;
	expand(s, conf->user_allow, &s->lists[1]);
	s->is_user =
		stage_conf_contacts(conf, &session->user.names, s->mem, &s->contacts, &err) == 0;
}

static bool was_written_to(const struct search *s)
{
	struct known one;
	struct err err;
	return s->is_user && s->contacts.dir.n &&
	       contacts_known_find(
		       contacts_known_dir(&s->contacts, s->mem), s->key, s->mem, &one, &err) > 0;
}

static enum grey_acquaintance find(struct search *s, unsigned seconds)
{
	struct str result;
	struct err err;
	find_files(s);
	if (was_written_to(s))
		return GREY_CONTACT;
	struct readable readable = readable_for(s->session.conf, &s->session.user.names, s->mem);
	const struct confined_job job = {.what = "look for the sender",
		.context = s,
		.work = work,
		.readable = &readable.paths,
		.cpu_seconds = seconds,
		.wall_milliseconds = 1000 * seconds,
		.memory = (size_t)LIMIT_CHILD_MEMORY + readable.mapped,
		.largest = 1};
	if (confined_run(&job, s->mem, &result, &err) != CONFINED_DONE || result.n != 1 ||
		result.p[0] > GREY_CONTACT)
		return GREY_STRANGER;
	return (enum grey_acquaintance)result.p[0];
}

static _Noreturn void answer(const struct conf_file *file, const struct conf *conf,
	struct str sender, struct str recipient, unsigned seconds, int fd)
{
	struct arena *mem = arena_new();
	struct address a = address_parse_envelope(sender, mem);
	struct search s = {.mem = mem,
		.session = {.mem = mem,
			.file = (struct conf_file *)file,
			.conf = conf,
			.asks = true,
			.inv = {.recipient = arena_cstr(mem, recipient)}},
		.key = address_key(&a, mem)};
	char byte = GREY_STRANGER;
	alarm(seconds);
	if (!a.invalid && a.domain.n)
		byte = (char)find(&s, seconds);
	confined_reap();
	(void)send(fd, &byte, 1, MSG_NOSIGNAL); /* nobody may wait for it any more */
	_exit(0);
}

int grey_known_start(struct grey_known *k, const struct conf_file *file, const struct conf *conf,
	struct str sender, struct str recipient, unsigned seconds, void (*clean)(void *context),
	void *context, struct err *err)
{
	int ends[2];
	pid_t parent = getpid();
	*k = (struct grey_known){.fd = -1};
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return err_system(err, errno, "cannot make a socket");
	pid_t pid = fork();
	if (pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* else it ends after some seconds */
		if (getppid() != parent)
			_exit(0);
		clean(context);
		close(ends[0]); /* the parent's end */
		answer(file, conf, sender, recipient, seconds, ends[1]);
	}
	int reason = errno;
	close(ends[1]); /* the other side's end */
	if (pid > 0) {
		*k = (struct grey_known){.fd = ends[0], .pid = pid};
		return 0;
	}
	close(ends[0]); /* nothing was written to it */
	return err_system(err, reason, "cannot start a process");
}

enum grey_acquaintance grey_known_end(struct grey_known *k)
{
	char byte = GREY_STRANGER;
	ssize_t n = recv(k->fd, &byte, 1, MSG_DONTWAIT);
	close(k->fd); /* nothing was written to it */
	reaper_end(k->pid);
	*k = (struct grey_known){.fd = -1};
	return n == 1 && byte >= GREY_STRANGER && byte <= GREY_CONTACT
		       ? (enum grey_acquaintance)byte
		       : GREY_STRANGER;
}
