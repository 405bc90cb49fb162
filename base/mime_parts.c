#include "base/mime.h"

#include "base/mime_field.h"
#include "base/mime_measure.h"
#include "base/mime_module.h"
#include "base/mime_plain.h"
#include "base/transfer.h"
#include "base/utf8.h"

#include <stdlib.h>

/* ---- what GMime has read ---- */

struct mime_tree {
	struct str message;
	struct mime_module_part *root; /* NULL: GMime has not read it */
	struct arena *mem;
};

static void release(void *data)
{
	mime_functions()->forget(data);
}

static struct mime_module_part *read_tree(struct mime_tree *t)
{
	const struct mime_module *m = t->root ? NULL : mime_functions();
	if (m)
		t->root = m->parse(t->message.p, mime_measure(t->message).length);
	if (m && t->root)
		arena_on_free(t->mem, release, t->root);
	return t->root;
}

/* The part that follows in the order of mime_next(). */
static const struct mime_module_part *next_inside(const struct mime_module_part *p)
{
	if (p->child)
		return p->child;
	while (p && !p->next)
		p = p->parent;
	return p ? p->next : NULL;
}

/* GMime's part; NULL when the module is missing. There are few parts if GMime has not read them. */
static const struct mime_module_part *inside(const struct mime_part *part)
{
	if (part->inside)
		return part->inside;
	const struct mime_module_part *p = read_tree(part->tree);
	for (size_t i = 0; p && i < part->number; i++)
		p = next_inside(p);
	return p;
}

/* ---- structure ---- */

static struct header field_of(const struct mime_module_field *from, struct arena *mem)
{
	struct header h = {.name = arena_str(mem, str_of(from->name)),
		.value = arena_str(mem, str_of(from->value))};
	if (h.value.n && h.value.p[h.value.n - 1] == '\n')
		h.value.n--;
	return h;
}

static struct str copy(const char *text, struct arena *mem)
{
	return arena_str(mem, str_of(text));
}

/* A Content-Type that cannot be read counts as text/plain (RFC 2045 section 5.2). */
static bool is_untyped(const struct mime_part *p)
{
	for (size_t i = 0; i < p->field_count; i++) {
		struct str type = mime_field_type(p->fields[i].value);
		if (!str_ieq(p->fields[i].name, STR_LIT("Content-Type")))
			continue;
		size_t slash = str_find(type, '/');
		return slash == 0 || slash + 1 >= type.n || p->type.n == 0 || p->subtype.n == 0;
	}
	return false;
}

static struct mime_part *import_part(
	const struct mime_module_part *from, struct mime_tree *tree, struct arena *mem)
{
	struct mime_part *p = arena_alloc(mem, sizeof *p);
	struct header *fields = arena_alloc(mem, (from->field_count + 1) * sizeof *fields);
	for (size_t i = 0; i < from->field_count; i++)
		fields[i] = field_of(&from->fields[i], mem);
	*p = (struct mime_part){
		.type = arena_lower(mem, str_of(from->type)),
		.subtype = arena_lower(mem, str_of(from->subtype)),
		.fields = fields,
		.field_count = from->field_count,
		.prologue = copy(from->prologue, mem),
		.epilogue = copy(from->epilogue, mem),
		.header = copy(from->header, mem),
		.inside = from,
		.tree = tree,
	};
	if (is_untyped(p)) {
		p->type = STR_LIT("text");
		p->subtype = STR_LIT("plain");
	}
	return p;
}

static struct mime_part *import(const struct mime_module_part *from, struct mime_tree *tree,
	size_t *number, unsigned depth, struct arena *mem)
{
	struct mime_part *p = import_part(from, tree, mem), *last = NULL;
	p->number = (*number)++;
	p->is_cut = depth == LIMIT_MIME_DEPTH && from->child;
	for (const struct mime_module_part *c = p->is_cut ? NULL : from->child; c; c = c->next) {
		struct mime_part *child = import(c, tree, number, depth + 1, mem);
		child->parent = p;
		if (last)
			last->next = child;
		else
			p->child = child;
		last = child;
	}
	return p;
}

const struct mime_part *mime_parts(struct str message, struct arena *mem)
{
	struct mime_tree *tree = arena_alloc(mem, sizeof *tree);
	*tree = (struct mime_tree){.message = message, .mem = mem};
	size_t number = 0;
	struct mime_part *root = mime_plain_parts(message, tree, mem);
	if (!root && read_tree(tree))
		root = import(tree->root, tree, &number, 0, mem);
	return root;
}

const struct mime_part *mime_skip(const struct mime_part *part, const struct mime_part *root)
{
	while (part != root && !part->next)
		part = part->parent;
	return part == root ? NULL : part->next;
}

const struct mime_part *mime_next(const struct mime_part *part, const struct mime_part *root)
{
	return part->child ? part->child : mime_skip(part, root);
}

/* ---- contents ---- */

static struct str take(struct mime_bytes *bytes, bool good, struct arena *mem)
{
	struct str s = STR_EMPTY;
	if (good)
		s = arena_str(mem, (struct str){bytes->p, bytes->n});
	free(bytes->p);
	return s;
}

struct str mime_content(const struct mime_part *part, struct arena *mem)
{
	struct mime_bytes bytes = {0};
	struct str content;
	if (part->plain && part->child)
		return STR_EMPTY;
	if (part->plain && mime_plain_content(part->plain, mem, &content))
		return content;
	const struct mime_module_part *p = inside(part);
	return take(&bytes, p && !p->child && mime_functions()->content(p, &bytes), mem);
}

/* False: there is no such charset, or the module is missing. */
static bool to_utf8(struct str charset, struct str text, struct arena *mem, struct str *utf8)
{
	struct mime_bytes bytes = {0};
	if (charset.n == 0 || str_ieq(charset, STR_LIT("iso-8859-1"))) {
		*utf8 = transfer_latin1(text, mem);
		return true;
	}
	const struct mime_module *m = mime_functions();
	if (!m || !m->to_utf8_lossy(arena_cstr(mem, charset), text.p, text.n, &bytes))
		return false;
	/* iconv goes beyond U+10FFFF. */
	*utf8 = utf8_mended(take(&bytes, true, mem), mem);
	return true;
}

struct str mime_text(const struct mime_part *part, struct arena *mem)
{
	struct str text = mime_content(part, mem);
	struct str charset = part->plain ? part->plain->charset : str_of(part->inside->charset);
	/* Many mailers write UTF-8 without saying so. */
	if (utf8_valid(text) && (charset.n == 0 || str_istarts(charset, STR_LIT("utf")) ||
					str_ieq(charset, STR_LIT("us-ascii"))))
		return text;
	if (!to_utf8(charset, text, mem, &text))
		text = transfer_latin1(text, mem);
	return text;
}

/* ---- fields with parameters ---- */

/* Bytes without a charset, or with a wrong one, are converted like those of a text without one. */
static struct str in_utf8(struct str text, struct arena *mem)
{
	return utf8_valid(text) ? arena_str(mem, text) : transfer_latin1(text, mem);
}

bool mime_parameter(struct str value, struct str name, struct arena *mem, struct str *parameter)
{
	struct arena *scratch = arena_new();
	const struct mime_field f = mime_field_read(value, scratch);
	bool found = mime_field_parameter(&f, name, scratch, parameter);
	if (found)
		*parameter = in_utf8(*parameter, mem);
	arena_free(scratch);
	return found;
}

/* ---- changes ---- */

bool mime_replace(
	const struct mime_part *part, struct str entity, struct arena *mem, struct str *body)
{
	struct mime_bytes bytes = {0};
	bool fits = mime_measure(entity).length == entity.n;
	const struct mime_module_part *p = fits && part->parent ? inside(part) : NULL;
	bool good = p && mime_functions()->replace(p, entity.p, entity.n, &bytes);
	*body = take(&bytes, good, mem);
	return good;
}
