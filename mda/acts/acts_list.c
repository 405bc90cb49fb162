#include "mda/acts/acts_list.h"

#include "base/io.h"
#include "base/path.h"
#include "filters/lists/list_compile.h"
#include "filters/lists/list_edit.h"
#include "filters/lists/list_map.h"
#include "mda/conf/template.h"

#include <errno.h>
#include <string.h>

/* Every entry that a folder or a keyword made has these words in its comment. */
static const struct str by_folder = STR_LIT("by the folder "),
			by_keyword = STR_LIT("by the keyword ");

static bool is_ours(struct str comment)
{
	return str_ifind(comment, by_folder) < comment.n ||
	       str_ifind(comment, by_keyword) < comment.n;
}

const char *acts_list_path(const struct acts *a, bool allows)
{
	const char *path;
	struct str template = allows ? a->conf->user_allow : a->conf->user_block;
	if (template.n == 0 || template_expand(template, &a->user->names, a->mem, &path, NULL) < 0)
		return NULL;
	return path;
}

int acts_list_open(const struct acts *a, bool allows, struct textfile *f, struct err *err)
{
	const char *path = acts_list_path(a, allows);
	const struct textfile_place place = {path, false, 0700};
	*f = (struct textfile)TEXTFILE_NONE;
	if (!path)
		return err_temp(err, "mda.conf has no %s list for this mailbox",
			allows ? "allow" : "block");
	return textfile_open(&place, a->mem, f, err);
}

/* The lock is released first, because the compiler takes it. */
int acts_list_replace(struct textfile *f, struct str text, struct err *err)
{
	struct list_compiled done;
	int r = textfile_write(f, text, 0600, err);
	const char *path = f->path;
	textfile_close(f);
	if (r < 0 || !list_map_exists(str_of(path)))
		return r;
	return list_compile(str_of(path), &done, err) < 0 ? -1 : 0;
}

/* ---- the opposite list ---- */

/* The comment of the line N of TEXT; lines are counted from 1. */
static struct str comment_of(struct str text, unsigned n)
{
	struct str line = STR_EMPTY;
	struct list_line l = {.comment = STR_EMPTY};
	while (n-- && str_line(&text, &line))
		continue;
	return list_text_line(line, &l) ? l.comment : STR_EMPTY;
}

int acts_list_undoes(
	const struct acts *a, const struct acts_folder *folder, struct str entry, struct err *err)
{
	struct str text;
	const char *path = acts_list_path(a, !folder->allows);
	int r = path ? io_read_file(path, (size_t)256 << 20, a->mem, &text, err) : 0;
	if (r <= 0)
		return r;
	unsigned n = list_edit_line_of(text, entry, list_text_today());
	struct str comment = n ? comment_of(text, n) : STR_EMPTY;
	return is_ours(comment);
}

int acts_list_take_back(
	const struct acts *a, const struct acts_folder *folder, struct str entry, struct err *err)
{
	struct textfile f;
	struct buf rest = {0};
	if (!acts_list_path(a, !folder->allows))
		return 0;
	int r = acts_list_open(a, !folder->allows, &f, err);
	if (r == 0 && list_edit_cut(f.text, entry, &rest))
		r = acts_list_replace(&f, buf_str(&rest), err);
	textfile_close(&f);
	buf_free(&rest);
	return r;
}

/* ---- the folder's own list ---- */

int acts_list_add(const struct acts *a, const struct acts_folder *folder, struct str entry,
	struct str remark, struct err *err)
{
	struct textfile f;
	struct buf text = {0};
	struct list_remark r = {.today = list_text_today()};
	r.reason = arena_fmt(a->mem, STR_FMT STR_FMT "%s" STR_FMT,
		STR_ARGS(folder->is_keyword ? by_keyword : by_folder), STR_ARGS(folder->name),
		remark.n ? ", " : "", STR_ARGS(remark));
	if (acts_list_take_back(a, folder, entry, err) < 0 ||
		acts_list_open(a, folder->allows, &f, err) < 0)
		return -1;
	int status = 0;
	if (!list_edit_line_of(f.text, entry, r.today)) {
		list_edit_append(f.text, entry, &r, &text);
		status = acts_list_replace(&f, buf_str(&text), err);
	}
	textfile_close(&f);
	buf_free(&text);
	return status;
}

int acts_list_report(const struct acts *a, bool allows, struct str text, struct err *err)
{
	const char *path = acts_list_path(a, allows);
	if (!path)
		return 0;
	const char *errors = arena_fmt(a->mem, "%s.errors", path).p;
	if (text.n)
		return io_replace_file(errors, text, 0600, err);
	if (path_unlink(errors) < 0 && errno != ENOENT)
		return err_temp(err, "cannot remove %s: %s", errors, strerror(errno));
	return 0;
}
