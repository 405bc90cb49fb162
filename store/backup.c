#include "store/backup.h"

#include "base/beneath.h"
#include "base/buf.h"
#include "base/io.h"
#include "base/share.h"
#include "store/uidlist.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { NAMES_TRIED = 100, HEAD_BYTES = 256, TAIL_BYTES = 1024, WRITE_CHUNK = 64 * 1024 };

const char backup_name[] = "mda-uids";
static const char temporary_name[] = "mda-uids.tmp";

/* ---- opening ---- */

/*
 * Returns a descriptor, or -1: with *ABSENT set when there is no file that can be used, else with
 * an error.
 */
static int open_backup(int folder, int how, off_t *size, bool *absent, struct err *err)
{
	struct stat st;
	int fd = beneath_open(folder, backup_name, how | O_NONBLOCK, 0);
	*absent =
		fd < 0 && (errno == ENOENT || errno == ELOOP || errno == EISDIR || errno == ENXIO);
	if (fd < 0)
		return *absent ? -1
			       : err_temp(err, "cannot open %s: %s", backup_name,
					 beneath_why(errno));
	bool known = fstat(fd, &st) == 0;
	if (known && S_ISREG(st.st_mode)) {
		*size = st.st_size;
		return fd;
	}
	if (!known)
		err_temp(err, "cannot look at %s: %s", backup_name, beneath_why(errno));
	close(fd); /* nothing was written */
	*absent = known;
	return -1;
}

/* ---- what the database has ---- */

struct listing {
	struct str directory;
	struct uiddb_folder folder;
	uint32_t above; /* the file has the UIDs up to this one */
	bool whole;     /* with a header */
	int fd;
	struct buf lines;
	bool failed;
	struct err *err;
};

static bool put_line(void *context, uint32_t uid, struct str base)
{
	struct listing *l = context;
	const struct uidlist_record r = {.uid = uid, .fields = STR_EMPTY, .base = base};
	/* Other programs do not make such names, and the file consists of lines. */
	if (str_find(base, '\n') < base.n)
		return true;
	uidlist_put_record(&l->lines, UIDLIST_DOVECOT, &r);
	if (l->lines.n >= WRITE_CHUNK) {
		l->failed = io_write(l->fd, buf_str(&l->lines), backup_name, l->err) < 0;
		buf_clear(&l->lines);
	}
	return !l->failed;
}

static int list(struct uiddb *db, void *context, struct err *err)
{
	struct listing *l = context;
	int found = uiddb_find_folder(db, l->directory, &l->folder, err);
	if (found <= 0)
		return found;
	if (l->whole) {
		const struct uidlist_header h = {.version = UIDLIST_DOVECOT,
			.uidvalidity = l->folder.uidvalidity,
			.uidnext = l->folder.uidnext,
			.others = STR_EMPTY};
		uidlist_put_header(&l->lines, &h);
	}
	int r = uiddb_walk_uids(db, l->folder.id, l->above + 1, put_line, l, err);
	return l->failed ? -1 : r;
}

static int write_listing(struct listing *l, struct uiddb *db)
{
	int r = uiddb_read(db, list, l, l->err);
	if (r == 0 && l->lines.n)
		r = io_write(l->fd, buf_str(&l->lines), backup_name, l->err);
	buf_free(&l->lines);
	return r;
}

/* ---- writing a new file ---- */

static uint32_t read_head(int fd);

/*
 * Renames a file that we cannot read: it has another version or is damaged. Another file is never
 * overwritten.
 */
static int keep_other(int folder, bool *kept, struct err *err)
{
	char name[64];
	const long long now = time(NULL);
	for (int i = 0; i < NAMES_TRIED; i++) {
		snprintf(name, sizeof name, "%s.kept-%lld", backup_name, now + i); /* it fits */
		*kept = beneath_rename_new(folder, backup_name, folder, name) == 0;
		/* The file system cannot rename without overwriting. */
		if (!*kept && errno == EINVAL && beneath_exists(folder, name) < 0)
			*kept = beneath_rename(folder, backup_name, folder, name) == 0;
		if (*kept)
			return 0;
		if (errno != EEXIST && errno != EINVAL)
			break;
	}
	return err_temp(err, "cannot rename the %s that has another version: %s", backup_name,
		beneath_why(errno));
}

static int keep_if_other(int folder, bool *kept, struct err *err)
{
	bool absent;
	off_t size = 0;
	int fd = open_backup(folder, O_RDONLY, &size, &absent, err);
	if (fd < 0)
		return absent ? 0 : -1;
	bool other = size > 0 && read_head(fd) == 0;
	close(fd); /* nothing was written */
	return other ? keep_other(folder, kept, err) : 0;
}

static int put_in_place(int folder, bool *kept, struct err *err)
{
	if (keep_if_other(folder, kept, err) < 0)
		return -1;
	if (beneath_rename(folder, temporary_name, folder, backup_name) < 0)
		return err_temp(err, "cannot replace %s: %s", backup_name, beneath_why(errno));
	return io_fsync(folder, "the folder", err);
}

static int rewrite(int folder, struct uiddb *db, struct str directory, bool *kept, struct err *err)
{
	struct listing l = {.directory = directory, .whole = true, .err = err};
	const int how = O_WRONLY | O_CREAT | O_EXCL;
	beneath_unlink(folder, temporary_name); /* left by a writer that died: we have the lock */
	l.fd = share_open(folder, temporary_name, how, folder, SHARE_MAIL);
	if (l.fd < 0)
		return err_temp(err, "cannot create %s: %s", temporary_name, beneath_why(errno));
	int r = write_listing(&l, db);
	if (r == 0)
		r = io_fsync(l.fd, temporary_name, err);
	if (io_close(l.fd, temporary_name, r == 0 ? err : NULL) < 0)
		r = -1;
	if (r == 0)
		r = put_in_place(folder, kept, err);
	if (r < 0)
		beneath_unlink(folder, temporary_name); /* the first error is reported */
	return r;
}

int backup_rewrite(int folder, struct uiddb *db, struct str directory, struct err *err)
{
	bool ignored;
	return rewrite(folder, db, directory, &ignored, err);
}

/* ---- appending ---- */

/* The UIDVALIDITY in the file's first line; 0 when that line is damaged. */
static uint32_t read_head(int fd)
{
	char bytes[HEAD_BYTES];
	struct uidlist_header h;
	ssize_t n = pread(fd, bytes, sizeof bytes, 0);
	struct str head = {bytes, n > 0 ? (size_t)n : 0};
	size_t end = str_find(head, '\n');
	if (end == head.n || !uidlist_parse_header(str_slice(head, 0, end), &h) ||
		h.version != UIDLIST_DOVECOT)
		return 0;
	return h.uidvalidity;
}

/*
 * Finds the last whole record and the place after it. False when the end is damaged. In a file with
 * only the header the last UID is 0.
 */
static bool read_tail(int fd, off_t size, uint32_t *last_uid, off_t *end)
{
	char bytes[TAIL_BYTES];
	struct uidlist_record r;
	off_t from = size > TAIL_BYTES ? size - TAIL_BYTES : 0;
	ssize_t n = pread(fd, bytes, sizeof bytes, from);
	struct str tail = {bytes, n > 0 ? (size_t)n : 0};
	size_t last = str_rfind(tail, '\n');
	if (last == tail.n)
		return false;
	*end = from + (off_t)last + 1;
	size_t before = str_rfind(str_slice(tail, 0, last), '\n');
	*last_uid = 0;
	if (before == last) /* the header, or a line that is too long */
		return from == 0;
	if (!uidlist_parse_record(str_slice(tail, before + 1, last), UIDLIST_DOVECOT, &r))
		return false;
	*last_uid = r.uid;
	return true;
}

/* 1 appended, 0 the file must be written anew, -1 error. */
static int append(int fd, off_t size, struct uiddb *db, struct str directory, struct err *err)
{
	struct listing l = {.directory = directory, .fd = fd, .err = err};
	uint32_t uidvalidity = read_head(fd);
	off_t end;
	if (uidvalidity == 0 || !read_tail(fd, size, &l.above, &end))
		return 0;
	if (end < size && ftruncate(fd, end) < 0)
		return err_temp(err, "cannot mend %s: %s", backup_name, beneath_why(errno));
	if (lseek(fd, end, SEEK_SET) < 0)
		return err_temp(err, "cannot write %s: %s", backup_name, beneath_why(errno));
	if (write_listing(&l, db) < 0)
		return -1;
	return l.folder.uidvalidity == uidvalidity;
}

int backup_update(int folder, struct uiddb *db, struct str directory, bool *kept, struct err *err)
{
	bool absent, ignored = false;
	off_t size = 0;
	int done = 0;
	int fd = open_backup(folder, O_RDWR, &size, &absent, err);
	if (fd < 0 && !absent)
		return -1;
	if (fd >= 0) {
		done = append(fd, size, db, directory, err);
		if (io_close(fd, backup_name, done < 0 ? NULL : err) < 0)
			done = -1;
	}
	kept = kept ? kept : &ignored;
	*kept = false;
	return done == 0 ? rewrite(folder, db, directory, kept, err) : done < 0 ? -1 : 0;
}

/* ---- reading ---- */

bool backup_is_shared(int folder)
{
	char bytes[HEAD_BYTES];
	struct uidlist_header h;
	int fd = beneath_open(folder, backup_name, O_RDONLY | O_NONBLOCK, 0);
	if (fd < 0)
		return false;
	ssize_t n = pread(fd, bytes, sizeof bytes, 0);
	close(fd); /* nothing was written */
	struct str head = {bytes, n > 0 ? (size_t)n : 0};
	return uidlist_parse_header(str_slice(head, 0, str_find(head, '\n')), &h) && h.others.n;
}

int backup_read_ends(int folder, struct backup_ends *ends, struct err *err)
{
	bool absent;
	off_t size = 0, end;
	int fd = open_backup(folder, O_RDONLY, &size, &absent, err);
	if (fd < 0)
		return absent ? 0 : -1;
	*ends = (struct backup_ends){.uidvalidity = read_head(fd)};
	bool good = ends->uidvalidity && read_tail(fd, size, &ends->last_uid, &end);
	close(fd); /* nothing was written */
	return good;
}

struct reader {
	struct arena *mem;
	struct uiddb_entry *entries;
	size_t count;
	struct uiddb_contents *contents;
};

static int take_lines(struct reader *r, struct uidlist_reader *reader, struct err *err)
{
	struct str line;
	struct uidlist_record record;
	uint32_t last = 0;
	int more;
	while ((more = uidlist_next_line(reader, &line, err)) > 0) {
		if (!uidlist_parse_record(line, UIDLIST_DOVECOT, &record) || record.uid <= last)
			break; /* the end is damaged; what comes before it is good */
		last = record.uid;
		struct uiddb_entry *e = ARENA_PUSH(r->mem, r->entries, r->count);
		*e = (struct uiddb_entry){
			.base = arena_str(r->mem, record.base), .uid = record.uid};
	}
	return more < 0 ? -1 : 0;
}

static int by_name(const void *a, const void *b)
{
	const struct uiddb_entry *x = a, *y = b;
	int r = str_compare(x->base, y->base);
	return r ? r : (x->uid > y->uid) - (x->uid < y->uid);
}

static int by_uid(const void *a, const void *b)
{
	const struct uiddb_entry *x = a, *y = b;
	return (x->uid > y->uid) - (x->uid < y->uid);
}

/* A retry may have got a new UID for the same name: readers saw the later one. */
static void drop_earlier_names(struct reader *r)
{
	size_t kept = 0;
	if (r->count == 0)
		return;
	qsort(r->entries, r->count, sizeof *r->entries, by_name);
	for (size_t i = 0; i < r->count; i++)
		if (i + 1 == r->count || !str_eq(r->entries[i].base, r->entries[i + 1].base))
			r->entries[kept++] = r->entries[i];
	r->count = kept;
	qsort(r->entries, r->count, sizeof *r->entries, by_uid);
}

/* Never lower than NEXT: a UID once given is given for good. */
uint32_t backup_after_gap(uint32_t next)
{
	if (next >= UIDLIST_LAST_UID - BACKUP_GAP)
		return next < UIDLIST_LAST_UID ? UIDLIST_LAST_UID : next;
	return next + BACKUP_GAP;
}

static void give_numbers(struct reader *r, const struct uidlist_header *h)
{
	uint32_t next = h->uidnext;
	if (r->count && r->entries[r->count - 1].uid >= next)
		next = r->entries[r->count - 1].uid + 1;
	*r->contents = (struct uiddb_contents){
		.uidvalidity = h->uidvalidity, .uidnext = backup_after_gap(next)};
}

/* What it says is not lost for who can read it, and giving other UIDs would lose it. */
static int refuse_newer(struct str line, struct err *err)
{
	if (line.n < 2 || line.p[0] <= '0' + UIDLIST_DOVECOT || line.p[0] > '9' || line.p[1] != ' ')
		return 0;
	return err_temp(err,
		"%s: a newer version of mda made it (format %c, and this one has %d); install that "
		"version again (VERSIONS in mda-migrate(7))",
		backup_name, line.p[0], UIDLIST_DOVECOT);
}

static int read_open(int fd, struct reader *r, const char **why, struct err *err)
{
	struct uidlist_reader reader;
	struct uidlist_header h;
	struct str line;
	uidlist_reader_init(&reader, fd, 0);
	int found = uidlist_next_line(&reader, &line, err);
	if (found > 0 && refuse_newer(line, err) < 0)
		found = -1;
	if (found > 0 && (!uidlist_parse_header(line, &h) || h.version != UIDLIST_DOVECOT))
		found = 0;
	if (found == 0)
		*why = "its first line is damaged";
	int result = found > 0 ? take_lines(r, &reader, err) : found;
	uidlist_reader_free(&reader);
	if (found <= 0 || result < 0)
		return result;
	uint32_t last = r->count ? r->entries[r->count - 1].uid : 0;
	drop_earlier_names(r);
	if (h.uidnext <= last)
		h.uidnext = last + 1;
	give_numbers(r, &h);
	r->contents->entries = r->entries;
	r->contents->count = r->count;
	return 1;
}

int backup_read(int folder, struct arena *mem, struct uiddb_contents *contents, const char **why,
	struct err *err)
{
	struct reader r = {.mem = mem, .contents = contents};
	bool absent;
	off_t size;
	*why = NULL;
	int fd = open_backup(folder, O_RDONLY, &size, &absent, err);
	if (fd < 0)
		return absent ? 0 : -1;
	int result = read_open(fd, &r, why, err);
	close(fd); /* nothing was written */
	return result;
}
