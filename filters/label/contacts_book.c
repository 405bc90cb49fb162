#include "filters/label/contacts_book.h"

#include "base/address.h"
#include "base/io.h"
#include "base/kv/kv.h"
#include "base/path.h"
#include "base/vcard.h"
#include "filters/label/contacts_files.h"
#include "filters/lists/list_record.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { INFO, ENTRIES, TABLES };
enum {
	FORMAT = 1,
	FILE_MOST = 256 * 1024 * 1024,
	SMALL_BYTES = 256 * 1024, /* a delivery reads books up to this size itself */
	SMALL_FILES = 200,
	KEYS_PER_COMMIT = 50000,
};

#define SOURCES_KEY "sources"

static const char *const tables[TABLES] = {[INFO] = "info", [ENTRIES] = "entries"};
static const struct kv_layout layout = {
	.what = "compiled address book", .tables = tables, .count = TABLES, .format = FORMAT};

/* ---- the files ---- */

struct reader {
	struct str file;
	book_visit *visit;
	void *context;
};

static void on_card(void *context, struct str name, struct str address, unsigned line)
{
	(void)line;
	const struct reader *r = context;
	struct arena *mem = arena_new();
	struct address a = address_parse_envelope(address, mem);
	if (!a.invalid && a.domain.n) {
		struct book_entry entry = {address_key(&a, mem), name, r->file};
		r->visit(r->context, &entry);
	}
	arena_free(mem);
}

static int read_files(
	const struct book_files *files, book_visit *visit, void *context, struct err *err)
{
	for (size_t i = 0; i < files->files.count; i++) {
		struct reader reader = {files->files.items[i], visit, context};
		struct arena *mem = arena_new();
		struct str text;
		int r = io_read_file(arena_cstr(mem, reader.file), FILE_MOST, mem, &text, err);
		if (r > 0)
			(void)vcard_walk(
				text, on_card, &reader); /* what is left out has no address */
		arena_free(mem);
		if (r < 0)
			return -1;
	}
	return 0;
}

int contacts_book_walk(const struct book *book, book_visit *visit, void *context, struct err *err)
{
	struct arena *mem = arena_new();
	struct book_files files;
	int r = contacts_files_find(book->paths, mem, &files, err);
	if (r == 0)
		r = read_files(&files, visit, context, err);
	arena_free(mem);
	return r;
}

/* ---- asking ---- */

struct query {
	const struct book *book;
	struct str key;
	struct arena *mem;
	struct book_entry *found;
	bool is_found, is_fresh;
};

static void compare(void *context, const struct book_entry *entry)
{
	struct query *q = context;
	if (q->is_found || !str_eq(entry->key, q->key))
		return;
	q->is_found = true;
	*q->found = (struct book_entry){
		q->key, arena_str(q->mem, entry->name), arena_str(q->mem, entry->file)};
}

/* A value is a name, a NUL and the file's name. */
static int ask(struct kv *kv, void *context, struct err *err)
{
	struct query *q = context;
	struct str value;
	int r = kv_get(kv, INFO, STR_LIT(SOURCES_KEY), &value, err);
	q->is_fresh = r > 0 && contacts_files_unchanged(value, q->book->paths, q->mem);
	if (r >= 0)
		r = kv_get(kv, ENTRIES, q->key, &value, err);
	if (r <= 0)
		return r;
	size_t nul = str_find(value, '\0');
	if (nul == value.n)
		return kv_bad_record(kv, err);
	struct book_entry entry = {
		q->key, str_slice(value, 0, nul), str_slice(value, nul + 1, value.n)};
	compare(q, &entry);
	return 0;
}

static bool ask_compiled(struct query *q, struct err *err)
{
	struct kv *kv = path_exists(q->book->compiled) == 0
				? kv_open_file(&layout, q->book->compiled, err)
				: NULL;
	bool works = kv && kv_read(kv, ask, q, err) == 0;
	kv_close(kv);
	return works;
}

int contacts_book_find(const struct book *book, struct str key, struct arena *mem,
	struct book_entry *found, void (*tell)(void *context, const char *text), void *context,
	struct err *err)
{
	struct query q = {.book = book, .key = key, .mem = mem, .found = found};
	struct book_files files;
	if (!contacts_files_exist(book->paths, mem))
		return 0;
	bool compiled = ask_compiled(&q, err);
	if (compiled && q.is_fresh)
		return q.is_found;
	if (contacts_files_find(book->paths, mem, &files, err) < 0)
		return -1;
	bool is_small = files.bytes <= SMALL_BYTES && files.files.count <= SMALL_FILES;
	if (!is_small)
		tell(context, compiled ? "the address book was changed after it was compiled "
					 "(mda-contacts compile)"
				       : "the address book is large and not compiled (mda-contacts "
					 "compile)");
	if (compiled && !is_small)
		return q.is_found;
	q.is_found = false;
	return read_files(&files, compare, &q, err) < 0 ? -1 : q.is_found;
}

/* ---- compiling ---- */

struct pair {
	struct str key, value;
	size_t number; /* its place in the text */
};

struct compiler {
	struct arena *mem;
	struct pair *pairs;
	size_t count, room;
	size_t written, reached; /* how many; those after the current transaction */
	struct str sources;
};

static void take(void *context, const struct book_entry *entry)
{
	struct compiler *c = context;
	if (entry->key.n > KV_KEY_MAX)
		return;
	if (c->count == c->room) {
		c->room = c->room ? 2 * c->room : 1024;
		c->pairs = mem_resize(c->pairs, c->room * sizeof *c->pairs);
	}
	struct str name = str_slice(entry->name, 0, str_find(entry->name, '\0'));
	c->pairs[c->count] = (struct pair){arena_str(c->mem, entry->key),
		arena_fmt(c->mem, STR_FMT "%c" STR_FMT, STR_ARGS(name), 0, STR_ARGS(entry->file)),
		c->count};
	c->count++;
}

static int by_key(const void *a, const void *b)
{
	const struct pair *x = a, *y = b;
	int r = str_compare(x->key, y->key);
	return r ? r : (x->number > y->number) - (x->number < y->number);
}

/* Of several cards with the same address, the first counts. */
static int write_some(struct kv *kv, void *context, struct err *err)
{
	struct compiler *c = context;
	size_t at = c->written;
	for (size_t n = 0; n < KEYS_PER_COMMIT && at < c->count; n++, at++)
		if ((at == 0 || !str_eq(c->pairs[at].key, c->pairs[at - 1].key)) &&
			kv_append(kv, ENTRIES, c->pairs[at].key, c->pairs[at].value, err) < 0)
			return -1;
	c->reached = at;
	return at == c->count ? kv_put(kv, INFO, STR_LIT(SOURCES_KEY), c->sources, err) : 0;
}

static int fill(struct kv *kv, void *context, struct err *err)
{
	struct compiler *c = context;
	do {
		if (kv_write(kv, write_some, c, err) < 0)
			return -1;
		c->written = c->reached;
	} while (c->written < c->count);
	return 0;
}

/* Waits until the files are so old that their times show every later change. */
static void let_settle(const struct book_files *files)
{
	for (size_t i = 0; i < files->source_count; i++)
		if (list_settle(files->sources[i].seconds))
			return;
}

static int compile(
	const struct book *book, struct compiler *c, struct book_compiled *done, struct err *err)
{
	struct book_files files;
	if (contacts_files_find(book->paths, c->mem, &files, err) < 0)
		return -1;
	let_settle(&files);
	if (contacts_files_find(book->paths, c->mem, &files, err) < 0)
		return -1;
	c->sources = contacts_files_write(&files, c->mem);
	if (read_files(&files, take, c, err) < 0)
		return -1;
	if (!contacts_files_unchanged(c->sources, book->paths, c->mem))
		return err_temp(err, "the address book was changed while it was read; try again");
	if (c->count)
		qsort(c->pairs, c->count, sizeof *c->pairs, by_key);
	struct stat st;
	const char *slash = strrchr(book->compiled, '/');
	size_t n = slash ? (size_t)(slash - book->compiled) : 0;
	if (n && io_make_dirs(arena_cstr(c->mem, str_slice(str_of(book->compiled), 0, n)), 0700,
			 err) < 0)
		return -1;
	if (kv_build(&layout, book->compiled, 0600, fill, c, err) < 0)
		return -1;
	*done = (struct book_compiled){.files = files.files.count, .addresses = c->count};
	if (path_stat(book->compiled, &st) == 0)
		done->bytes = (unsigned long long)st.st_size;
	return 1;
}

int contacts_book_compile(const struct book *book, struct book_compiled *done, struct err *err)
{
	struct compiler c = {.mem = arena_new()};
	int r = 0;
	if (contacts_files_exist(book->paths, c.mem))
		r = compile(book, &c, done, err);
	else if (path_unlink(book->compiled) < 0 && errno != ENOENT && errno != ENOTDIR)
		r = err_temp(err, "cannot remove %s: %s", book->compiled, strerror(errno));
	free(c.pairs);
	arena_free(c.mem);
	return r;
}
