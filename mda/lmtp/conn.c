#include "mda/lmtp/conn.h"

#include "base/io.h"
#include "base/mem.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

enum { CHUNK = 64 * 1024 };

/* ---- what the dialog asks of its host ---- */

static void try_later(struct reply *r)
{
	reply_set(r, 451, "4.3.0", "the server cannot deliver now");
}

static void ask_recipient(void *context, const struct dialog_mail *mail)
{
	struct conn *c = context;
	const struct channel_message m = {.kind = CHANNEL_PROBE,
		.id = c->id,
		.number = mail->parameters.size,
		.text = {mail->recipients[mail->count - 1].address, mail->sender, STR_EMPTY,
			STR_EMPTY},
		.fd = -1};
	struct reply r;
	if (channel_send(c->shared->channel, &m, false) > 0)
		return;
	try_later(&r);
	dialog_recipient_is(c->dialog, &r);
}

static int keep_body(void *context, struct str bytes, struct reply *why)
{
	struct conn *c = context;
	const struct server *server = c->shared->server;
	struct err err;
	if (spool_add(&c->spool, c->shared->room, server->session.conf->spool_dir.p, bytes, &err) ==
		0)
		return 0;
	reply_set(why, 452, "4.3.1", "%s", err.text);
	return -1;
}

static void forget_body(void *context)
{
	struct conn *c = context;
	spool_drop(&c->spool, c->shared->room);
	c->queue_id[0] = '\0'; /* it was the name of this message */
}

static int hand_over(struct conn *c, const struct dialog_mail *mail, int fd)
{
	const struct channel_message m = {.kind = CHANNEL_MAIL,
		.id = c->id,
		.number = mail->count,
		.text = {mail->sender, str_of(c->queue_id), str_of(c->login),
			mail->parameters.envelope_id},
		.fd = fd};
	bool trusted = peer_is_in(&c->peer, &c->shared->server->trusted);
	int r = channel_send(c->shared->channel, &m, false);
	for (size_t i = 0; i < mail->count && r > 0; i++) {
		const struct dialog_recipient *to = &mail->recipients[i];
		const struct channel_message one = {.kind = CHANNEL_TO,
			.id = c->id,
			.index = (uint32_t)i,
			.number = (to->parameters.notify & NOTIFY_SUCCESS) != 0,
			.text = {to->address, trusted ? to->parameters.original : STR_EMPTY,
				STR_EMPTY, STR_EMPTY},
			.fd = -1};
		r = channel_send(c->shared->channel, &one, false);
	}
	return r > 0 ? 0 : -1;
}

static void deliver(void *context, const struct dialog_mail *mail)
{
	struct conn *c = context;
	struct err err;
	struct reply r;
	int fd = spool_take(&c->spool, c->shared->room, &err);
	int sent = fd < 0 ? -1 : hand_over(c, mail, fd);
	if (fd >= 0)
		close(fd); /* the back has it */
	if (sent == 0)
		return;
	try_later(&r);
	dialog_all_delivered(c->dialog, &r);
	/* What the back may still say about this message must not answer for the next one. */
	reply_set(&r, 421, "4.3.0", "%s cannot deliver now", c->shared->server->dialog.host);
	dialog_end(c->dialog, &r);
}

static void secure(void *context)
{
	((struct conn *)context)->wants_tls = true;
}

static void set_text(char to[CONN_TEXT], struct str text)
{
	snprintf(to, CONN_TEXT, STR_FMT, STR_ARGS(text)); /* a longer text is cut */
}

/* XFORWARD is about the next message, XCLIENT about all that follow. */
static void present(void *context, unsigned command, const struct attributes *a)
{
	struct conn *c = context;
	if (command == ATTRIBUTE_OF_XFORWARD) {
		set_text(c->queue_id, a->queue_id);
		return;
	}
	set_text(c->login, a->login);
	/* A client whose address is not known is not trusted, whoever speaks for it. */
	if (a->has_address && !peer_read(a->address, &c->peer))
		peer_set_unknown(&c->peer);
}

static const struct dialog_host host = {
	ask_recipient, keep_body, deliver, forget_body, secure, present};

/* ---- rights ---- */

/* TLS is for other machines. */
static void set_rights(struct conn *c)
{
	const struct server *server = c->shared->server;
	bool offers_tls = c->shared->tls && !c->real.is_local;
	const struct dialog_rights rights = {.may_present = peer_is_in(&c->real, &server->xclient),
		.offers_tls = offers_tls,
		.requires_tls = offers_tls && server->session.conf->lmtp_tls_required};
	dialog_allow(c->dialog, &rights);
}

/* ---- time ---- */

/* While the back works, the client cannot do anything, so it has no deadline. */
static void set_deadline(struct conn *c)
{
	long long seconds = (long long)c->shared->server->session.conf->lmtp_timeout;
	c->deadline = dialog_waits(c->dialog) && !c->wants_tls
			      ? LLONG_MAX
			      : io_microseconds() + seconds * 1000000;
}

/* ---- bytes ---- */

static size_t unwritten(const struct conn *c)
{
	return dialog_output(c->dialog)->n - c->written;
}

static void flush(struct conn *c)
{
	struct buf *out = dialog_output(c->dialog);
	while (!c->is_lost && unwritten(c)) {
		ssize_t n =
			transport_write(&c->transport, str_slice(buf_str(out), c->written, out->n));
		if (n == TRANSPORT_LATER)
			return;
		c->is_lost = n < 0;
		c->written += n > 0 ? (size_t)n : 0;
	}
	if (c->is_lost)
		return;
	buf_clear(out);
	c->written = 0;
}

static bool may_read(const struct conn *c)
{
	return !c->is_lost && !dialog_waits(c->dialog) && !dialog_has_ended(c->dialog) &&
	       dialog_output(c->dialog)->n < DIALOG_OUTPUT_MOST;
}

/* The deadline starts again when the client gets an answer, or when more of its message arrives. */
static void feed(struct conn *c, struct str bytes)
{
	size_t before = dialog_output(c->dialog)->n;
	bool was_message = dialog_reads_message(c->dialog);
	size_t n = dialog_input(c->dialog, bytes);
	struct str left = str_slice(bytes, n, bytes.n);
	if (was_message || dialog_output(c->dialog)->n != before || dialog_waits(c->dialog))
		set_deadline(c);
	if (c->rest.n && bytes.p == c->rest.p) {
		struct buf rest = {0};
		buf_add(&rest, left);
		buf_free(&c->rest);
		c->rest = rest;
	} else {
		buf_add(&c->rest, left);
	}
}

static void read_some(struct conn *c)
{
	static char chunk[CHUNK];
	ssize_t n = transport_read(&c->transport, chunk, sizeof chunk);
	if (n == 0 || n == TRANSPORT_LOST)
		c->is_lost = true;
	else if (n > 0)
		feed(c, (struct str){chunk, (size_t)n});
}

/* ---- TLS ---- */

/* False: nothing else can be done yet. */
static bool go_on_with_tls(struct conn *c)
{
	if (unwritten(c))
		return false;
	if (!c->transport.tls)
		c->transport.tls = tls_new(c->shared->tls, c->transport.fd);
	int r = c->transport.tls ? tls_shake_hands(c->transport.tls) : -1;
	c->is_lost = r < 0;
	if (r <= 0)
		return false;
	c->wants_tls = false;
	c->real.is_verified = tls_is_verified(c->transport.tls);
	/* Others may have said what came before (RFC 3207 section 4.2). */
	c->peer = c->real;
	c->login[0] = c->queue_id[0] = '\0';
	dialog_secured(c->dialog);
	set_rights(c);
	set_deadline(c);
	return true;
}

static void use_rest(struct conn *c)
{
	flush(c);
	while (c->rest.n && may_read(c)) {
		feed(c, buf_str(&c->rest));
		flush(c);
	}
}

/* ---- public ---- */

void conn_go_on(struct conn *c, bool is_readable)
{
	flush(c);
	if (c->wants_tls && !c->is_lost && go_on_with_tls(c))
		is_readable = true;
	use_rest(c);
	while ((is_readable || transport_has_more(&c->transport)) && may_read(c) && !c->rest.n) {
		is_readable = false;
		read_some(c);
		use_rest(c);
	}
	if (c->wants_tls && !c->is_lost)
		(void)go_on_with_tls(c); /* if it is done at once, the next event goes on */
}

struct conn *conn_new(
	const struct conn_shared *shared, int fd, uint64_t id, const struct peer *peer)
{
	struct conn *c = mem_alloc(sizeof *c);
	c->shared = shared;
	c->id = id;
	c->transport = (struct transport){.fd = fd};
	c->real = c->peer = *peer;
	spool_init(&c->spool);
	c->dialog = dialog_new(&shared->server->dialog, &host, c);
	set_rights(c);
	set_deadline(c);
	return c;
}

void conn_free(struct conn *c)
{
	if (!c)
		return;
	spool_drop(&c->spool, c->shared->room);
	transport_close(&c->transport);
	dialog_free(c->dialog);
	buf_free(&c->rest);
	free(c);
}

void conn_hear(struct conn *c, const struct channel_message *m)
{
	struct reply r;
	channel_read_reply(m, &r);
	if (m->kind == CHANNEL_KNOWN)
		dialog_recipient_is(c->dialog, &r);
	else if (m->kind == CHANNEL_DONE && m->index == CHANNEL_ALL)
		dialog_all_delivered(c->dialog, &r);
	else if (m->kind == CHANNEL_DONE)
		dialog_delivered(c->dialog, m->index, &r);
	set_deadline(c);
	conn_go_on(c, false);
}

void conn_end(struct conn *c, unsigned code, const char *dsn, const char *text)
{
	struct reply r;
	/* In a handshake nothing can be said. */
	if (c->wants_tls)
		c->is_lost = true;
	reply_set(&r, code, dsn, "%s %s", c->shared->server->dialog.host, text);
	dialog_end(c->dialog, &r);
	conn_go_on(c, false);
	set_deadline(c);
}

bool conn_is_over(const struct conn *c)
{
	return c->is_lost || (dialog_has_ended(c->dialog) && !unwritten(c));
}

bool conn_is_idle(const struct conn *c)
{
	return c->wants_tls || dialog_is_idle(c->dialog);
}

uint32_t conn_events(const struct conn *c)
{
	if (c->wants_tls && !unwritten(c))
		return c->transport.tls && tls_wants_to_write(c->transport.tls) ? EPOLLOUT
										: EPOLLIN;
	uint32_t in = may_read(c) && !c->rest.n ? EPOLLIN : 0;
	return in | (unwritten(c) ? EPOLLOUT : 0);
}
