#include "mda/lmtp/transport.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

static ssize_t result(ssize_t n)
{
	if (n >= 0)
		return n;
	return errno == EAGAIN || errno == EINTR ? TRANSPORT_LATER : TRANSPORT_LOST;
}

ssize_t transport_read(struct transport *t, char *p, size_t n)
{
	return t->tls ? tls_read(t->tls, p, n) : result(recv(t->fd, p, n, MSG_DONTWAIT));
}

ssize_t transport_write(struct transport *t, struct str bytes)
{
	if (t->tls)
		return tls_write(t->tls, bytes);
	return result(send(t->fd, bytes.p, bytes.n, MSG_NOSIGNAL | MSG_DONTWAIT));
}

bool transport_has_more(const struct transport *t)
{
	return t->tls && tls_has_more(t->tls);
}

void transport_close(struct transport *t)
{
	tls_free(t->tls);
	close(t->fd); /* what could not be written has no reader any more */
}
