#include "filters/label/contacts_book.h"

#include "base/address.h"
#include "base/io.h"
#include "base/kv/kv_compile.h"
#include "base/path.h"
#include "base/vcard.h"
#include "filters/label/contacts_files.h"
#include "filters/lists/list_record.h"

#include <string.h>

enum { INFO, ENTRIES, TABLES };
enum {
	FORMAT = 1,
	FILE_MOST = 256 * 1024 * 1024,
	SMALL_BYTES = 256 * 1024, /* a delivery reads books up to this size itself */
	SMALL_FILES = 200,
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

struct compiler {
	struct arena *mem;
	struct kv_rows *rows;
	struct str sources;
};

/* A key that is too long is left out, because no delivery can ask for it. */
static void take(void *context, const struct book_entry *entry)
{
	struct compiler *c = context;
	struct arena *mem = arena_new();
	struct str name = str_slice(entry->name, 0, str_find(entry->name, '\0'));
	struct str value =
		arena_fmt(mem, STR_FMT "%c" STR_FMT, STR_ARGS(name), 0, STR_ARGS(entry->file));
	(void)kv_rows_add(c->rows, entry->key, value, kv_rows_count(c->rows));
	arena_free(mem);
}

static int write_sources(struct kv *kv, void *context, struct err *err)
{
	const struct compiler *c = context;
	return kv_put(kv, INFO, STR_LIT(SOURCES_KEY), c->sources, err);
}

/* Waits until the files are so old that their times show every later change. */
static void let_settle(const struct book_files *files)
{
	for (size_t i = 0; i < files->source_count; i++)
		if (list_settle(files->sources[i].seconds))
			return;
}

/* Of several cards with the same address, the first counts. */
static int build(const char *to, struct compiler *c, struct book_compiled *done, struct err *err)
{
	const struct kv_compile how = {.layout = &layout,
		.table = ENTRIES,
		.same = KV_FIRST,
		.rest = write_sources,
		.context = c};
	const char *slash = strrchr(to, '/');
	struct str dir = str_slice(str_of(to), 0, slash ? (size_t)(slash - to) : 0);
	if (dir.n && io_make_dirs(arena_cstr(c->mem, dir), 0700, err) < 0)
		return -1;
	done->addresses = kv_rows_count(c->rows);
	return kv_compile(c->rows, &how, to, 0600, &done->bytes, err);
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
	done->files = files.files.count;
	return build(book->compiled, c, done, err) < 0 ? -1 : 1;
}

int contacts_book_compile(const struct book *book, struct book_compiled *done, struct err *err)
{
	struct compiler c = {.mem = arena_new(), .rows = kv_rows_new()};
	int r = contacts_files_exist(book->paths, c.mem) ? compile(book, &c, done, err)
							 : kv_compile_remove(book->compiled, err);
	kv_rows_free(c.rows);
	arena_free(c.mem);
	return r;
}
