#include "mda/tools/refile/refile_judge.h"

#include "base/confined.h"
#include "base/io.h"
#include "base/limits.h"
#include "base/path.h"
#include "base/str_list.h"
#include "mda/asks_serve.h"
#include "mda/asks_wire.h"
#include "mda/conf/mailboxes.h"
#include "mda/readable.h"
#include "mda/tools/refile/refile_child.h"
#include "mda/tools/refile/refile_mail.h"

#include <string.h>

/*
 * The questions of the child beside those of asks_wire.h: for the next message, with what was
 * decided about the last one, and for all of a message whose header is not enough. An answer begins
 * with a letter.
 */
enum { ASK_NEXT = 1000, ASK_WHOLE };
enum { IS_HEAD = 'h', IS_WHOLE = 'w' };

/* A child is replaced before it can reach the limits that hold for a single message. */
enum { LIFE = 8 * 1000000 /* microseconds */ };

/* The parent of one child after another. */
struct parent {
	struct refile_session *session;
	const struct refile_source *source;
	struct asks_server server;
	struct delivery asked; /* what asks_serve() needs to know of a delivery */
	struct message *nothing;
	bool has_one;  /* the child works on a message */
	bool finished; /* there are no more */
	bool broken;   /* judged() or died() failed: why is in *err */
	bool whole;    /* the rules needed all of the last message, and are given all of the next */
	long long begun;
	struct buf bytes;
	struct err *err;
};

/* ---- in the child ---- */

static int ask_whole(struct arena *mem, struct str *bytes)
{
	struct err err;
	return confined_ask(ASK_WHOLE, STR_EMPTY, mem, bytes, &err);
}

static int judge(struct refile_child *c, struct str reply, struct arena *mem, struct buf *frame)
{
	struct str bytes = str_slice(reply, 1, reply.n);
	if (refile_child_judge(c, bytes, reply.p[0] == IS_WHOLE, mem, frame))
		return 0;
	if (ask_whole(mem, &bytes) < 0)
		return -1;
	(void)refile_child_judge(c, bytes, true, mem, frame); /* all of it is enough */
	return 0;
}

static void work(void *context, struct buf *out)
{
	struct parent *p = context;
	struct refile_child child = {.session = p->session};
	struct arena *kept = arena_new();
	struct buf frame = {0};
	(void)out; /* all was handed back message by message */
	path_keep(true);
	for (size_t i = 0; i < REFILE_SIDES; i++)
		child.kept[i].mem = kept;
	for (int r = 0; r == 0;) {
		struct arena *mem = arena_new();
		struct str reply;
		struct err err;
		r = confined_ask(ASK_NEXT, buf_str(&frame), mem, &reply, &err);
		buf_clear(&frame);
		if (r == 0)
			r = reply.n ? judge(&child, reply, mem, &frame) : -1;
		arena_free(mem);
	}
	buf_free(&frame);
	arena_free(kept);
}

/* ---- in the parent ---- */

static int tell_death(struct parent *p, const char *why)
{
	p->has_one = false;
	if (p->source->died(p->source->context, why, p->err) == 0)
		return 0;
	p->broken = true;
	return -1;
}

/* 1 when p->bytes has a message; 0 when the child is to end. */
static int find_next(struct parent *p)
{
	struct err why;
	while (!p->broken) {
		bool whole = p->whole;
		int got = p->source->next(p->source->context, &whole, &p->bytes, &why);
		p->whole = whole;
		p->finished = got == 0;
		if (got == 0)
			return 0;
		if (got > 0 && p->bytes.n <= REFILE_LARGEST)
			return 1;
		if (tell_death(p, got < 0 ? why.text : "it is too large") < 0)
			return 0;
	}
	return 0;
}

static struct str with_letter(char letter, const struct buf *bytes, struct arena *mem)
{
	const struct str parts[] = {{&letter, 1}, buf_str(bytes)};
	return arena_join(mem, parts, 2);
}

static int serve_next(
	struct parent *p, struct str request, struct arena *mem, struct str *reply, struct err *err)
{
	bool had_one = p->has_one;
	*reply = STR_EMPTY;
	p->has_one = false;
	memset(p->server.asked, 0, sizeof p->server.asked);
	if (had_one && p->source->judged(p->source->context, request, p->err) < 0)
		p->broken = true;
	if (p->broken)
		return err_temp(err, "what was decided cannot be used");
	if (io_microseconds() - p->begun > LIFE || find_next(p) == 0)
		return 0;
	*reply = with_letter(p->whole ? IS_WHOLE : IS_HEAD, &p->bytes, mem);
	p->has_one = true;
	return 0;
}

static int serve_whole(struct parent *p, struct arena *mem, struct str *reply, struct err *err)
{
	if (!p->has_one)
		return err_temp(err, "there is no message");
	if (p->source->whole(p->source->context, &p->bytes, err) < 0)
		return -1;
	if (p->bytes.n > REFILE_LARGEST)
		return err_temp(err, "it is too large");
	p->whole = true;
	*reply = arena_str(mem, buf_str(&p->bytes));
	return 0;
}

/* A row's answer is empty, which means no. */
static int serve_no(unsigned kind, struct arena *mem, struct str *reply)
{
	const struct yes_no no = {.yes = false};
	struct buf out = {0};
	frame_write(&out, ASKS_VERSION, asks_wire[kind].answer, &no, STR_EMPTY);
	*reply = arena_str(mem, buf_str(&out));
	buf_free(&out);
	return 0;
}

static int serve(void *context, unsigned kind, struct str request, struct arena *mem,
	struct str *reply, struct err *err)
{
	struct parent *p = context;
	switch (kind) {
	case ASK_NEXT:
		return serve_next(p, request, mem, reply, err);
	case ASK_WHOLE:
		return serve_whole(p, mem, reply, err);
	case ASK_SEAL: /* our field X-Original-To says what a stamp said */
	case ASK_REMEMBERED:
		return serve_no(kind, mem, reply);
	case ASK_KNOWN:
	case ASK_FOLDER:
	case ASK_LIBSIEVE:
	case ASK_ALIAS:
		return asks_serve(&p->server, kind, request, mem, reply, err);
	default:
		return err_temp(err, "this is not asked about a message that was delivered before");
	}
}

/* ---- one child after another ---- */

static struct readable readable(const struct refile_session *session, struct arena *mem)
{
	struct readable all = {.mapped = 0};
	for (size_t i = 0; i < session->count; i++) {
		const struct session *s = &session->sides[i];
		struct readable one = readable_for(s->conf, &s->user.names, mem);
		for (size_t k = 0; k < one.paths.count; k++)
			if (!str_list_has(&all.paths, one.paths.items[k]))
				str_list_add(&all.paths, one.paths.items[k], mem);
		all.mapped += one.mapped;
	}
	return all;
}

/* The child's answer is empty: what counts went through serve(). */
static int run_child(struct parent *p, struct arena *mem)
{
	const struct readable files = readable(p->session, mem);
	const struct confined_job job = {.what = "judging the message",
		.context = p,
		.work = work,
		.serve = serve,
		.readable = &files.paths,
		.cpu_seconds = LIMIT_CHILD_CPU,
		.wall_milliseconds = LIMIT_CHILD_WALL * 1000,
		.memory = (size_t)LIMIT_CHILD_MEMORY + files.mapped + 4 * (size_t)REFILE_LARGEST,
		.largest = 1 << 20};
	struct str nothing;
	struct err why;
	p->begun = io_microseconds();
	enum confined_end end = confined_run(&job, mem, &nothing, &why);
	if (p->broken)
		return -1;
	if (p->has_one)
		return tell_death(
			p, end == CONFINED_DONE ? "it was not judged to the end" : why.text);
	if (end == CONFINED_DONE)
		return 0;
	return err_temp(p->err, "%s", why.text);
}

/* Each worker opens the aliases itself: an open database does not survive a fork. */
static int begin(struct parent *p, struct err *err)
{
	for (size_t i = 0; i < p->session->count; i++)
		if (session_resolve(&p->session->sides[i], err) < 0)
			return -1;
	struct session *s = &p->session->sides[REFILE_NEW];
	p->nothing = message_head(STR_EMPTY, NULL);
	p->asked = (struct delivery){.conf = s->conf,
		.aliases = s->aliases,
		.user = &s->user,
		.keys = &s->keys,
		.msg = p->nothing,
		.asks = true,
		.mem = s->mem};
	p->server = (struct asks_server){.delivery = &p->asked, .file = s->file};
	return mailboxes_paths(
		s->conf, &s->user.names, s->mem, &p->server.maildir, &p->server.state_dir, err);
}

int refile_judge(
	struct refile_session *session, const struct refile_source *source, struct err *err)
{
	struct parent p = {.session = session, .source = source, .err = err};
	int r = begin(&p, err);
	while (r == 0 && !p.finished) {
		struct arena *mem = arena_new();
		r = run_child(&p, mem);
		arena_free(mem);
	}
	message_free(p.nothing);
	buf_free(&p.bytes);
	return r;
}
