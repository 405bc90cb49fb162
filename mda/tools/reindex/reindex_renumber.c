/*
 * mda-reindex renumber: gives the messages of a folder new UIDs in the order of their dates,
 * arrival or sizes. That needs a new UIDVALIDITY, so that IMAP clients fetch the folder again.
 * Therefore a folder that is in order is left alone.
 */
#include "mda/tools/reindex/reindex_change.h"

#include "base/beneath.h"
#include "base/date.h"
#include "base/log.h"
#include "base/packed.h"
#include "store/arrival.h"
#include "store/base_name.h"
#include "store/folder.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { HEAD_BYTES = 64 * 1024 };

/* The sort key of a message. */
struct key {
	int64_t number; /* seconds or bytes */
	struct str base;
	uint32_t uid; /* breaks ties; 0: it has no UID yet */
};

struct renumber {
	struct key *keys; /* of the current folder, in the new order */
	size_t count;
	size_t out_of_order;        /* in all folders */
	size_t undated;             /* in all folders: messages whose header has no date */
	struct packed_tally unread; /* in all folders */
};

/* ---- the date of a message ---- */

/* The next field, not unfolded; false at the end of the header. */
static bool next_field(struct str *rest, struct str *name, struct str *value)
{
	size_t end = str_find(*rest, '\n');
	struct str line = str_slice(*rest, 0, end);
	if (end == rest->n || line.n == 0 || str_eq(line, STR_LIT("\r")))
		return false;
	while (end + 1 < rest->n && (rest->p[end + 1] == ' ' || rest->p[end + 1] == '\t'))
		end += 1 + str_find(str_slice(*rest, end + 1, rest->n), '\n');
	if (end > rest->n)
		end = rest->n;
	struct str field = str_slice(*rest, 0, end);
	size_t colon = str_find(field, ':');
	*name = str_trim(str_slice(field, 0, colon));
	*value = str_slice(field, colon + 1, field.n);
	*rest = str_slice(*rest, end + 1, rest->n);
	return true;
}

/* The date of the Date field, or else of the topmost Received field. False if there is none. */
static bool find_date(struct str head, int64_t *seconds)
{
	struct str name, value;
	struct date d;
	bool received = false;
	while (next_field(&head, &name, &value)) {
		if (str_ieq(name, STR_LIT("Date")) && date_guess(value, &d)) {
			*seconds = d.seconds;
			return true;
		}
		size_t semicolon = str_rfind(value, ';');
		if (!received && str_ieq(name, STR_LIT("Received")) && semicolon < value.n &&
			date_guess(str_slice(value, semicolon + 1, value.n), &d)) {
			*seconds = d.seconds;
			received = true;
		}
	}
	return received;
}

/* The message's date, or that of its file if the header has none. Closes FD. */
static int64_t date_of(int fd, const struct stat *st, struct renumber *r)
{
	static char head[HEAD_BYTES];
	int64_t seconds = st->st_mtime;
	enum packed kind = packed_look(fd);
	struct err err;
	fd = packed_open(fd, sizeof head, &err);
	ssize_t n = fd < 0 ? 0 : pread(fd, head, sizeof head, 0);
	if (fd < 0)
		packed_count(&r->unread, kind);
	else
		close(fd); /* nothing was written */
	r->undated += n <= 0 || !find_date((struct str){head, (size_t)n}, &seconds);
	return seconds;
}

/* The message's size. For a compressed file, the name has it. Closes FD. */
static int64_t size_of(int fd, const struct stat *st, struct str base)
{
	int64_t size = st->st_size, written;
	if (packed_look(fd) != PACKED_NOT && base_name_size(base, &written))
		size = written;
	close(fd); /* nothing was written */
	return size;
}

/* ---- keys ---- */

static const char *path_of(struct change *c, const struct view_file *f)
{
	return arena_fmt(c->mem, STR_FMT "%s%s/" STR_FMT, STR_ARGS(c->directory),
		c->directory.n ? "/" : "", f->in_cur ? "cur" : "new",
		STR_ARGS(reindex_view_file_name(&c->view, f)))
		.p;
}

static int read_number(
	struct change *c, struct renumber *n, const struct view_file *f, int64_t *number)
{
	struct stat st;
	const int how = O_RDONLY | O_NONBLOCK;
	int fd = beneath_open(c->r->root, path_of(c, f), how, 0);
	if (fd < 0 || fstat(fd, &st) < 0) {
		if (fd >= 0)
			close(fd); /* nothing was written */
		return -1;
	}
	*number = c->r->order == ORDER_SIZE ? size_of(fd, &st, reindex_view_file_name(&c->view, f))
					    : date_of(fd, &st, n);
	return 0;
}

static int by_number(const void *a, const void *b)
{
	const struct key *x = a, *y = b;
	if (x->number != y->number)
		return x->number < y->number ? -1 : 1;
	if (x->uid != y->uid)
		return (x->uid ? x->uid : UINT32_MAX) < (y->uid ? y->uid : UINT32_MAX) ? -1 : 1;
	return str_compare(x->base, y->base);
}

/* The number is the index in the order of arrival, which is that of the base names. */
static void number_by_arrival(struct change *c, struct renumber *n)
{
	struct str_list names = {
		arena_alloc(c->mem, (n->count + 1) * sizeof(struct str)), n->count};
	for (size_t i = 0; i < n->count; i++)
		names.items[i] = n->keys[i].base;
	arrival_sort(&names);
	for (size_t i = 0; i < n->count; i++)
		n->keys[i] = (struct key){.number = (int64_t)i, .base = names.items[i]};
}

struct keyed {
	struct change *change;
	struct renumber *renumber;
};

static int add_uids(struct uiddb *db, void *context, struct err *err)
{
	struct keyed *k = context;
	for (size_t i = 0; i < k->renumber->count; i++) {
		struct key *key = &k->renumber->keys[i];
		if (k->change->view.has_record && uiddb_find_uid(db, k->change->view.record.id,
							  key->base, &key->uid, err) < 0)
			return -1;
	}
	return 0;
}

/* If a file cannot be read any more, a reader moved it, and the list is made again. */
static int read_keys(struct change *c, struct renumber *n, struct err *err)
{
	const struct view *v = &c->view;
	struct keyed k = {c, n};
	n->keys = arena_alloc(c->mem, (v->file_count + 1) * sizeof *n->keys);
	n->count = 0;
	reindex_progress(c->r, c->directory, "reading messages", v->file_count);
	for (size_t i = 0; i < v->file_count; i++) {
		struct key key = {.base = reindex_view_file_base(v, &v->files[i])};
		if (i > 0 && str_eq(key.base, reindex_view_file_base(v, &v->files[i - 1])))
			continue;
		if (c->r->order != ORDER_ARRIVAL &&
			read_number(c, n, &v->files[i], &key.number) < 0)
			return err_temp(err,
				STR_FMT ": a message was removed while it was read; try again",
				STR_ARGS(c->folder));
		n->keys[n->count++] = key;
		progress_at(&c->r->progress, i);
	}
	progress_end(&c->r->progress);
	if (c->r->order == ORDER_ARRIVAL)
		number_by_arrival(c, n);
	if (uiddb_read(c->r->db, add_uids, &k, err) < 0)
		return -1;
	if (n->count)
		qsort(n->keys, n->count, sizeof *n->keys, by_number);
	return 0;
}

/*
 * How many messages are out of order: all but the longest run of rising UIDs. LAST has, for each
 * length, the smallest UID that a run of that length can end with.
 */
static size_t count_out_of_order(const struct renumber *n, struct arena *mem)
{
	uint32_t *last = arena_alloc(mem, (n->count + 1) * sizeof *last);
	size_t longest = 0;
	for (size_t i = 0; i < n->count; i++) {
		uint32_t uid = n->keys[i].uid ? n->keys[i].uid : UINT32_MAX;
		size_t low = 0, high = longest;
		while (low < high) {
			size_t middle = low + (high - low) / 2;
			if (last[middle] <= uid)
				low = middle + 1;
			else
				high = middle;
		}
		last[low] = uid;
		longest += low == longest;
	}
	return n->count - longest;
}

/* ---- the plan ---- */

static int plan(struct change *c, uint32_t new_uidvalidity, void *context, struct err *err)
{
	struct renumber *n = context;
	if (!c->exact)
		return err_temp(err, STR_FMT ": its files keep changing; nothing was done",
			STR_ARGS(c->folder));
	if (read_keys(c, n, err) < 0)
		return -1;
	size_t bad = count_out_of_order(n, c->mem);
	n->out_of_order += bad;
	if (bad == 0 && !c->r->force)
		return 0;
	c->entries = arena_alloc(c->mem, (n->count + 1) * sizeof *c->entries);
	for (size_t i = 0; i < n->count; i++)
		c->entries[i] =
			(struct uiddb_entry){.base = n->keys[i].base, .uid = (uint32_t)i + 1};
	c->count = n->count;
	c->uidvalidity = new_uidvalidity;
	c->uidnext = (uint32_t)n->count + 1;
	return 1;
}

/* IMAP servers show the file's time as the date of arrival, and some clients sort by it. */
static int set_times(struct change *c, void *context, struct err *err)
{
	struct renumber *n = context;
	(void)err;
	for (size_t i = 0; i < n->count && c->r->order == ORDER_DATE; i++) {
		const struct view_file *f = reindex_view_find_file(&c->view, n->keys[i].base);
		const struct timespec times[2] = {
			{.tv_nsec = UTIME_OMIT}, {.tv_sec = n->keys[i].number}};
		/*
		 * If its flags have changed meanwhile, the file has another name. That does no
		 * harm.
		 */
		int fd = f ? beneath_open_file(c->r->root, path_of(c, f), O_RDONLY, 0) : -1;
		if (fd >= 0) {
			(void)futimens(fd, times);
			close(fd); /* nothing was written */
		}
	}
	return 0;
}

/* ---- asking first ---- */

static int count_folder(
	struct reindex *r, struct str directory, struct renumber *n, struct err *err)
{
	struct change c = {.r = r, .directory = directory, .mem = arena_new()};
	size_t before = n->out_of_order;
	c.folder = folder_name(directory, c.mem);
	int result = reindex_view_load_exactly(r, directory, &c.view, &c.exact, err);
	if (result == 0)
		result = plan(&c, c.view.record.uidvalidity + 1, n, err) < 0 ? -1 : 0;
	if (result == 0 && n->out_of_order > before && !r->json)
		fprintf(stderr, STR_FMT ": %zu of %zu messages are out of order\n",
			STR_ARGS(c.folder), n->out_of_order - before, n->count);
	reindex_view_free(&c.view);
	arena_free(c.mem);
	return result;
}

static int count_all(struct reindex *r, struct renumber *n, struct err *err)
{
	struct str_list folders;
	int result = reindex_view_folders(r, &folders, err);
	for (size_t i = 0; result == 0 && i < folders.count; i++)
		result = count_folder(r, folders.items[i], n, err);
	return result;
}

static int ask(const struct reindex *r, const struct renumber *n, struct err *err)
{
	char answer[16];
	const char *which = r->force ? "all folders" : "the folders that are out of order";
	if (!isatty(STDIN_FILENO))
		return err_temp(err,
			"%zu messages with UIDs are out of order; use --yes to renumber: IMAP "
			"clients will fetch %s again",
			n->out_of_order, which);
	fprintf(stderr, "IMAP clients will fetch %s again. Renumber them? [y/N] ", which);
	if (!fgets(answer, sizeof answer, stdin) || (answer[0] != 'y' && answer[0] != 'Y'))
		return err_temp(err, "nothing was done");
	return 0;
}

static int renumber(struct reindex *r, struct err *err)
{
	struct renumber n = {0};
	const struct change_work work = {
		.plan = plan, .done = set_times, .done_always = true, .context = &n};
	if (!r->dry_run && !r->yes) {
		/*
		 * Runs even if nothing seems to be out of order, because times must be set and
		 * other UIDs may be found.
		 */
		if (count_all(r, &n, err) < 0 || ask(r, &n, err) < 0)
			return -1;
		n = (struct renumber){0};
	}
	int status = reindex_change(r, &work, err);
	if (n.undated && r->order == ORDER_DATE)
		program_complain("%zu messages have no date that can be read: the time of the file "
				 "is used instead",
			n.undated);
	struct str unread = packed_tally_text(&n.unread, r->mem);
	if (unread.n)
		program_complain(STR_FMT, STR_ARGS(unread));
	return status;
}

const struct reindex_command reindex_renumber = {
	.is = {"renumber", "",
		"give new UIDs in the order of dates (--order=date, arrival or size)", 0},
	.need = REINDEX_CHANGES,
	.run = renumber,
};
