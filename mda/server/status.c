#include "mda/server/status.h"

#include "base/io.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

void status_head(struct buf *to, const char *name, const char *kind, const char *help)
{
	buf_fmt(to, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, kind);
}

void status_answer(int listener, struct str text)
{
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (fd < 0)
		return;
	/* A new connection has room for it, and the server must not wait. */
	(void)send(fd, text.p, text.n, MSG_NOSIGNAL);
	close(fd); /* if not all of it was sent, the client sees that */
}

static int read_all(int fd, const struct sockaddr_un *address, struct buf *to, struct err *err)
{
	enum { MOST = 1 << 20 };
	if (connect(fd, (const struct sockaddr *)address, sizeof *address) < 0)
		return err_system(err, errno, "no server answers at %s", address->sun_path);
	return io_read_all(fd, MOST, to, "the status", err);
}

int status_ask(struct str path, const char *key, struct buf *to, struct err *err)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	if (path.n == 0 || path.n >= sizeof address.sun_path)
		return err_temp(err, "%s is not the path of a socket", key);
	memcpy(address.sun_path, path.p, path.n);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return err_system(err, errno, "cannot make a socket");
	int r = read_all(fd, &address, to, err);
	close(fd); /* nothing was written */
	return r;
}
