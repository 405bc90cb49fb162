#include "base/kv/kv_compile.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/path.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* A transaction is kept in memory, so the keys are written in several. */
enum { FIRST_ROOM = 1024, KEYS_PER_COMMIT = 50000 };

/* ---- the rows ---- */

struct row {
	struct str key, value;
	size_t line;
};

struct kv_rows {
	struct arena *mem;
	struct row *items;
	size_t count, room;
};

struct kv_rows *kv_rows_new(void)
{
	struct kv_rows *rows = mem_alloc(sizeof *rows);
	*rows = (struct kv_rows){.mem = arena_new()};
	return rows;
}

void kv_rows_free(struct kv_rows *rows)
{
	if (!rows)
		return;
	arena_free(rows->mem);
	free(rows->items);
	free(rows);
}

bool kv_rows_add(struct kv_rows *rows, struct str key, struct str value, size_t line)
{
	if (key.n == 0 || key.n > KV_KEY_MAX)
		return false;
	if (rows->count == rows->room) {
		rows->room = rows->room ? 2 * rows->room : FIRST_ROOM;
		rows->items = mem_resize(rows->items, rows->room * sizeof *rows->items);
	}
	rows->items[rows->count++] =
		(struct row){arena_str(rows->mem, key), arena_str(rows->mem, value), line};
	return true;
}

size_t kv_rows_count(const struct kv_rows *rows)
{
	return rows->count;
}

static int by_key(const void *a, const void *b)
{
	const struct row *x = a, *y = b;
	int r = str_compare(x->key, y->key);
	return r ? r : (x->line > y->line) - (x->line < y->line);
}

/* ---- writing them ---- */

struct writer {
	const struct kv_rows *rows;
	const struct kv_compile *how;
	size_t written; /* how many rows; REACHED counts those of the current transaction too */
	size_t reached;
	struct buf joined;
};

/* Writes the rows from *AT on that have the same key. */
static int write_key(struct kv *kv, struct writer *w, size_t *at, struct err *err)
{
	const struct row *first = &w->rows->items[*at], *end = w->rows->items + w->rows->count;
	const struct row *next = first + 1;
	while (next < end && str_eq(next->key, first->key))
		next++;
	*at += (size_t)(next - first);
	if (w->how->same == KV_FIRST || next == first + 1)
		return kv_append(kv, w->how->table, first->key, first->value, err);
	buf_clear(&w->joined);
	for (const struct row *row = first; row < next; row++)
		buf_add(&w->joined, row->value);
	return kv_append(kv, w->how->table, first->key, buf_str(&w->joined), err);
}

static int write_some(struct kv *kv, void *context, struct err *err)
{
	struct writer *w = context;
	size_t at = w->written;
	for (size_t n = 0; n < KEYS_PER_COMMIT && at < w->rows->count; n++)
		if (write_key(kv, w, &at, err) < 0)
			return -1;
	w->reached = at;
	bool is_last = at == w->rows->count && !w->how->rest_is_large;
	return is_last ? w->how->rest(kv, w->how->context, err) : 0;
}

static int fill(struct kv *kv, void *context, struct err *err)
{
	struct writer *w = context;
	bool is_due = !w->how->rest_is_large; /* without rows, too */
	for (; w->written < w->rows->count || is_due; is_due = false) {
		if (kv_write(kv, write_some, w, err) < 0)
			return -1;
		w->written = w->reached;
	}
	return w->how->rest_is_large ? kv_write(kv, w->how->rest, w->how->context, err) : 0;
}

int kv_compile(struct kv_rows *rows, const struct kv_compile *how, const char *path, mode_t mode,
	unsigned long long *bytes, struct err *err)
{
	struct writer w = {.rows = rows, .how = how};
	struct stat st;
	if (rows->count)
		qsort(rows->items, rows->count, sizeof *rows->items, by_key);
	int r = kv_build(how->layout, path, mode, fill, &w, err);
	buf_free(&w.joined);
	*bytes = r == 0 && path_stat(path, &st) == 0 ? (unsigned long long)st.st_size : 0;
	return r;
}

int kv_compile_remove(const char *path, struct err *err)
{
	if (path_unlink(path) < 0 && errno != ENOENT && errno != ENOTDIR)
		return err_temp(err, "cannot remove %s: %s", path, strerror(errno));
	return 0;
}
