#include "store/subscriptions.h"

#include "base/beneath.h"
#include "base/buf.h"
#include "base/io.h"
#include "store/dotlock.h"
#include "store/folder.h"
#include "store/server_file.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

/* If the lock takes longer, or the file is larger, a delivery does not wait for it. */
enum { LOCK_SECONDS = 10, FILE_MOST = 4 << 20 };

/* Dovecot's second format has a header and a tab between levels; the first has neither. */
static const char version_2[] = "V\t2\n", head_2[] = "V\t2\n\n";

struct list {
	const char *file, *temporary;
	struct str text; /* as it is now; empty: there is none */
	struct str line; /* what it must contain */
};

/* ---- the line ---- */

static bool starts_with(struct str text, const char *start)
{
	struct str s = str_of(start);
	return str_eq(str_slice(text, 0, s.n), s);
}

static struct str courier_line(struct str directory, struct arena *mem)
{
	return ARENA_JOIN(mem, STR_LIT("INBOX."), folder_levels(directory, '.', mem));
}

static int dovecot_line(const struct list *l, struct str directory, struct arena *mem,
	struct str *line, struct err *err)
{
	bool second = l->text.n == 0 || starts_with(l->text, version_2);
	if (!second && starts_with(l->text, "V\t"))
		return err_temp(err, "%s has an unknown format", l->file);
	*line = folder_levels(directory, second ? '\t' : 0, mem);
	return 0;
}

/* ---- the file ---- */

static int read_opened(int fd, struct list *l, struct arena *mem, struct err *err)
{
	struct buf all = {0};
	int r = io_read_all(fd, FILE_MOST, &all, l->file, err);
	if (r >= 0)
		l->text = arena_str(mem, buf_str(&all));
	buf_free(&all);
	return r < 0 ? -1 : 0;
}

static int read_list(int root, struct list *l, struct arena *mem, struct err *err)
{
	int fd = beneath_open_file(root, l->file, O_RDONLY, 0);
	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0)
		return err_temp(err, "cannot open %s: %s", l->file, beneath_why(errno));
	int r = read_opened(fd, l, mem, err);
	close(fd); /* nothing was written */
	return r;
}

static bool has_line(const struct list *l)
{
	struct str rest = l->text, line;
	while (str_line(&rest, &line))
		if (str_eq(line, l->line))
			return true;
	return false;
}

static int write_list(int root, const struct list *l, enum store_server server, struct err *err)
{
	struct buf all = {0};
	if (l->text.n == 0 && server == STORE_SERVER_DOVECOT)
		buf_text(&all, head_2);
	buf_add(&all, l->text);
	/* A last line without an end would be joined to ours. */
	if (l->text.n && l->text.p[l->text.n - 1] != '\n')
		buf_byte(&all, '\n');
	buf_add(&all, l->line);
	buf_byte(&all, '\n');
	int fd = server_file_start(root, l->temporary, err), r = -1;
	if (fd >= 0) {
		bool written = io_write(fd, buf_str(&all), l->temporary, err) == 0;
		r = server_file_finish(root, l->temporary, l->file, fd, written, err);
	}
	buf_free(&all);
	return r;
}

static int add_locked(int root, struct list *l, enum store_server server, struct str directory,
	struct arena *mem, struct err *err)
{
	if (read_list(root, l, mem, err) < 0)
		return -1;
	if (server == STORE_SERVER_COURIER)
		l->line = courier_line(directory, mem);
	else if (dovecot_line(l, directory, mem, &l->line, err) < 0)
		return -1;
	return has_line(l) ? 0 : write_list(root, l, server, err);
}

int subscriptions_add(int root, enum store_server server, struct str directory, struct err *err)
{
	static const struct list lists[] = {
		[STORE_SERVER_DOVECOT] = {"subscriptions", "subscriptions.mda", STR_EMPTY,
			STR_EMPTY},
		[STORE_SERVER_COURIER] = {"courierimapsubscribed", "courierimapsubscribed.mda",
			{"", 0}, STR_EMPTY},
	};
	struct list list = lists[server];
	struct dotlock lock;
	if (!list.file || directory.n == 0)
		return 0;
	if (dotlock_take(&lock, root, list.file, LOCK_SECONDS, err) < 0)
		return -1;
	struct arena *mem = arena_new();
	int r = add_locked(root, &list, server, directory, mem, err);
	arena_free(mem);
	dotlock_release(&lock);
	return r;
}
