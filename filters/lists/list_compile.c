#include "filters/lists/list_compile.h"

#include "base/buf.h"
#include "base/path.h"
#include "filters/lists/list_record.h"
#include "filters/lists/list_text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	BROKEN_KEPT = 10,        /* no more are reported */
	REST_BYTES = 128 * 1024, /* the size of a value of the entries that are tried one by one */
	KEYS_PER_COMMIT = 50000,
};

/* ---- reading the text ---- */

struct pair {
	struct str key, record;
	uint32_t line;
};

struct compiler {
	struct arena *mem;
	struct list_info info;
	struct pair *pairs;
	size_t pair_count, pair_room;
	size_t written, reached; /* how many; those after the current transaction */
	struct buf rest, part;
	struct buf broken; /* the first ones: a record, and what is wrong */
};

static void add_record(struct buf *to, const struct list_line *l, bool with_patterns)
{
	struct list_record r = {.line = l->line,
		.until = l->until,
		.literals = (uint16_t)l->wild->literals,
		.entry = (uint16_t)l->entry.n};
	if (with_patterns) {
		r.local = (uint16_t)l->wild->local.n;
		r.domain = (uint16_t)l->wild->domain.n;
		r.subdomains = l->wild->subdomains;
	}
	buf_add(to, (struct str){(const char *)&r, sizeof r});
	buf_add(to, l->entry);
	if (with_patterns) {
		buf_add(to, l->wild->local);
		buf_add(to, l->wild->domain);
	}
}

static void add_pair(struct compiler *c, const struct shape_key *key, const struct list_line *l)
{
	if (c->pair_count == c->pair_room) {
		c->pair_room = c->pair_room ? 2 * c->pair_room : 1024;
		c->pairs = mem_resize(c->pairs, c->pair_room * sizeof *c->pairs);
	}
	buf_clear(&c->part);
	add_record(&c->part, l, false);
	c->pairs[c->pair_count++] = (struct pair){
		.key = arena_str(c->mem, (struct str){key->bytes, key->n}),
		.record = arena_str(c->mem, buf_str(&c->part)),
		.line = l->line,
	};
}

static void take_broken(struct compiler *c, const struct list_line *l)
{
	struct list_record r = {.line = l->line, .until = l->column};
	if (c->info.broken++ >= BROKEN_KEPT)
		return;
	struct str why = str_of(l->wrong);
	r.entry = (uint16_t)why.n;
	buf_add(&c->broken, (struct str){(const char *)&r, sizeof r});
	buf_add(&c->broken, why);
}

static void take_line(void *context, const struct list_line *l)
{
	struct compiler *c = context;
	struct shape_key key;
	if (!l->wild) {
		take_broken(c, l);
		return;
	}
	unsigned shape = list_shape_of(l->wild, &key);
	c->info.entries++;
	if (shape == SHAPE_NONE) {
		c->info.rest++;
		add_record(&c->rest, l, true);
	} else {
		list_shape_count(c->info.shapes, shape, &key);
		add_pair(c, &key, l);
	}
}

/* ---- writing the database ---- */

static int by_key(const void *a, const void *b)
{
	const struct pair *x = a, *y = b;
	int r = str_compare(x->key, y->key);
	return r ? r : (x->line > y->line) - (x->line < y->line);
}

/* Entries with the same key make one value, in the order of their lines. */
static int write_group(struct kv *kv, struct compiler *c, size_t *at, struct err *err)
{
	struct str key = c->pairs[*at].key;
	buf_clear(&c->part);
	while (*at < c->pair_count && str_eq(c->pairs[*at].key, key))
		buf_add(&c->part, c->pairs[(*at)++].record);
	return kv_append(kv, LIST_ENTRIES, key, buf_str(&c->part), err);
}

static int write_some(struct kv *kv, void *context, struct err *err)
{
	struct compiler *c = context;
	size_t at = c->written;
	for (size_t n = 0; n < KEYS_PER_COMMIT && at < c->pair_count; n++)
		if (write_group(kv, c, &at, err) < 0)
			return -1;
	c->reached = at;
	return 0;
}

/* Takes up to REST_BYTES of whole records. */
static struct str take_part(struct str *rest)
{
	struct str whole = *rest, text;
	struct list_record r;
	while (whole.n - rest->n < REST_BYTES && list_record_next(rest, &r, &text))
		;
	return str_slice(whole, 0, whole.n - rest->n);
}

static int write_rest(struct kv *kv, void *context, struct err *err)
{
	struct compiler *c = context;
	struct str rest = buf_str(&c->rest);
	for (uint32_t i = 0; rest.n; i++) {
		unsigned char key[] = {(unsigned char)(i >> 24), (unsigned char)(i >> 16),
			(unsigned char)(i >> 8), (unsigned char)i};
		struct str part = take_part(&rest);
		if (kv_append(kv, LIST_REST, (struct str){(const char *)key, sizeof key}, part,
			    err) < 0)
			return -1;
	}
	struct str info = {(const char *)&c->info, sizeof c->info};
	if (c->broken.n &&
		kv_put(kv, LIST_BROKEN, STR_LIT(LIST_BROKEN_KEY), buf_str(&c->broken), err) < 0)
		return -1;
	return kv_put(kv, LIST_INFO, STR_LIT(LIST_INFO_KEY), info, err);
}

static int fill(struct kv *kv, void *context, struct err *err)
{
	struct compiler *c = context;
	while (c->written < c->pair_count) {
		if (kv_write(kv, write_some, c, err) < 0)
			return -1;
		c->written = c->reached;
	}
	return kv_write(kv, write_rest, c, err);
}

/* ---- compiling ---- */

static int build(const char *text, const char *path, struct compiler *c, struct err *err)
{
	struct list_state after;
	if (c->pair_count)
		qsort(c->pairs, c->pair_count, sizeof *c->pairs, by_key);
	if (list_state_of(text, &after, err) < 0)
		return -1;
	if (!list_state_same(&after, &c->info.text))
		return err_temp(err, "%s was changed while it was read; try again", text);
	return kv_build(&list_layout, path, list_record_mode(text), fill, c, err);
}

static int remove_map(const char *path, struct err *err)
{
	if (path_unlink(path) < 0 && errno != ENOENT && errno != ENOTDIR)
		return err_temp(err, "cannot remove %s: %s", path, strerror(errno));
	return 0;
}

static void tell_done(const char *path, const struct compiler *c, struct list_compiled *done)
{
	struct stat st;
	*done = (struct list_compiled){
		.entries = c->info.entries, .rest = c->info.rest, .broken = c->info.broken};
	if (path_stat(path, &st) == 0)
		done->bytes = (unsigned long long)st.st_size;
}

int list_compile(struct str path, struct list_compiled *done, struct err *err)
{
	struct arena *mem = arena_new();
	int r = list_compile_to(path, list_record_path(path, mem), done, err);
	arena_free(mem);
	return r;
}

int list_compile_to(struct str path, const char *to, struct list_compiled *done, struct err *err)
{
	struct compiler c = {.mem = arena_new()};
	const char *text = arena_cstr(c.mem, path);
	int r = list_state_settled(text, &c.info.text, err);
	if (r > 0)
		r = list_text_walk(path, 0, take_line, &c, err);
	if (r == 0)
		r = remove_map(to, err);
	else if (r > 0 && (r = build(text, to, &c, err)) == 0)
		r = 1;
	if (r > 0)
		tell_done(to, &c, done);
	free(c.pairs);
	buf_free(&c.rest);
	buf_free(&c.part);
	buf_free(&c.broken);
	arena_free(c.mem);
	return r;
}
