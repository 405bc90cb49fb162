#include "filters/lists/list_compile.h"

#include "base/buf.h"
#include "base/kv/kv_compile.h"
#include "filters/lists/list_record.h"
#include "filters/lists/list_text.h"

enum {
	BROKEN_KEPT = 10,        /* no more are reported */
	REST_BYTES = 128 * 1024, /* the size of a value of the entries that are tried one by one */
};

/* ---- reading the text ---- */

struct compiler {
	struct list_info info;
	struct kv_rows *rows;
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

/* The key of a shape is never too long. */
static void add_row(struct compiler *c, const struct shape_key *key, const struct list_line *l)
{
	buf_clear(&c->part);
	add_record(&c->part, l, false);
	(void)kv_rows_add(c->rows, (struct str){key->bytes, key->n}, buf_str(&c->part), l->line);
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
		add_row(c, &key, l);
	}
}

/* ---- writing the other tables ---- */

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

/* ---- compiling ---- */

/* Entries with the same key make one value, in the order of their lines. */
static int build(struct compiler *c, const char *text, const char *to, struct list_compiled *done,
	struct err *err)
{
	const struct kv_compile how = {.layout = &list_layout,
		.table = LIST_ENTRIES,
		.same = KV_JOINED,
		.rest = write_rest,
		.rest_is_large = true,
		.context = c};
	*done = (struct list_compiled){
		.entries = c->info.entries, .rest = c->info.rest, .broken = c->info.broken};
	if (list_state_check(text, &c->info.text, err) < 0 ||
		kv_compile(c->rows, &how, to, list_record_mode(text), &done->bytes, err) < 0)
		return -1;
	return 1;
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
	struct arena *mem = arena_new();
	struct compiler c = {.rows = kv_rows_new()};
	const char *text = arena_cstr(mem, path);
	int r = list_state_settled(text, &c.info.text, err);
	if (r > 0)
		r = list_text_walk(path, 0, take_line, &c, err);
	if (r == 0)
		r = kv_compile_remove(to, err);
	else if (r > 0)
		r = build(&c, text, to, done, err);
	kv_rows_free(c.rows);
	buf_free(&c.rest);
	buf_free(&c.part);
	buf_free(&c.broken);
	arena_free(mem);
	return r;
}
