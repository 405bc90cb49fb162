#include "mda/lmtp/channel.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

/* The form in which a message is sent; the texts follow it. */
struct head {
	uint32_t kind, index;
	uint64_t id, number;
	uint32_t lengths[CHANNEL_TEXTS];
};

/* Room for one descriptor. */
union control {
	struct cmsghdr align;
	char bytes[CMSG_SPACE(sizeof(int))];
};

int channel_open(int ends[2], struct err *err)
{
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0)
		return 0;
	return err_temp(err, "cannot make a socket: %s", strerror(errno));
}

static void attach(struct msghdr *message, union control *control, int fd)
{
	message->msg_control = control->bytes;
	message->msg_controllen = sizeof control->bytes;
	struct cmsghdr *c = CMSG_FIRSTHDR(message);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof fd);
	memcpy(CMSG_DATA(c), &fd, sizeof fd);
}

int channel_send(int socket, const struct channel_message *m, bool do_not_wait)
{
	struct head head = {m->kind, m->index, m->id, m->number, {0}};
	struct iovec parts[1 + CHANNEL_TEXTS] = {{&head, sizeof head}};
	union control control = {.bytes = {0}};
	struct msghdr message = {.msg_iov = parts, .msg_iovlen = 1 + CHANNEL_TEXTS};
	for (size_t i = 0; i < CHANNEL_TEXTS; i++) {
		head.lengths[i] = (uint32_t)m->text[i].n;
		parts[1 + i] = (struct iovec){(void *)m->text[i].p, m->text[i].n};
	}
	if (m->fd >= 0)
		attach(&message, &control, m->fd);
	for (;;) {
		if (sendmsg(socket, &message, MSG_NOSIGNAL | (do_not_wait ? MSG_DONTWAIT : 0)) >= 0)
			return 1;
		if (errno == EAGAIN)
			return 0;
		if (errno != EINTR)
			return -1;
	}
}

static int take_descriptor(struct msghdr *message)
{
	int fd = -1;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c))
		if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS &&
			c->cmsg_len == CMSG_LEN(sizeof fd))
			memcpy(&fd, CMSG_DATA(c), sizeof fd);
	return fd;
}

static int read_texts(const char *bytes, size_t n, struct channel_message *m)
{
	struct head head;
	if (n < sizeof head)
		return -1;
	memcpy(&head, bytes, sizeof head);
	m->kind = (enum channel_kind)head.kind;
	m->index = head.index;
	m->id = head.id;
	m->number = head.number;
	size_t at = sizeof head;
	for (size_t i = 0; i < CHANNEL_TEXTS; i++) {
		if (head.lengths[i] > n - at)
			return -1;
		m->text[i] = (struct str){bytes + at, head.lengths[i]};
		at += head.lengths[i];
	}
	return at == n && head.kind < CHANNEL_KINDS ? 1 : -1;
}

int channel_receive(int socket, char buffer[CHANNEL_LARGEST], struct channel_message *m)
{
	union control control = {.bytes = {0}};
	struct iovec part = {buffer, CHANNEL_LARGEST};
	struct msghdr message = {.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof control.bytes};
	ssize_t n;
	do
		n = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	if (n <= 0)
		return 0;
	*m = (struct channel_message){.fd = take_descriptor(&message)};
	if (!(message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) && read_texts(buffer, (size_t)n, m) > 0)
		return 1;
	if (m->fd >= 0)
		close(m->fd); /* nothing was written */
	return -1;
}

/* ---- replies ---- */

struct channel_message channel_reply(
	enum channel_kind kind, uint64_t id, uint32_t index, const struct reply *r)
{
	return (struct channel_message){.kind = kind,
		.id = id,
		.index = index,
		.number = r->code,
		.text = {str_of(r->dsn), str_of(r->text), STR_EMPTY, STR_EMPTY},
		.fd = -1};
}

void channel_read_reply(const struct channel_message *m, struct reply *r)
{
	reply_set(r, (unsigned)m->number, "", STR_FMT, STR_ARGS(m->text[1]));
	struct str dsn = str_slice(m->text[0], 0, sizeof r->dsn - 1);
	if (dsn.n)
		memcpy(r->dsn, dsn.p, dsn.n);
	r->dsn[dsn.n] = '\0';
}
