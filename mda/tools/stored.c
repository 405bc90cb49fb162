#include "mda/tools/stored.h"

#include "base/path.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

struct message *stored_read(
	const struct conf *conf, const char *path, struct packed_tally *unread, struct err *err)
{
	struct message_limits limits = conf_message_limits(conf);
	int fd = path_open_file(path, O_RDONLY, 0);
	limits.largest = 0;
	if (fd < 0) {
		err_temp(err, "cannot open %s: %s", path, strerror(errno));
		return NULL;
	}
	enum packed kind = packed_look(fd);
	fd = packed_open(fd, 0, err);
	if (fd < 0) {
		packed_count(unread, kind);
		return NULL;
	}
	struct message *msg = message_read(fd, &limits, err);
	close(fd); /* nothing was written */
	return msg;
}
