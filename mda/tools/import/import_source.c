#include "mda/tools/import/import_source.h"

#include "base/beneath.h"
#include "base/packed.h"
#include "base/path.h"
#include "base/str_list.h"
#include "mda/conf/folders.h"
#include "store/base_name.h"
#include "store/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- folders ---- */

static int add_folder(struct import_source *s, struct str name, struct err *err)
{
	struct import_folder *f = ARENA_PUSH(s->mem, s->folders, s->folder_count);
	if (folder_directory(name, s->mem, &f->directory, err) < 0)
		return -1;
	f->name = folder_name(f->directory, s->mem);
	return 0;
}

/* A subfolder goes below the folder that was named; its levels are separated by '/'. */
static struct str target_of(const struct import_wishes *w, struct str sub, struct arena *mem)
{
	if (sub.n == 0)
		return w->folder;
	if (w->folder.n == 0)
		return folder_with_prefix(sub, mem);
	return arena_fmt(mem, STR_FMT "/" STR_FMT, STR_ARGS(w->folder), STR_ARGS(sub));
}

/* ---- an mbox file ---- */

/*
 * An MTA that delivers to the file waits meanwhile, so that no message is read before all of it is
 * there. Where there are no locks, nobody waits.
 */
static int lock_mbox(const struct import_source *s, struct err *err)
{
	struct flock lock = {.l_type = F_RDLCK, .l_whence = SEEK_SET};
	if (fcntl(s->fd, F_SETLK, &lock) == 0 || (errno != EAGAIN && errno != EACCES))
		return 0;
	return err_temp(err, "another program writes to %s; try again", s->path);
}

static int find_mbox(struct import_source *s, const struct import_wishes *w, struct err *err)
{
	struct stat st;
	s->is_mbox = true;
	if (fstat(s->fd, &st) < 0 || !S_ISREG(st.st_mode))
		return err_temp(err, "%s is not a regular file", s->path);
	s->changed = st.st_mtim.tv_sec;
	if (packed_refuse(s->fd, s->path, err) < 0 || lock_mbox(s, err) < 0 ||
		add_folder(s, w->folder, err) < 0)
		return -1;
	return import_mbox_find(s->fd, s->path, w->dialect, s->mem, &s->mbox, err);
}

/* Without a date in the From line, that of the message counts, else the file's. */
static int64_t date_of(struct import_source *s, size_t n)
{
	const struct import_place *place = &s->mbox.messages[n];
	struct import_message m = {.number = n};
	struct import_mail mail = {.mem = NULL};
	int64_t date = place->has_date ? place->date : s->changed;
	if (!place->has_date && import_source_read(s, &m, &mail, NULL) > 0 && mail.fields.has_date)
		date = mail.fields.date;
	buf_free(&mail.bytes);
	arena_free(mail.mem);
	return date;
}

static void list_mbox(struct import_source *s)
{
	for (size_t i = 0; i < s->mbox.count; i++) {
		struct import_message *m = ARENA_PUSH(s->mem, s->messages, s->count);
		*m = (struct import_message){.date = date_of(s, i), .number = i};
	}
}

/* ---- a Maildir ---- */

/* The source is a Maildir++, whatever the target is. */
static int list_source(struct import_source *s, const struct import_wishes *w, struct err *err)
{
	static const struct folder_rules flat = {.layout = FOLDER_FLAT};
	const struct str_list none = {0};
	folder_declare(&flat);
	int r = refile_mail_list(&s->mail, s->path, &none, &none, err);
	return folders_declare(w->conf, r < 0 ? NULL : err) < 0 ? -1 : r;
}

static int read_keywords(struct import_source *s, uint32_t n, struct err *err)
{
	struct str directory = s->mail.folders[n].directory;
	int dir = beneath_open(
		s->mail.root, directory.n ? directory.p : ".", O_RDONLY | O_DIRECTORY, 0);
	if (dir < 0)
		return err_temp(err, "cannot open %s: %s", directory.p, beneath_why(errno));
	int r = keywords_names(dir, s->mem, s->folders[n].keywords, err);
	close(dir); /* nothing was written */
	return r;
}

/* The time of the file, else that in its name. */
static int64_t time_of(const struct import_source *s, const struct refile_message *m)
{
	struct stat st;
	unsigned long long n;
	int part = s->mail.folders[m->folder].parts[m->in_cur];
	struct str name = str_of(m->file);
	if (part >= 0 && beneath_lstat(part, m->file, &st) == 0)
		return st.st_mtim.tv_sec;
	return str_number(str_slice(name, 0, str_find(name, '.')), UINT32_MAX, &n) ? (int64_t)n : 0;
}

static void list_maildir(struct import_source *s, bool subfolders)
{
	for (size_t i = 0; i < s->mail.message_count; i++) {
		const struct refile_message *m = &s->mail.messages[i];
		if (!subfolders && s->mail.folders[m->folder].directory.n)
			continue;
		*(struct import_message *)ARENA_PUSH(s->mem, s->messages, s->count) =
			(struct import_message){
				.date = time_of(s, m), .folder = m->folder, .number = i};
	}
}

static int find_maildir(struct import_source *s, const struct import_wishes *w, struct err *err)
{
	if (list_source(s, w, err) < 0)
		return -1;
	for (uint32_t i = 0; i < s->mail.folder_count; i++) {
		const struct refile_folder *f = &s->mail.folders[i];
		bool passed = f->directory.n && !w->subfolders;
		s->left_out += passed;
		if (add_folder(s, target_of(w, passed ? STR_EMPTY : f->name, s->mem), err) < 0 ||
			(!passed && read_keywords(s, i, err) < 0))
			return -1;
	}
	const struct refile_folder *top = s->mail.folders;
	if (!top || (top->parts[0] < 0 && top->parts[1] < 0))
		return err_temp(err, "%s is not a Maildir: it has neither new nor cur", s->path);
	return 0;
}

/* ---- both ---- */

static int by_date(const void *a, const void *b)
{
	const struct import_message *x = a, *y = b;
	if (x->folder != y->folder)
		return x->folder < y->folder ? -1 : 1;
	if (x->date != y->date)
		return x->date < y->date ? -1 : 1;
	return (x->number > y->number) - (x->number < y->number);
}

static int find_file(struct import_source *s, const struct import_wishes *w, struct err *err)
{
	struct stat st;
	if (strcmp(w->path, "-") == 0) {
		s->path = "standard input";
		s->fd = STDIN_FILENO;
		return find_mbox(s, w, err);
	}
	if (path_lstat(s->path, &st) < 0)
		return err_temp(err, "cannot find %s: %s", s->path, beneath_why(errno));
	if (S_ISLNK(st.st_mode))
		return err_temp(err, "%s is a symbolic link; name the file itself", s->path);
	if (S_ISDIR(st.st_mode) && w->dialect != IMPORT_AUTO)
		return err_temp(err, "%s is a directory, and not an mbox file", s->path);
	if (S_ISDIR(st.st_mode))
		return find_maildir(s, w, err);
	if (w->maildir_only)
		return err_temp(err, "%s is not a directory", s->path);
	s->fd = path_open_file(s->path, O_RDONLY, 0);
	if (s->fd < 0)
		return err_temp(err, "cannot open %s: %s", s->path, beneath_why(errno));
	return find_mbox(s, w, err);
}

int import_source_open(struct import_source *s, const struct import_wishes *w, struct err *err)
{
	struct arena *mem = s->mem;
	*s = (struct import_source){
		.path = w->path, .fd = -1, .mail = {.root = -1, .mem = mem}, .mem = mem};
	if (find_file(s, w, err) < 0)
		return -1;
	if (s->is_mbox)
		list_mbox(s);
	else
		list_maildir(s, w->subfolders);
	/* IMAP has no dates before 1970 in a file system. */
	for (size_t i = 0; i < s->count; i++)
		if (s->messages[i].date < 0)
			s->messages[i].date = 0;
	if (s->count)
		qsort(s->messages, s->count, sizeof *s->messages, by_date);
	return 0;
}

void import_source_close(struct import_source *s)
{
	if (s->fd > STDIN_FILENO)
		close(s->fd); /* nothing was written */
	if (s->mail.mem)
		refile_mail_close(&s->mail);
}

bool import_source_is(const struct import_source *s, const struct stat *st)
{
	struct stat own;
	return s->mail.root >= 0 && fstat(s->mail.root, &own) == 0 && own.st_dev == st->st_dev &&
	       own.st_ino == st->st_ino;
}

/* ---- reading ---- */

static int read_mbox(const struct import_source *s, const struct import_message *m,
	struct import_mail *mail, struct err *err)
{
	const struct import_place *place = &s->mbox.messages[m->number];
	if (place->size > IMPORT_LARGEST) {
		err_temp(err, "a message of %llu bytes is too large",
			(unsigned long long)place->size);
		return 0;
	}
	if (import_mbox_read(s->fd, place, s->mbox.dialect, &mail->bytes, err) < 0)
		return -1;
	import_fields_read(&mail->bytes, true, mail->mem, &mail->fields);
	return 1;
}

/* Flags and keywords are in the name of the file. */
static void take_name(
	const struct import_source *s, const struct import_message *m, struct import_mail *mail)
{
	const struct refile_message *file = &s->mail.messages[m->number];
	unsigned flags = base_name_read_flags(str_of(file->file));
	const struct str *names = s->folders[m->folder].keywords;
	mail->fields.flags = flags & (KEYWORDS_FIRST_BIT - 1);
	mail->fields.old = file->in_cur;
	for (unsigned i = 0; i < KEYWORDS_MAX; i++)
		if ((flags & (unsigned)KEYWORDS_FIRST_BIT << i) && names[i].n)
			str_list_add(&mail->fields.keywords, names[i], mail->mem);
}

static int read_maildir(const struct import_source *s, const struct import_message *m,
	struct import_mail *mail, struct err *err)
{
	const struct refile_message *file = &s->mail.messages[m->number];
	struct stat st;
	bool whole = true;
	int part = s->mail.folders[file->folder].parts[file->in_cur];
	if (part >= 0 && beneath_lstat(part, file->file, &st) == 0 &&
		(uint64_t)st.st_size > IMPORT_LARGEST) {
		err_temp(err, "a message of %llu bytes is too large",
			(unsigned long long)st.st_size);
		return 0;
	}
	int r = refile_mail_read(&s->mail, file, &whole, &mail->bytes, err);
	if (r == 0)
		err_temp(err, "it is gone");
	/* One file that cannot be read does not keep the others from being imported. */
	mail->failed = r < 0;
	if (r <= 0)
		return 0;
	import_fields_read(&mail->bytes, false, mail->mem, &mail->fields);
	take_name(s, m, mail);
	return 1;
}

int import_source_read(const struct import_source *s, const struct import_message *m,
	struct import_mail *mail, struct err *err)
{
	arena_free(mail->mem);
	mail->mem = arena_new();
	mail->failed = false;
	int r = (s->is_mbox ? read_mbox : read_maildir)(s, m, mail, err);
	if (r <= 0)
		return r;
	if (mail->fields.is_internal || mail->fields.is_removed || mail->bytes.n == 0) {
		err_temp(err, "%s",
			mail->fields.is_internal ? "it is a note of an IMAP server to itself"
			: mail->fields.is_removed
				? "it was deleted, and the file not compacted since"
				: "it is empty");
		return 0;
	}
	return 1;
}

struct str import_source_where(
	const struct import_source *s, const struct import_message *m, struct arena *mem)
{
	if (s->is_mbox)
		return arena_fmt(
			mem, "line %llu", (unsigned long long)s->mbox.messages[m->number].line);
	return refile_mail_name(&s->mail, &s->mail.messages[m->number], mem);
}
