#include "mda/tools/apply/apply_undo.h"

#include "base/beneath.h"
#include "base/io.h"
#include "base/path.h"
#include "base/str_list.h"
#include "store/base_name.h"
#include "store/folder.h"
#include "store/maildir.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FILE_MOST = 1 << 30, SYSTEM_FLAGS = 63 };

static const char heading[] = "mda-apply 1\n";

struct apply_undo {
	const struct apply *apply;
	const char *path, *word;
	int fd;
};

/* ---- writing ---- */

static int put_lines(const struct apply_undo *u, struct buf *lines, struct err *err)
{
	int r = io_write(u->fd, buf_str(lines), u->path, err);
	buf_free(lines);
	return r < 0 ? -1 : io_fsync(u->fd, u->path, err);
}

int apply_undo_record(void *undo, const struct store_move *moves, size_t count, struct err *err)
{
	const struct apply_undo *u = undo;
	struct buf lines = {0};
	for (size_t i = 0; i < count; i++)
		if (moves[i].there)
			apply_line_put_move(
				&lines, u->word, u->apply->from, u->apply->to, &moves[i]);
	return put_lines(u, &lines, err);
}

int apply_undo_sends(void *undo, struct str folder, struct str base, struct str address,
	const struct store_id *id, struct err *err)
{
	struct buf line = {0};
	apply_line_put_sent(&line, folder, base, address, id);
	return put_lines(undo, &line, err);
}

void apply_undo_backwards(struct apply_undo *u)
{
	u->word = "back";
}

/* It is on the disk before anything else is written. */
static int write_heading(const struct apply_undo *u, struct err *err)
{
	return io_write(u->fd, STR_LIT(heading), u->path, err) < 0 ? -1
								   : io_fsync(u->fd, u->path, err);
}

/* The power failed while the heading was written: part of it may be missing, or be zeros. */
static bool is_torn_heading(const char *begin, size_t n)
{
	size_t i = 0;
	while (i < n && (begin[i] == heading[i] || begin[i] == '\0'))
		i++;
	return i == n;
}

/* A line that was cut off when the process was killed is ended; nothing of it was moved. */
static int start(const struct apply_undo *u, struct err *err)
{
	struct stat st;
	char last = '\n';
	if (fstat(u->fd, &st) < 0 || !S_ISREG(st.st_mode))
		return err_temp(err, "%s is not a file", u->path);
	char begin[sizeof heading - 1];
	ssize_t n = pread(u->fd, begin, sizeof begin, 0);
	bool complete = n == (ssize_t)sizeof begin && memcmp(begin, heading, sizeof begin) == 0;
	if (!complete && n >= 0 && n == (ssize_t)st.st_size && is_torn_heading(begin, (size_t)n))
		return ftruncate(u->fd, 0) < 0 ? err_system(err, errno, "cannot empty %s", u->path)
					       : write_heading(u, err);
	if (!complete || pread(u->fd, &last, 1, st.st_size - 1) != 1)
		return err_temp(err, "%s is not a file of mda-apply", u->path);
	return last == '\n' ? 0 : io_write(u->fd, STR_LIT("\n"), u->path, err);
}

struct apply_undo *apply_undo_open(const char *path, const struct apply *a, struct err *err)
{
	struct apply_undo *u = mem_alloc(sizeof *u);
	*u = (struct apply_undo){.apply = a, .path = path, .word = "move"};
	u->fd = path_open_file(path, O_RDWR | O_CREAT | O_APPEND, 0600);
	if (u->fd < 0)
		err_temp(err, "cannot open %s: %s", path, beneath_why(errno));
	else if (start(u, err) == 0)
		return u;
	apply_undo_close(u);
	return NULL;
}

void apply_undo_close(struct apply_undo *u)
{
	if (u && u->fd >= 0)
		close(u->fd); /* all was synced */
	free(u);
}

/* ---- reading ---- */

struct records {
	struct apply_recorded *said;
	struct apply_record *items;
	size_t count, next; /* NEXT: where the record of the next "back" line probably is */
};

/* ---- where the messages are now ---- */

struct present {
	struct str directory;
	struct str_list files; /* "new/..." and "cur/...", by base name */
};

struct lookup {
	int root;
	struct present *folders;
	size_t count;
	struct present *filling;
	const char *part;
	struct arena *mem;
};

static bool add_file(void *context, const char *name)
{
	const struct lookup *l = context;
	str_list_add(&l->filling->files, arena_fmt(l->mem, "%s/%s", l->part, name), l->mem);
	return true;
}

static struct str base_in(struct str file)
{
	return base_name_of(str_slice(file, 4, file.n));
}

static int by_base(const void *a, const void *b)
{
	return str_compare(base_in(*(const struct str *)a), base_in(*(const struct str *)b));
}

static const struct present *list(struct lookup *l, struct str directory)
{
	for (size_t i = 0; i < l->count; i++)
		if (str_eq(l->folders[i].directory, directory))
			return &l->folders[i];
	l->filling = ARENA_PUSH(l->mem, l->folders, l->count);
	l->filling->directory = directory;
	const char *path = directory.n ? arena_cstr(l->mem, directory) : ".";
	int folder = beneath_open(l->root, path, O_RDONLY | O_DIRECTORY, 0);
	/* A folder that is gone has no messages. */
	for (int i = 0; i < 2 && folder >= 0; i++) {
		l->part = i ? "cur" : "new";
		(void)maildir_walk(folder, l->part, add_file, l, NULL);
	}
	if (folder >= 0)
		close(folder); /* nothing was written */
	if (l->filling->files.count)
		qsort(l->filling->files.items, l->filling->files.count, sizeof(struct str),
			by_base);
	return l->filling;
}

/* The file "cur/..." of that message; empty if it is not in the folder. */
static struct str find(struct lookup *l, struct str directory, struct str base)
{
	const struct present *p = list(l, directory);
	size_t low = 0, high = p->files.count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int r = str_compare(base_in(p->files.items[middle]), base);
		if (r == 0)
			return p->files.items[middle];
		if (r < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return STR_EMPTY;
}

/* ---- the plan ---- */

/* A message that people have flagged since keeps all of its flags. */
static bool restore_flags(const struct apply_record *r, unsigned flags, struct store_move *m)
{
	if ((flags & SYSTEM_FLAGS) != r->has)
		return false;
	m->add = r->had & ~r->has;
	m->remove = r->has & ~r->had;
	m->remove_keywords = r->keywords;
	return true;
}

static void plan_one(struct apply *a, struct lookup *l, const struct apply_record *r, size_t number,
	apply_undo_tell *tell, void *context)
{
	struct str file = find(l, r->to, r->new_base);
	if (file.n == 0) {
		/* It was never moved: the process was killed, or a reader was faster. */
		if (find(l, r->from, r->base).n == 0)
			tell(context, r->to, r->new_base, "it was moved or deleted since");
		return;
	}
	struct apply_move *m = ARENA_PUSH(a->mem, a->moves.items, a->moves.count);
	*m = (struct apply_move){.from = r->to,
		.to = r->from,
		.number = number,
		.move = {.base = r->new_base,
			.file = arena_cstr(a->mem, str_slice(file, 4, file.n)),
			.in_cur = str_starts(file, STR_LIT("cur/"))}};
	if (!restore_flags(r, base_name_read_flags(file), &m->move))
		tell(context, r->to, r->new_base, "its flags were changed since, and are kept");
}

/* A "back" line has the place from which it was put back, and names the same message. */
static void mark_undone(struct records *all, struct lookup *l, const struct apply_record *back)
{
	for (size_t n = 0; n < all->count; n++) {
		struct apply_record *r = &all->items[(all->next + n) % all->count];
		if (!str_eq(r->to, back->from) || !str_eq(r->new_base, back->base))
			continue;
		/* If the process was killed before it was put back, it is still to be done. */
		r->undone = find(l, back->from, back->base).n == 0;
		all->next = (size_t)(r - all->items) + 1;
		return;
	}
}

static int by_redirect(const void *a, const void *b)
{
	const struct apply_redirect *x = a, *y = b;
	int r = memcmp(x->id.bytes, y->id.bytes, sizeof x->id.bytes);
	return r ? r : str_compare(x->address, y->address);
}

static void list_folders(const struct records *all, struct arena *mem)
{
	struct str_list each = {0}, *list = &all->said->folders;
	for (size_t i = 0; i < all->count; i++)
		str_list_add(&each, all->items[i].to, mem);
	str_list_sort(&each);
	for (size_t i = 0; i < each.count; i++)
		if (each.items[i].n && !str_list_has_sorted(list, each.items[i]))
			str_list_add(list, each.items[i], mem);
}

/* An interrupted run names a redirect again. */
static void drop_repeated(struct apply_recorded *said)
{
	size_t kept = 0;
	if (said->redirect_count)
		qsort(said->redirects, said->redirect_count, sizeof *said->redirects, by_redirect);
	for (size_t i = 0; i < said->redirect_count; i++)
		if (i == 0 || by_redirect(&said->redirects[i - 1], &said->redirects[i]) != 0)
			said->redirects[kept++] = said->redirects[i];
	said->redirect_count = kept;
}

static void take_line(
	struct records *all, struct lookup *l, const struct apply_line *line, struct arena *mem)
{
	switch (line->kind) {
	case APPLY_LINE_MOVE:
		*(struct apply_record *)ARENA_PUSH(mem, all->items, all->count) = line->record;
		break;
	case APPLY_LINE_BACK:
		mark_undone(all, l, &line->record);
		break;
	case APPLY_LINE_SENT:
		*(struct apply_redirect *)ARENA_PUSH(
			mem, all->said->redirects, all->said->redirect_count) = line->redirect;
		break;
	}
}

static int read_records(struct apply *a, struct lookup *l, struct str text, const char *path,
	struct records *all, struct err *err)
{
	struct str text_line;
	size_t number = 1;
	if (!str_starts(text, STR_LIT(heading)))
		return err_temp(err, "%s is not a file of mda-apply", path);
	text = str_slice(text, sizeof heading - 1, text.n);
	while (str_line(&text, &text_line)) {
		struct apply_line line;
		number++;
		/*
		 * A line that was cut off when the process was killed, or the power failed, which
		 * may leave zeros: nothing of it was moved.
		 */
		if (!str_iends(text_line, STR_LIT(" .")) || str_find(text_line, '\0') < text_line.n)
			continue;
		if (!apply_line_read(str_slice(text_line, 0, text_line.n - 2), a->mem, &line))
			return err_temp(
				err, "%s:%zu:1: this is not a line of mda-apply", path, number);
		take_line(all, l, &line, a->mem);
	}
	return 0;
}

int apply_undo_plan(struct apply *a, const char *path, const char *maildir, apply_undo_tell *tell,
	void *context, struct apply_recorded *recorded, struct err *err)
{
	struct lookup l = {.mem = a->mem};
	struct records all = {.said = recorded};
	struct str text;
	*recorded = (struct apply_recorded){.moves = 0};
	int found = io_read_file(path, FILE_MOST, a->mem, &text, err);
	if (found == 0)
		return err_temp(err, "cannot open %s: %s", path, strerror(ENOENT));
	l.root = path_open_dir_itself(maildir);
	if (found > 0 && l.root < 0)
		return err_temp(err, "cannot open the Maildir %s: %s", maildir, beneath_why(errno));
	int r = found < 0 ? -1 : read_records(a, &l, text, path, &all, err);
	for (size_t i = 0; i < all.count && r == 0; i++)
		if (!all.items[i].undone)
			plan_one(a, &l, &all.items[i], i, tell, context);
	recorded->moves = all.count;
	list_folders(&all, a->mem);
	drop_repeated(recorded);
	if (l.root >= 0)
		close(l.root); /* nothing was written */
	return r;
}

/* ---- what is left behind ---- */

static bool find_one(void *context, const char *name)
{
	(void)name;
	*(bool *)context = true;
	return false;
}

static bool is_empty(int root, const char *directory)
{
	bool any = false;
	int folder = beneath_open(root, directory, O_RDONLY | O_DIRECTORY, 0);
	if (folder < 0)
		return false;
	bool read = maildir_walk(folder, "new", find_one, &any, NULL) == 0 &&
		    maildir_walk(folder, "cur", find_one, &any, NULL) == 0;
	close(folder); /* nothing was written */
	return read && !any;
}

struct str_list apply_undo_emptied(
	const char *maildir, const struct str_list *folders, struct arena *mem)
{
	struct str_list emptied = {0};
	int root = path_open_dir_itself(maildir);
	for (size_t i = 0; i < folders->count && root >= 0; i++)
		if (is_empty(root, arena_cstr(mem, folders->items[i])))
			str_list_add(&emptied, folder_name(folders->items[i], mem), mem);
	if (root >= 0)
		close(root); /* nothing was written */
	return emptied;
}
