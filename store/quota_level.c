#include "store/quota_level.h"

#include "base/beneath.h"
#include "base/io.h"
#include "base/share.h"
#include "store/store_inside.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

static const char file_name[] = "quota-level";

static bool take(struct str *rest, unsigned long long most, unsigned long long *value)
{
	struct str word;
	return str_word(rest, &word) && str_number(word, most, value);
}

/* "bytes messages full-bytes full-messages"; false if it is anything else. */
static bool parse(struct str line, struct quota_level *level)
{
	unsigned long long bytes, messages, full_bytes, full_messages;
	if (!take(&line, INT64_MAX / 2, &bytes) || !take(&line, INT64_MAX / 2, &messages) ||
		!take(&line, 1, &full_bytes) || !take(&line, 1, &full_messages) || str_trim(line).n)
		return false;
	*level = (struct quota_level){.used = {(int64_t)bytes, (int64_t)messages},
		.full_bytes = full_bytes,
		.full_messages = full_messages};
	return true;
}

struct quota_level quota_level_read(const struct store *s)
{
	struct quota_level level = {0};
	char text[128];
	int fd = beneath_open(s->state, file_name, O_RDONLY | O_NONBLOCK, 0);
	if (fd < 0)
		return level;
	ssize_t n = io_read(fd, text, sizeof text);
	close(fd); /* nothing was written */
	if (n <= 0 || text[n - 1] != '\n' || !parse((struct str){text, (size_t)n}, &level))
		return (struct quota_level){0};
	return level;
}

int quota_level_write(const struct store *s, const struct quota_level *level, struct err *err)
{
	char text[128];
	int n = snprintf(text, sizeof text, "%lld %lld %d %d\n", (long long)level->used.bytes,
		(long long)level->used.messages, level->full_bytes, level->full_messages);
	int fd = share_open(s->state, file_name, O_WRONLY | O_CREAT | O_TRUNC | O_NONBLOCK,
		s->state, SHARE_STATE);
	if (fd < 0)
		return err_temp(err, "cannot open %s: %s", file_name, beneath_why(errno));
	int r = io_write(fd, (struct str){text, (size_t)n}, file_name, err);
	if (io_close(fd, file_name, r == 0 ? err : NULL) < 0)
		r = -1;
	return r;
}
