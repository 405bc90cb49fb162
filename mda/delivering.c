#include "mda/delivering.h"

#include "base/confined.h"
#include "base/io.h"
#include "base/path.h"
#include "base/str_list.h"
#include "mda/acts/acts.h"
#include "mda/conf/mailboxes.h"
#include "mda/conf/owner.h"
#include "mda/deliver.h"
#include "mda/judge.h"
#include "mda/outgoing/bounce.h"
#include "mda/outgoing/srs.h"
#include "mda/pipeline.h"
#include "mda/readable.h"
#include "mda/record.h"
#include "mda/report.h"
#include "mda/rules_warm.h"
#include "store/written.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static void prepare(void *delivery)
{
	deliver_prepare(delivery);
}

static long long sum_of(const struct spent *stages)
{
	long long sum = 0;
	for (size_t i = 0; stages && i < pipeline_stage_count; i++)
		sum += (long long)stages[i].microseconds;
	return sum;
}

static void note_facts(
	struct delivering_run *of, const struct delivery *d, const struct times *times)
{
	of->is_judged = true;
	of->spam = (unsigned)d->verdict->spam.state;
	of->label = (unsigned)d->verdict->label.kind;
	of->read_us = times->read;
	of->judge_us = sum_of(times->stages);
	of->deliver_us = times->deliver;
}

/*
 * What the user has put into folders that act counts for this message. Whatever goes wrong there
 * does not stop it.
 */
static void act_on_folders(struct delivery *d, const struct session *s)
{
	struct err err;
	struct notes notes = {.mem = d->mem};
	if (!acts_wanted(d->conf))
		return;
	struct str_list readable = readable_libraries(d->mem);
	struct acts acts = {.conf = d->conf,
		.user = d->user,
		.mailbox = s->mailbox,
		.readable = &readable,
		.notes = &notes,
		.mem = d->mem};
	if (mailboxes_paths(d->conf, &d->user->names, d->mem, &acts.maildir, &acts.state, &err) < 0)
		return; /* the delivery reports it */
	if (!acts.state)
		acts.state = store_state_dir(acts.maildir, d->mem);
	(void)acts_run(&acts, false); /* the notes say what was done */
	for (size_t i = 0; i < notes.count; i++)
		str_list_add(&d->remarks, notes.items[i], d->mem);
}

/* Judges the message and carries the verdict out; logs the outcome, whatever it is. */
static int handle(struct delivering_run *of, const struct message *msg, struct err *err)
{
	struct session *s = of->session;
	struct times times = {.start = of->start};
	struct envelope env = session_envelope(s, NULL);
	struct delivery d = session_delivery(s, &env, msg);
	struct judge_job job = {.delivery = &d,
		.env = &env,
		.inv = &s->inv,
		.file = s->file,
		.meanwhile = prepare,
		.context = &d};
	struct outcome out = {0};
	d.begun_id = of->hash;
	d.is_last = true;
	times.read = io_microseconds() - times.start;
	act_on_folders(&d, s);
	int r = judge(&job, &times.stages, err);
	long long start = io_microseconds();
	if (r == 0)
		r = deliver_verdict(&d, &out, err);
	times.deliver = io_microseconds() - start;
	if (r == 0)
		record_uses(&d, &out);
	struct str record = record_delivery(&d, &out, times.stages, r < 0 ? err : NULL);
	report_log(&d, &out, &times, record, r < 0 ? err : NULL);
	note_facts(of, &d, &times);
	deliver_release(&d);
	confined_reap(); /* its end took place while the message was stored */
	return r;
}

/* ---- a bounce to an SRS address ---- */

/*
 * Without a key no seal is valid: bounce_open() says that the address is unknown. A key that cannot
 * be read defers the bounce, because a bounce that is refused goes nowhere.
 */
static int read_seals_key(struct session *s, struct err *err)
{
	struct stat st;
	const char *path = s->conf->stamp_key.p;
	if (s->keys.count || s->conf->stamp_key.n == 0 ||
		stamp_key_read(path, false, &s->keys, err) == 0)
		return 0;
	return path_lstat(path, &st) < 0 && errno == ENOENT ? 0 : -1;
}

static int open_seal(struct session *s, struct str *original, struct err *err)
{
	if (read_seals_key(s, err) < 0)
		return -1;
	int r = bounce_open(str_of(s->inv.recipient), &s->keys, s->mem, original, err);
	if (s->keys.count)
		explicit_bzero(s->keys.items, s->keys.count * sizeof *s->keys.items);
	s->keys.count = 0;
	return r;
}

/*
 * A bounce of mail that was redirected with an SRS sender. The seal decides before anything else of
 * it is looked at; then it belongs to no mailbox here, and is handed on by an account without
 * rights.
 */
static int forward_sealed(struct delivering_run *d, struct err *err)
{
	struct session *s = d->session;
	struct str original;
	if (open_seal(s, &original, err) < 0 || owner_drop(s->conf, s->mem, err) < 0)
		return -1;
	struct message *msg = d->read(d->context, s, err);
	if (!msg)
		return -1;
	struct envelope env = session_envelope(s, msg);
	int r = bounce_forward(s->conf, original, &env, msg, s->mem, err);
	message_free(msg);
	return r;
}

static int forward_bounce(struct delivering_run *d, struct err *err)
{
	int r = forward_sealed(d, err);
	if (r < 0)
		report_failure(str_of(d->session->inv.recipient), STR_EMPTY, err);
	return r;
}

static bool is_bounce(const struct session *s)
{
	return s->inv.recipient && srs_is_one(str_of(s->inv.recipient));
}

/* ---- the whole ---- */

/* The C library reads nsswitch.conf and looks for nscd when it is first asked for an account. */
static void ask_for_account(const struct conf *conf, struct arena *mem)
{
	struct user user;
	struct err err;
	if (conf->virtual_user.n) /* if it fails, each delivery reports it */
		(void)user_by_name(conf->virtual_user, "virtual_user", mem, &user, &err);
}

struct rules_warm *delivering_warm(const struct conf *conf, struct arena *mem)
{
	(void)readable_libraries(mem); /* asks about links, once */
	written_warm();
	ask_for_account(conf, mem);
	return geteuid() == 0 ? NULL : rules_warm_up(conf, mem);
}

int delivering_run(struct delivering_run *d, struct err *err)
{
	struct session *s = d->session;
	if (session_read_keys(s, err) < 0)
		return -1;
	if (is_bounce(s))
		return forward_bounce(d, err);
	struct message *msg = session_receive(s, d->read, d->context, err);
	if (!msg) {
		report_failure(s->mailbox, record_failure(s, err), err);
		return -1;
	}
	int r = handle(d, msg, err);
	message_free(msg);
	return r;
}

int delivering_probe(struct session *s, unsigned long long bytes, struct err *err)
{
	struct str original;
	if (is_bounce(s))
		return open_seal(s, &original, err);
	if (session_find_mailbox(s, err) < 0 || session_become_user(s, err) < 0)
		return -1;
	return deliver_check_room(s->conf, &s->user.names, s->mailbox, bytes, s->mem, err);
}
