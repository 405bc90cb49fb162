/* mda-lists compile. */
#include "mda/tools/lists/lists_compile.h"

#include "base/io.h"
#include "base/json.h"
#include "base/path.h"
#include "filters/lists/list_compile.h"
#include "filters/lists/list_map.h"
#include "mda/aside.h"
#include "mda/conf/aliases_map.h"
#include "mda/conf/owner.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void tell_text(const struct named_list *list, const struct list_compiled *c, double seconds,
	struct buf *to)
{
	buf_fmt(to, "%s: %zu entries, %zu of them tried one by one, %.1f MB, %.1f s\n", list->path,
		c->entries, c->rest, (double)c->bytes / 1e6, seconds);
	if (c->broken)
		buf_fmt(to, "%s: %zu lines cannot be read; mda-lists check %s\n", list->path,
			c->broken, list->name);
}

static void tell_json(const struct named_list *list, const struct list_compiled *c, long long spent,
	struct buf *to)
{
	struct json json = {.to = to};
	json_begin_object(&json);
	json_text(&json, "path", str_of(list->path));
	json_number(&json, "entries", c->entries);
	json_number(&json, "rest", c->rest);
	json_number(&json, "broken", c->broken);
	json_number(&json, "bytes", c->bytes);
	json_number(&json, "microseconds", (unsigned long long)spent);
	json_end_object(&json);
	json_end_line(&json);
}

/* ---- one list ---- */

struct job {
	const struct named_list *list;
	bool json;
};

/* If TO is NULL, writes beside the text. 1; 0 if there is no text; -1 on error. */
static int compile_to(const struct job *j, const char *to, struct buf *said, struct err *err)
{
	const struct named_list *list = j->list;
	struct str path = str_of(list->path);
	struct list_compiled done = {0};
	long long start = io_microseconds();
	int r;
	if (list->is_aliases)
		r = to ? aliases_map_compile_to(path, to, &done, err)
		       : aliases_map_compile(path, &done, err);
	else
		r = to ? list_compile_to(path, to, &done, err) : list_compile(path, &done, err);
	long long spent = io_microseconds() - start;
	if (r > 0 && j->json)
		tell_json(list, &done, spent, said);
	else if (r > 0)
		tell_text(list, &done, (double)spent / 1e6, said);
	return r;
}

/* ---- root's own ---- */

static int read_result(const char *path, struct buf *to, struct err *err)
{
	int fd = path_open_file(path, O_RDONLY | O_NOFOLLOW, 0);
	if (fd < 0)
		return err_temp(err, "cannot open %s: %s", path, strerror(errno));
	int r = io_read_all(fd, SIZE_MAX / 2, to, path, err);
	close(fd); /* nothing was written */
	return r;
}

static int compile_in_dir(void *context, struct aside *a, struct err *err)
{
	char dir[] = "/tmp/mda-lists.XXXXXX", to[sizeof dir + 16];
	if (!mkdtemp(dir))
		return err_temp(err, "cannot make a directory in /tmp: %s", strerror(errno));
	snprintf(to, sizeof to, "%s/list.lmdb", dir); /* it fits */
	int r = compile_to(context, to, &a->said, err);
	if (r > 0 && read_result(to, &a->result, err) < 0)
		r = -1;
	path_unlink(to);  /* it may not exist */
	(void)rmdir(dir); /* if it stays, it is an empty directory in /tmp */
	return r;
}

static int explain(const struct textfile *f, struct err *err)
{
	struct err why = *err;
	if (!f->exists || f->before.st_mode & 0004)
		return -1;
	return err_temp(
		err, "%.800s (a delivery cannot use a list that only root can read)", why.text);
}

int lists_compile_roots(const struct named_list *list, bool json, const struct textfile *f,
	const struct user *account, struct buf *said, struct err *err)
{
	struct job j = {list, json};
	struct aside a = {0};
	mode_t mode = f->exists ? (f->before.st_mode & 0444) | 0200 : 0600;
	int r = aside_run(account, compile_in_dir, &j, &a, err);
	if (r < 0)
		(void)explain(f, err); /* R says that it failed */
	else if ((r > 0 ? textfile_put(f, ".lmdb", buf_str(&a.result), mode, err)
			: textfile_remove(f, ".lmdb", err)) < 0)
		r = -1;
	if (r > 0 && said)
		buf_add(said, buf_str(&a.said));
	aside_free(&a);
	return r;
}

static int compile_in_place(void *context, struct aside *a, struct err *err)
{
	return compile_to(context, NULL, &a->said, err);
}

/*
 * Root stays root for a list that belongs to no mailbox, because the next list may belong to
 * somebody else.
 */
static int compile_as_root(
	struct lists_tool *tool, const struct named_list *list, struct buf *out, struct err *err)
{
	struct user account;
	struct job j = {list, tool->json};
	struct textfile f = TEXTFILE_NONE;
	const struct textfile_place place = {list->path, true, 0};
	struct aside a = {0};
	int r = owner_of_file(list->path, tool->mem, &account, err);
	if (r > 0 && path_exists(list->path) < 0 && !list_map_exists(str_of(list->path)))
		return 0;
	if (r > 0) {
		r = owner_unprivileged(tool->settings, tool->mem, &account, err);
		if (r == 0)
			r = textfile_open(&place, tool->mem, &f, err);
		if (r == 0)
			r = lists_compile_roots(list, tool->json, &f, &account, out, err);
		textfile_close(&f);
		return r;
	}
	if (r == 0)
		r = aside_run(&account, compile_in_place, &j, &a, err);
	buf_add(out, buf_str(&a.said));
	aside_free(&a);
	return r;
}

/* ---- the command ---- */

static int compile_one(struct lists_tool *tool, const struct named_list *list, bool named,
	struct buf *out, struct err *err)
{
	const struct job j = {list, tool->json};
	bool stays = geteuid() == 0 && (list->is_global || !tool->has_owner);
	struct user account;
	int r = stays ? compile_as_root(tool, list, out, err)
		      : lists_become(tool, list, &account, err);
	if (!stays && r == 0)
		r = compile_to(&j, NULL, out, err);
	if (r == 0 && named)
		return err_temp(err, "%s does not exist", list->path);
	return r < 0 ? -1 : 0;
}

/* The administrator's lists come first: after them root's rights may go. */
static int compile_all(struct lists_tool *tool, const struct named_list *lists, size_t found,
	bool named, struct buf *out, struct err *err)
{
	for (int own = 0; own < 2; own++) {
		for (size_t i = 0; i < found; i++) {
			if (lists[i].is_global == (own == 1))
				continue;
			if (compile_one(tool, &lists[i], named, out, err) < 0)
				return -1;
		}
	}
	return 0;
}

static int run_compile(struct lists_tool *tool, size_t count, char **words, struct err *err)
{
	struct named_list *lists;
	struct buf out = {0};
	size_t found;
	int r = lists_find_all(tool, count, words, &lists, &found, err);
	if (r == 0)
		r = compile_all(tool, lists, found, count > 0, &out, err);
	struct err told;
	if (program_print(&out, r < 0 ? &told : err) < 0)
		r = -1;
	buf_free(&out);
	return r;
}

const struct lists_command lists_compile = {
	{"compile", "[LIST...]", "make a large list fast: write LIST.lmdb beside it", 0},
	run_compile};
