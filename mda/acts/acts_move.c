#include "mda/acts/acts_move.h"

#include "base/io.h"
#include "base/packed.h"
#include "base/path.h"
#include "base/str_list.h"
#include "base/verdict.h"
#include "store/base_name.h"
#include "store/folder.h"
#include "store/keywords.h"
#include "store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* A larger message is left where it is. */
enum { MESSAGE_MOST = 256 << 20, KEYWORDS_FILE_MOST = 16 * 1024 };

static const char *folder_path(const struct acts *a, const struct acts_folder *f)
{
	return arena_fmt(a->mem, "%s/" STR_FMT, a->maildir, STR_ARGS(f->directory)).p;
}

static const char *path_of(const struct acts *a, const struct acts_message *m)
{
	return arena_fmt(
		a->mem, "%s/%s/" STR_FMT, folder_path(a, m->folder), m->part, STR_ARGS(m->name))
		.p;
}

/* ---- reading ---- */

int acts_move_read(const struct acts *a, struct acts_message *m, struct buf *kept, struct err *err)
{
	struct stat st;
	const char *path = path_of(a, m);
	int fd = path_open_file(path, O_RDONLY, 0);
	if (fd < 0)
		return errno == ENOENT
			       ? 0
			       : err_temp(err, "cannot open %s: %s", path, beneath_why(errno));
	if (fstat(fd, &st) < 0) {
		err_temp(err, "cannot look at %s: %s", path, strerror(errno));
		close(fd); /* nothing was written */
		return -1;
	}
	m->time = (int64_t)st.st_mtim.tv_sec;
	fd = packed_open(fd, 0, err);
	if (fd < 0)
		return -1;
	int r = io_read_all(fd, MESSAGE_MOST, kept, path, err);
	close(fd); /* as above */
	m->bytes = buf_str(kept);
	return r < 0 ? -1 : 1;
}

/* ---- flags ---- */

bool acts_move_is_deleted(struct str name)
{
	return base_name_read_flags(name) & FLAG_TRASHED;
}

/* The names of the keywords, by the file of the folder that the message is in. */
static void find_keywords(
	const struct acts *a, const struct acts_message *m, unsigned flags, struct str_list *names)
{
	struct str text, line, number;
	unsigned long long n;
	const char *path = arena_fmt(a->mem, "%s/dovecot-keywords", folder_path(a, m->folder)).p;
	if (flags < KEYWORDS_FIRST_BIT ||
		io_read_file(path, KEYWORDS_FILE_MOST, a->mem, &text, NULL) <= 0)
		return;
	while (str_line(&text, &line)) {
		if (!str_word(&line, &number) || !str_number(number, KEYWORDS_MAX - 1, &n))
			continue;
		struct str name = str_trim(line);
		bool stays = !str_list_has(&m->without, name);
		if ((flags & (unsigned)KEYWORDS_FIRST_BIT << n) && keywords_is_name(name) && stays)
			str_list_add(names, name, a->mem);
	}
}

/* ---- moving ---- */

static void note(void *context, const char *text)
{
	const struct acts *a = context;
	notes_add(a->notes, "%s", text);
}

/* The same message always has the same id, however often it is tried. */
static struct store_id id_of(const struct acts *a, const struct acts_message *m)
{
	const struct str parts[] = {STR_LIT("acts"), str_of(a->maildir), m->folder->directory,
		base_name_of(m->name), m->bytes};
	return store_id_of(parts, sizeof parts / sizeof *parts);
}

/*
 * Gives the new file the time of the old one, which readers show: by its name in tmp/, which it has
 * until the end, whatever readers do with the others. It does no harm if that fails.
 */
static void keep_time(const struct acts *a, const struct acts_message *m, struct str directory,
	const struct store_receipt *receipt)
{
	const struct timespec times[] = {{(time_t)m->time, 0}, {(time_t)m->time, 0}};
	const char *path = arena_fmt(a->mem, "%s/" STR_FMT "/tmp/" STR_FMT, a->maildir,
		STR_ARGS(directory), STR_ARGS(receipt->file_name))
				   .p;
	int fd = path_open_file(path, O_RDONLY, 0);
	if (fd < 0)
		return;
	(void)futimens(fd, times); /* see above */
	close(fd);                 /* nothing was written */
}

/* Removes the name, also if a reader changes the flags meanwhile. */
static int remove_name(const struct acts *a, const struct acts_message *m, struct err *err)
{
	const char *path = path_of(a, m);
	if (path_unlink(path) == 0)
		return io_fsync_dir(
			arena_fmt(a->mem, "%s/%s", folder_path(a, m->folder), m->part).p, err);
	if (errno == ENOENT)
		return 0;
	return err_temp(err, "cannot remove %s: %s", path, beneath_why(errno));
}

static int put(const struct acts *a, struct store *store, const struct acts_message *m,
	struct str to, struct err *err)
{
	unsigned flags = base_name_read_flags(m->name);
	struct str directory;
	struct str_list keywords = {0};
	struct store_receipt receipt;
	struct store_id id = id_of(a, m);
	find_keywords(a, m, flags, &keywords);
	if (m->with.n)
		str_list_add(&keywords, m->with, a->mem);
	const struct store_item item = {.folder = to,
		.pieces = &m->bytes,
		.piece_count = 1,
		.flags = flags & (KEYWORDS_FIRST_BIT - 1),
		.keywords = keywords.items,
		.keyword_count = keywords.count};
	if (store_put(store, &id, &item, 1, a->mem, &receipt, err) < 0)
		return -1;
	/* From now on it is not stored again, whatever a reader does with the copy. */
	if (store_protect(store, &id, err) < 0)
		return -1;
	if (folder_directory(to, a->mem, &directory, NULL) == 0)
		keep_time(a, m, directory, &receipt);
	if (remove_name(a, m, err) < 0)
		return -1;
	return store_finish(store, &id, 1, err);
}

int acts_move(const struct acts *a, const struct acts_message *m, struct str to, struct err *err)
{
	/* What is moved needs no room. */
	const struct store_conf conf = {.maildir = a->maildir,
		.state_dir = a->state,
		.server = a->conf->imap_server,
		.subscribe = a->conf->subscribe,
		.quota = {.source = QUOTA_NONE},
		.must_exist = true,
		.note = note,
		.note_context = (void *)a}; /* which note() only reads */
	struct store *store = store_open(&conf, err);
	int r = store ? put(a, store, m, to, err) : -1;
	store_close(store);
	return r;
}

int acts_move_unflag(
	const struct acts *a, const struct acts_message *m, unsigned bits, struct err *err)
{
	char letters[BASE_NAME_FLAGS];
	const char *dir = arena_fmt(a->mem, "%s/%s", folder_path(a, m->folder), m->part).p;
	struct str base = base_name_of(m->name);
	base_name_flags(base_name_read_flags(m->name) & ~bits, letters);
	const char *from = arena_cstr(a->mem, m->name);
	const char *to = arena_fmt(a->mem, STR_FMT ":2,%s", STR_ARGS(base), letters).p;
	int fd = path_open_dir_itself(dir), r = 0;
	/* What has that name already is not replaced. */
	if (fd >= 0 && beneath_rename_new(fd, from, fd, to) == 0)
		r = io_fsync(fd, dir, err);
	else if (errno != ENOENT) /* a reader has moved it: the next look sees it */
		r = err_temp(err, "cannot rename %s/%s: %s", dir, from, beneath_why(errno));
	if (fd >= 0)
		close(fd); /* only its names were changed, and they are synced */
	return r;
}
