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

enum { FILE_MOST = 1 << 30, FLAGS_MOST = 63 };

static const char heading[] = "mda-apply 1\n";

struct apply_undo {
	const struct apply *apply;
	const char *path, *word;
	int fd;
};

/* ---- words of a line ---- */

static void put_word(struct buf *to, struct str text)
{
	buf_byte(to, ' ');
	if (text.n == 0)
		buf_byte(to, '-');
	for (size_t i = 0; i < text.n; i++) {
		unsigned char c = (unsigned char)text.p[i];
		bool plain =
			c > ' ' && c < 0x7f && c != '%' && c != ',' && !(c == '-' && text.n == 1);
		if (plain)
			buf_byte(to, (char)c);
		else
			buf_fmt(to, "%%%02X", c);
	}
}

static int hex(char c)
{
	static const char digits[] = "0123456789ABCDEF";
	const char *at = c ? strchr(digits, c) : NULL;
	return at ? (int)(at - digits) : -1;
}

static bool decode(struct str word, struct arena *mem, struct str *text)
{
	char *to = arena_alloc(mem, word.n + 1);
	size_t n = 0;
	if (str_eq(word, STR_LIT("-")))
		word = STR_EMPTY;
	for (size_t i = 0; i < word.n; i++) {
		int high = i + 2 < word.n ? hex(word.p[i + 1]) : -1;
		int low = i + 2 < word.n ? hex(word.p[i + 2]) : -1;
		if (word.p[i] == '%' && (high < 0 || low < 0))
			return false;
		to[n++] = word.p[i] == '%' ? (char)(high * 16 + low) : word.p[i];
		i += word.p[i] == '%' ? 2 : 0;
	}
	*text = (struct str){to, n};
	return memchr(to, '\0', n) == NULL;
}

static bool take_text(struct str *line, struct arena *mem, struct str *text)
{
	struct str word;
	return str_word(line, &word) && decode(word, mem, text);
}

static bool take_flags(struct str *line, unsigned *flags)
{
	struct str word;
	unsigned long long n;
	if (!str_word(line, &word) || !str_number(word, FLAGS_MOST, &n))
		return false;
	*flags = (unsigned)n;
	return true;
}

/* ---- writing ---- */

static void put_line(struct buf *to, const struct apply_undo *u, const struct store_move *m)
{
	buf_text(to, u->word);
	put_word(to, u->apply->from);
	put_word(to, m->base);
	put_word(to, u->apply->to);
	put_word(to, str_of(m->new_base));
	buf_fmt(to, " %u %u", m->had, m->has);
	for (size_t i = 0; i < m->add_keywords.count; i++)
		put_word(to, m->add_keywords.items[i]);
	buf_text(to, " .\n");
}

int apply_undo_record(void *undo, const struct store_move *moves, size_t count, struct err *err)
{
	const struct apply_undo *u = undo;
	struct buf lines = {0};
	for (size_t i = 0; i < count; i++)
		if (moves[i].there)
			put_line(&lines, u, &moves[i]);
	int r = io_write(u->fd, buf_str(&lines), u->path, err);
	buf_free(&lines);
	return r < 0 ? -1 : io_fsync(u->fd, u->path, err);
}

void apply_undo_backwards(struct apply_undo *u)
{
	u->word = "back";
}

/* A line that was cut off when the process was killed is ended; nothing of it was moved. */
static int start(const struct apply_undo *u, struct err *err)
{
	struct stat st;
	char last = '\n';
	if (fstat(u->fd, &st) < 0 || !S_ISREG(st.st_mode))
		return err_temp(err, "%s is not a file", u->path);
	if (st.st_size == 0)
		return io_write(u->fd, STR_LIT(heading), u->path, err);
	char begin[sizeof heading - 1];
	if (pread(u->fd, begin, sizeof begin, 0) != (ssize_t)sizeof begin ||
		memcmp(begin, heading, sizeof begin) != 0 ||
		pread(u->fd, &last, 1, st.st_size - 1) != 1)
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

struct record {
	struct str from, base, to, new_base;
	unsigned had, has;
	struct str_list keywords;
	bool undone;
};

struct records {
	struct record *items;
	size_t count, next; /* NEXT: where the record of the next "back" line probably is */
};

static bool is_name(struct str name)
{
	return name.n > 0 && str_find(name, '/') == name.n && name.p[0] != '.';
}

static bool is_place(struct str directory)
{
	return directory.n == 0 || folder_is_directory(directory);
}

static bool read_line(struct str line, struct arena *mem, struct record *r, struct str *word)
{
	struct str keyword;
	*r = (struct record){.had = 0};
	line = str_slice(line, 0, line.n - 2);
	if (!str_word(&line, word) || !take_text(&line, mem, &r->from) ||
		!take_text(&line, mem, &r->base) || !take_text(&line, mem, &r->to) ||
		!take_text(&line, mem, &r->new_base) || !take_flags(&line, &r->had) ||
		!take_flags(&line, &r->has))
		return false;
	while (str_trim(line).n) {
		if (!take_text(&line, mem, &keyword))
			return false;
		str_list_add(&r->keywords, keyword, mem);
	}
	return is_place(r->from) && is_place(r->to) && is_name(r->base) && is_name(r->new_base);
}

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
static bool restore_flags(const struct record *r, unsigned flags, struct store_move *m)
{
	enum { SYSTEM = FLAGS_MOST };
	if ((flags & SYSTEM) != r->has)
		return false;
	m->add = r->had & ~r->has;
	m->remove = r->has & ~r->had;
	m->remove_keywords = r->keywords;
	return true;
}

static void plan_one(struct apply *a, struct lookup *l, const struct record *r, size_t number,
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
static void mark_undone(struct records *all, struct lookup *l, const struct record *back)
{
	for (size_t n = 0; n < all->count; n++) {
		struct record *r = &all->items[(all->next + n) % all->count];
		if (!str_eq(r->to, back->from) || !str_eq(r->new_base, back->base))
			continue;
		/* If the process was killed before it was put back, it is still to be done. */
		r->undone = find(l, back->from, back->base).n == 0;
		all->next = (size_t)(r - all->items) + 1;
		return;
	}
}

static int read_records(struct apply *a, struct lookup *l, struct str text, const char *path,
	struct records *all, struct err *err)
{
	struct str line, word;
	size_t number = 1;
	if (!str_starts(text, STR_LIT(heading)))
		return err_temp(err, "%s is not a file of mda-apply", path);
	text = str_slice(text, sizeof heading - 1, text.n);
	while (str_line(&text, &line)) {
		struct record r;
		number++;
		/* A line that was cut off when the process was killed: nothing of it was moved. */
		if (!str_iends(line, STR_LIT(" .")))
			continue;
		if (!read_line(line, a->mem, &r, &word))
			return err_temp(
				err, "%s:%zu:1: this is not a line of mda-apply", path, number);
		if (str_eq(word, STR_LIT("back")))
			mark_undone(all, l, &r);
		else
			*(struct record *)ARENA_PUSH(a->mem, all->items, all->count) = r;
	}
	return 0;
}

int apply_undo_plan(struct apply *a, const char *path, const char *maildir, apply_undo_tell *tell,
	void *context, size_t *recorded, struct err *err)
{
	struct lookup l = {.mem = a->mem};
	struct records all = {0};
	struct str text;
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
	*recorded = all.count;
	if (l.root >= 0)
		close(l.root); /* nothing was written */
	return r;
}
