#include "mda/tools/learn/learn_folder.h"

#include "base/path.h"
#include "store/base_name.h"
#include "store/uiddb.h"
#include "store/uidlist.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct reader {
	struct learn_folder *folder;
	struct arena *mem;
	struct str directory;
	uint32_t validity, after;
};

static void begin(struct reader *r, uint32_t uidvalidity)
{
	r->folder->uidvalidity = uidvalidity;
	if (uidvalidity != r->validity)
		r->after = 0;
}

static void add(struct reader *r, uint32_t uid, struct str base)
{
	if (uid <= r->after)
		return;
	struct learn_message *m = ARENA_PUSH(r->mem, r->folder->messages, r->folder->count);
	m->uid = uid;
	m->base = arena_str(r->mem, base);
}

/* ---- Dovecot's file ---- */

static int read_lines(struct reader *r, struct uidlist_reader *reader, struct err *err)
{
	struct uidlist_header h;
	struct uidlist_record record;
	struct str line;
	int got = uidlist_next_line(reader, &line, err);
	if (got <= 0 || !uidlist_parse_header(line, &h))
		return got < 0 ? -1 : 0;
	begin(r, h.uidvalidity);
	while ((got = uidlist_next_line(reader, &line, err)) > 0)
		if (uidlist_parse_record(line, h.version, &record))
			add(r, record.uid, record.base);
	return got < 0 ? -1 : 1;
}

static int read_server_file(struct reader *r, const char *path, struct err *err)
{
	struct uidlist_reader reader;
	int fd = path_open_file(path, O_RDONLY, 0);
	if (fd < 0)
		return errno == ENOENT ? 0
				       : err_temp(err, "cannot open %s: %s", path, strerror(errno));
	uidlist_reader_init(&reader, fd, 0);
	int got = read_lines(r, &reader, err);
	uidlist_reader_free(&reader);
	close(fd); /* nothing was written */
	return got;
}

/* ---- our database ---- */

static bool on_uid(void *context, uint32_t uid, struct str base)
{
	add(context, uid, base);
	return true;
}

static int read_uids(struct uiddb *db, void *context, struct err *err)
{
	struct reader *r = context;
	struct uiddb_folder folder;
	int found = uiddb_find_folder(db, r->directory, &folder, err);
	if (found <= 0)
		return found;
	begin(r, folder.uidvalidity);
	return uiddb_walk_uids(db, folder.id, r->after + 1, on_uid, r, err);
}

static int read_database(struct reader *r, const char *state, struct err *err)
{
	if (path_exists(state) < 0 && errno == ENOENT)
		return 0; /* nothing was ever delivered */
	struct uiddb *db = uiddb_open(state, true, err);
	if (!db)
		return -1;
	int got = uiddb_read(db, read_uids, r, err);
	uiddb_close(db);
	return got < 0 ? -1 : r->folder->uidvalidity != 0;
}

/* ---- the files ---- */

static int by_base(const void *a, const void *b)
{
	const struct learn_message *x = *(struct learn_message *const *)a;
	const struct learn_message *y = *(struct learn_message *const *)b;
	return str_compare(x->base, y->base);
}

static void find_files(const struct reader *r, const char *dir, struct learn_message **sorted)
{
	const struct dirent *entry;
	DIR *d = path_opendir(dir);
	while (d && (entry = readdir(d))) {
		struct learn_message key = {.base = base_name_of(str_of(entry->d_name))};
		const struct learn_message *wanted = &key;
		struct learn_message **found =
			bsearch(&wanted, sorted, r->folder->count, sizeof *sorted, by_base);
		if (found)
			(*found)->path = arena_fmt(r->mem, "%s/%s", dir, entry->d_name).p;
	}
	if (d)
		closedir(d);
}

static void find_all_files(const struct reader *r, const char *root)
{
	static const char *const parts[] = {"new", "cur"};
	size_t n = r->folder->count;
	struct learn_message **sorted = arena_alloc(r->mem, (n + 1) * sizeof *sorted);
	for (size_t i = 0; i < n; i++)
		sorted[i] = &r->folder->messages[i];
	if (n == 0)
		return;
	qsort(sorted, n, sizeof *sorted, by_base);
	for (size_t i = 0; i < 2; i++)
		find_files(r, arena_fmt(r->mem, "%s/%s", root, parts[i]).p, sorted);
}

int learn_folder_read(const struct learn_place *place, struct str directory, uint32_t validity,
	uint32_t after, struct arena *mem, struct learn_folder *folder, struct err *err)
{
	struct reader r = {.folder = folder,
		.mem = mem,
		.directory = directory,
		.validity = validity,
		.after = after};
	const char *root = arena_fmt(
		mem, "%s%s" STR_FMT, place->maildir, directory.n ? "/" : "", STR_ARGS(directory))
				   .p;
	const char *list = arena_fmt(mem, "%s/dovecot-uidlist", root).p;
	*folder = (struct learn_folder){0};
	int got = place->server == STORE_SERVER_DOVECOT ? read_server_file(&r, list, err)
							: read_database(&r, place->state, err);
	if (got > 0)
		find_all_files(&r, root);
	return got;
}
