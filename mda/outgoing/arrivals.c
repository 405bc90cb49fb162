#include "mda/outgoing/arrivals.h"

#include "base/json.h"
#include "mda/conf/conf.h"
#include "mda/conf/user.h"
#include "store/folder.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { FORMAT = 1, WAIT_MICROSECONDS = 250000 };

/* ---- the socket ---- */

static int connect_as(int kind, const struct sockaddr_un *address)
{
	const struct timeval wait = {0, WAIT_MICROSECONDS};
	int fd = socket(AF_UNIX, kind | SOCK_CLOEXEC, 0);
	if (fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait) == 0 &&
		connect(fd, (const struct sockaddr *)address, sizeof *address) == 0)
		return fd;
	int why = errno;
	if (fd >= 0)
		close(fd); /* nothing was sent */
	errno = why;
	return -1;
}

/* The listener chooses datagrams or a stream. -1 with errno. */
static int open_socket(struct str path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	if (path.n >= sizeof address.sun_path) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(address.sun_path, path.p, path.n);
	int fd = connect_as(SOCK_DGRAM, &address);
	return fd < 0 && errno == EPROTOTYPE ? connect_as(SOCK_STREAM, &address) : fd;
}

/* ---- the lines ---- */

static void write_line(const struct delivery *d, struct str folder, const struct store_receipt *r,
	struct buf *line)
{
	struct json json = {.to = line};
	struct str directory = STR_EMPTY;
	struct err err;
	bool known = folder_directory(folder, d->mem, &directory, &err) == 0;
	json_begin_object(&json);
	json_number(&json, "version", FORMAT);
	json_text(&json, "mailbox", d->env->recipient);
	json_text(&json, "user", d->user->names.user);
	json_text(&json, "folder", known ? folder_name(directory, d->mem) : folder);
	json_number(&json, "uidvalidity", r->uidvalidity);
	json_number(&json, "uid", r->uid);
	json_text(&json, "file", r->file_name);
	json_bool(&json, "again", r->recognised);
	json_end_object(&json);
	json_end_line(&json);
}

static bool send_line(int fd, struct str line, struct notes *notes)
{
	ssize_t n = send(fd, line.p, line.n, MSG_NOSIGNAL);
	if (n == (ssize_t)line.n)
		return true;
	notes_add(notes, "after_delivery: %s",
		n >= 0 ? "the listener took only a part of a line"
		: errno == EAGAIN || errno == EWOULDBLOCK ? "the listener is too slow"
							  : strerror(errno));
	return false;
}

static bool tell_one(const struct delivery *d, int fd, struct str folder,
	const struct store_receipt *receipt, struct notes *notes)
{
	struct buf line = {0};
	if (receipt->uid == 0)
		return true;
	write_line(d, folder, receipt, &line);
	bool done = send_line(fd, buf_str(&line), notes);
	buf_free(&line);
	return done;
}

static bool is_any_stored(const struct outcome *out)
{
	for (size_t i = 0; i < out->count; i++)
		if (out->items[i].receipt.uid)
			return true;
	return out->beside_count > 0;
}

void arrivals_tell(const struct delivery *d, struct outcome *out)
{
	struct str key = d->conf->after_delivery, scheme = STR_LIT("unix:");
	if (key.n == 0 || !is_any_stored(out))
		return;
	struct str path = str_slice(key, scheme.n, key.n);
	int fd = open_socket(path);
	if (fd < 0) {
		notes_add(&out->notes, "after_delivery: cannot connect to " STR_FMT ": %s",
			STR_ARGS(path), strerror(errno));
		return;
	}
	bool goes = true;
	for (size_t i = 0; i < out->count && goes; i++)
		goes = tell_one(d, fd, out->items[i].folder, &out->items[i].receipt, &out->notes);
	for (size_t i = 0; i < out->beside_count && goes; i++)
		goes = tell_one(d, fd, out->beside[i].folder, &out->beside[i].receipt, &out->notes);
	close(fd); /* what was sent was taken */
}
