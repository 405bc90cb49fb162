#include "mda/tools/refile/refile_mail.h"

#include "base/beneath.h"
#include "base/io.h"
#include "base/packed.h"
#include "base/path.h"
#include "base/str_list.h"
#include "store/folder.h"
#include "store/maildir.h"
#include "store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { HEAD = 8 * 1024 };

static const char *const part_names[] = {"new", "cur"};

/* ---- which messages there are ---- */

struct lister {
	struct refile_mail *mail;
	uint32_t folder;
	bool in_cur;
	const struct str_list *passed; /* directories */
};

static bool take_file(void *context, const char *name)
{
	const struct lister *l = context;
	struct refile_mail *mail = l->mail;
	*(struct refile_message *)ARENA_PUSH(mail->mem, mail->messages, mail->message_count) =
		(struct refile_message){.folder = l->folder,
			.in_cur = l->in_cur,
			.file = arena_cstr(mail->mem, str_of(name))};
	mail->folders[l->folder].count++;
	return true;
}

static int open_part(const struct refile_mail *mail, const char *directory, const char *part)
{
	struct arena *mem = arena_new();
	const char *path = directory[0] ? arena_fmt(mem, "%s/%s", directory, part).p : part;
	int fd = beneath_open(mail->root, path, O_RDONLY | O_DIRECTORY, 0);
	arena_free(mem);
	return fd;
}

static int list_part(struct lister *l, int folder, int part, struct err *err)
{
	l->in_cur = part == 1;
	return maildir_walk(folder, part_names[part], take_file, l, err);
}

static int list_folder(struct refile_mail *mail, struct str directory, struct err *err)
{
	const char *path = directory.n ? directory.p : ".";
	int folder = beneath_open(mail->root, path, O_RDONLY | O_DIRECTORY, 0);
	if (folder < 0)
		return err_temp(err, "cannot open the folder " STR_FMT ": %s",
			STR_ARGS(folder_name(directory, mail->mem)), beneath_why(errno));
	struct lister l = {.mail = mail, .folder = (uint32_t)mail->folder_count};
	struct refile_folder *f = ARENA_PUSH(mail->mem, mail->folders, mail->folder_count);
	f->directory = directory;
	if (store_folder(folder_name(directory, mail->mem), mail->mem, &f->name, NULL) < 0)
		f->name = directory; /* no rule can name it */
	int r = 0;
	for (int i = 0; i < 2; i++)
		f->parts[i] = open_part(mail, directory.p, part_names[i]);
	for (int i = 0; i < 2 && r == 0; i++)
		r = list_part(&l, folder, i, err);
	close(folder); /* nothing was written */
	return r;
}

static bool take_folder(void *context, const char *directory)
{
	const struct lister *l = context;
	struct str name = arena_str(l->mail->mem, str_of(directory));
	struct err err;
	if (!str_list_has(l->passed, name))
		(void)list_folder(
			l->mail, name, &err); /* without a right to read it, it has none */
	return true;
}

static struct str_list directories_of(const struct str_list *names, struct arena *mem)
{
	struct str_list list = {0};
	struct str directory;
	for (size_t i = 0; i < names->count; i++)
		if (folder_directory(names->items[i], mem, &directory, NULL) == 0)
			str_list_add(&list, directory, mem);
	return list;
}

static int by_arrival(const void *a, const void *b)
{
	const struct refile_message *x = a, *y = b;
	if (x->folder != y->folder)
		return x->folder < y->folder ? -1 : 1;
	return strcmp(x->file, y->file);
}

static bool is_listed(const struct refile_mail *mail, struct str directory)
{
	for (size_t i = 0; i < mail->folder_count; i++)
		if (str_eq(mail->folders[i].directory, directory))
			return true;
	return false;
}

/* A folder that is named twice is listed once. */
static int list_named(struct refile_mail *mail, const struct str_list *names, struct err *err)
{
	for (size_t i = 0; i < names->count; i++) {
		struct str directory;
		if (folder_directory(names->items[i], mail->mem, &directory, err) < 0)
			return -1;
		if (!is_listed(mail, directory) && list_folder(mail, directory, err) < 0)
			return -1;
	}
	return 0;
}

/* Any other directory has none, and is not an empty mailbox. */
static bool has_parts(const struct refile_mail *mail)
{
	for (size_t i = 0; i < mail->folder_count; i++)
		if (mail->folders[i].parts[0] >= 0 || mail->folders[i].parts[1] >= 0)
			return true;
	return false;
}

int refile_mail_list(struct refile_mail *mail, const char *path, const struct str_list *folders,
	const struct str_list *passed, struct err *err)
{
	const struct str_list others = directories_of(passed, mail->mem);
	struct lister l = {.mail = mail, .passed = &others};
	mail->root = path_open_dir_itself(path);
	if (mail->root < 0)
		return err_temp(err, "cannot open the Maildir %s: %s", path, beneath_why(errno));
	int r = folders->count ? list_named(mail, folders, err)
			       : maildir_walk_folders(mail->root, take_folder, &l, err);
	if (r == 0 && !has_parts(mail))
		return err_temp(err,
			"%s is not a Maildir that can be read: it has neither new nor cur", path);
	if (mail->message_count)
		qsort(mail->messages, mail->message_count, sizeof *mail->messages, by_arrival);
	return r;
}

/* ---- mbox ---- */

/* A sentence may begin with "From " too, but only the line that separates messages has a time. */
static bool is_separator(struct str rest)
{
	struct str line = str_slice(rest, 0, str_find(rest, '\n'));
	if (!str_starts(line, STR_LIT("From ")))
		return false;
	for (size_t i = 7; i + 2 < line.n; i++)
		if (line.p[i] == ':' && ascii_isdigit(line.p[i - 1]) &&
			ascii_isdigit(line.p[i + 1]) && ascii_isdigit(line.p[i + 2]))
			return true;
	return false;
}

/* A message begins with a "From " line, before which there is a blank line or nothing. */
static size_t next_from(struct str bytes, size_t at)
{
	while (at < bytes.n) {
		struct str rest = str_slice(bytes, at, bytes.n);
		size_t line = str_find(rest, '\n');
		if (line == rest.n)
			return bytes.n;
		at += line + 1;
		rest = str_slice(bytes, at, bytes.n);
		bool blank = line == 0 || (line == 1 && bytes.p[at - 2] == '\r');
		if (blank && is_separator(rest))
			return at;
	}
	return bytes.n;
}

static int map(struct refile_mail *mail, int fd, const char *name, struct err *err)
{
	struct stat st;
	if (fstat(fd, &st) < 0)
		return err_temp(err, "cannot read %s: %s", name, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return err_temp(err, "%s is not a file", name);
	if (packed_refuse(fd, name, err) < 0)
		return -1;
	if (st.st_size == 0)
		return 0;
	void *p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (p == MAP_FAILED)
		return err_temp(err, "cannot map %s: %s", name, strerror(errno));
	mail->mbox = (struct str){p, (size_t)st.st_size};
	if (str_starts(mail->mbox, STR_LIT("From ")))
		return 0;
	return err_temp(err, "%s is not an mbox file: it does not begin with \"From \"", name);
}

int refile_mail_list_mbox(struct refile_mail *mail, int fd, const char *name, struct err *err)
{
	struct refile_folder *f = ARENA_PUSH(mail->mem, mail->folders, mail->folder_count);
	*f = (struct refile_folder){.directory = str_of(name), .parts = {-1, -1}};
	mail->root = -1;
	int r = map(mail, fd, name, err);
	close(fd); /* nothing was written */
	for (size_t at = 0; r == 0 && at < mail->mbox.n;) {
		size_t end = next_from(mail->mbox, at);
		struct refile_message *m =
			ARENA_PUSH(mail->mem, mail->messages, mail->message_count);
		*m = (struct refile_message){.offset = at, .size = end - at};
		f->count++;
		at = end;
	}
	return r;
}

void refile_mail_close(struct refile_mail *mail)
{
	for (size_t i = 0; i < mail->folder_count; i++)
		for (int k = 0; k < 2; k++)
			if (mail->folders[i].parts[k] >= 0)
				close(mail->folders[i].parts[k]); /* nothing was written */
	if (mail->root >= 0)
		close(mail->root); /* nothing was written */
	if (mail->mbox.n)
		munmap((void *)(uintptr_t)mail->mbox.p, mail->mbox.n);
}

/* ---- their bytes ---- */

/* The length of the header with the blank line after it; N when it does not end in S. */
static size_t header_length(struct str s, bool *complete)
{
	const char *at = s.p, *end = s.p + s.n, *lf;
	*complete = true;
	for (; at < end && (lf = memchr(at, '\n', (size_t)(end - at))); at = lf + 1)
		if (lf == at || (lf == at + 1 && *at == '\r'))
			return (size_t)(lf + 1 - s.p);
	*complete = false;
	return s.n;
}

/* Reads up to the end of the header, in steps that grow. */
static int read_head(int fd, struct buf *to, const char *file, struct err *err)
{
	for (;;) {
		size_t room;
		bool complete;
		char *p = buf_space(to, HEAD, &room);
		ssize_t n = io_read(fd, p, room);
		if (n < 0)
			return err_temp(err, "cannot read %s: %s", file, strerror(errno));
		to->n += (size_t)n;
		size_t length = header_length(buf_str(to), &complete);
		if (complete || n == 0) {
			to->n = length;
			return 1;
		}
		if (to->n > REFILE_LARGEST)
			return err_temp(err, "%s has a header that is too large", file);
	}
}

static int read_whole(int fd, struct buf *to, const char *file, struct err *err)
{
	return io_read_all(fd, REFILE_LARGEST, to, file, err) < 0 ? -1 : 1;
}

/* A reader has given the file other flags, or moved it from new/ to cur/. */
struct search {
	struct str base;
	const char *found;
	struct arena *mem;
};

static bool compare_base(void *context, const char *name)
{
	struct search *s = context;
	struct str whole = str_of(name);
	if (str_starts(whole, s->base) && (whole.n == s->base.n || name[s->base.n] == ':'))
		s->found = arena_cstr(s->mem, whole);
	return !s->found;
}

static int open_renamed(
	const struct refile_mail *mail, const struct refile_message *m, struct arena *mem)
{
	const struct refile_folder *f = &mail->folders[m->folder];
	struct str file = str_of(m->file);
	struct search s = {.base = str_slice(file, 0, str_find(file, ':')), .mem = mem};
	int folder = beneath_open(
		mail->root, f->directory.n ? f->directory.p : ".", O_RDONLY | O_DIRECTORY, 0);
	int fd = -1;
	bool failed = false;
	if (folder < 0)
		return -1;
	for (int i = 0; i < 2 && !s.found; i++) {
		failed = maildir_walk(folder, part_names[i], compare_base, &s, NULL) < 0 || failed;
		if (s.found)
			fd = beneath_open_file(f->parts[i], s.found, O_RDONLY, 0);
		failed = failed || (s.found && fd < 0 && errno != ENOENT);
	}
	close(folder); /* nothing was written */
	/* What could not be looked at may be there: it does not count as gone. */
	if (fd < 0)
		errno = failed ? EIO : ENOENT;
	return fd;
}

static int open_file(
	const struct refile_mail *mail, const struct refile_message *m, struct arena *mem)
{
	int part = mail->folders[m->folder].parts[m->in_cur];
	int fd = part < 0 ? -1 : beneath_open_file(part, m->file, O_RDONLY, 0);
	if (fd >= 0 || (part >= 0 && errno != ENOENT))
		return fd;
	return open_renamed(mail, m, mem);
}

static int read_file(const struct refile_mail *mail, const struct refile_message *m, bool *whole,
	struct buf *to, struct arena *mem, struct err *err)
{
	int fd = open_file(mail, m, mem);
	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0)
		return err_temp(err, "cannot open %s: %s", m->file, beneath_why(errno));
	enum packed kind = packed_look(fd);
	if (kind != PACKED_NOT) {
		fd = packed_open(fd, 0, err);
		*whole = true;
	}
	if (fd < 0)
		return -1;
	int r = (*whole ? read_whole : read_head)(fd, to, m->file, err);
	close(fd); /* nothing was written */
	return r;
}

static int read_mapped(
	const struct refile_mail *mail, const struct refile_message *m, bool whole, struct buf *to)
{
	struct str bytes = str_slice(mail->mbox, m->offset, m->offset + m->size);
	bool complete;
	buf_add(to, whole ? bytes : str_slice(bytes, 0, header_length(bytes, &complete)));
	return 1;
}

int refile_mail_read(const struct refile_mail *mail, const struct refile_message *m, bool *whole,
	struct buf *to, struct err *err)
{
	buf_clear(to);
	if (!m->file)
		return read_mapped(mail, m, *whole, to);
	struct arena *mem = arena_new();
	int r = read_file(mail, m, whole, to, mem, err);
	arena_free(mem);
	return r;
}

struct str refile_mail_name(
	const struct refile_mail *mail, const struct refile_message *m, struct arena *mem)
{
	if (m->file)
		return str_of(m->file);
	return arena_fmt(mem, "message %zu", (size_t)(m - mail->messages) + 1);
}
