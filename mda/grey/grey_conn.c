#include "mda/grey/grey_conn.h"

#include "base/io.h"
#include "base/limits.h"
#include "base/mem.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct grey_conn *grey_conn_new(int fd, uint64_t id)
{
	struct grey_conn *c = mem_alloc(sizeof *c);
	*c = (struct grey_conn){
		.fd = fd, .id = id, .search = {.fd = -1}, .since = io_microseconds()};
	return c;
}

void grey_conn_free(struct grey_conn *c)
{
	if (!c)
		return;
	if (c->search.pid)
		(void)grey_known_end(&c->search); /* nobody wants to know it */
	close(c->fd);                             /* what was sent was sent */
	buf_free(&c->in);
	free(c);
}

void grey_conn_read(struct grey_conn *c)
{
	enum { FIRST = 2048 };
	size_t room;
	char *to = buf_space(&c->in, FIRST, &room);
	if (c->in.n + room > LIMIT_GREY_REQUEST)
		room = LIMIT_GREY_REQUEST - c->in.n;
	ssize_t n = recv(c->fd, to, room, MSG_DONTWAIT);
	if (n > 0) {
		if (c->in.n == 0)
			c->since = io_microseconds();
		c->in.n += (size_t)n;
	} else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
		c->is_over = true;
	}
}

bool grey_conn_has_request(struct grey_conn *c)
{
	if (c->is_over || c->request_n || c->in.n == 0)
		return false;
	c->request_n = grey_policy_end(buf_str(&c->in), &c->seen);
	if (c->request_n == 0)
		return false;
	c->since = io_microseconds();
	grey_policy_read(str_slice(buf_str(&c->in), 0, c->request_n), &c->request);
	return true;
}

void grey_conn_answer(struct grey_conn *c, struct str answer)
{
	ssize_t n = send(c->fd, answer.p, answer.n, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (n != (ssize_t)answer.n)
		c->is_over = true;
	c->in.n -= c->request_n;
	memmove(c->in.p, c->in.p + c->request_n, c->in.n);
	c->request_n = c->seen = 0;
	c->state = GREY_READING;
	c->since = io_microseconds();
	if (c->in.n == 0)
		buf_free(&c->in); /* a client may be idle for long */
}
