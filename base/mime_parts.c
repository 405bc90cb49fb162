#include "base/mime.h"

#include "base/limits.h"
#include "base/mime_field.h"
#include "base/mime_measure.h"
#include "base/mime_module.h"
#include "base/utf8.h"

#include <stdlib.h>

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

static struct mime_part *import_part(const struct mime_module_part *from, struct arena *mem)
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
	};
	if (is_untyped(p)) {
		p->type = STR_LIT("text");
		p->subtype = STR_LIT("plain");
	}
	return p;
}

static struct mime_part *import(
	const struct mime_module_part *from, size_t *number, unsigned depth, struct arena *mem)
{
	struct mime_part *p = import_part(from, mem), *last = NULL;
	p->number = (*number)++;
	p->is_cut = depth == LIMIT_MIME_DEPTH && from->child;
	for (const struct mime_module_part *c = p->is_cut ? NULL : from->child; c; c = c->next) {
		struct mime_part *child = import(c, number, depth + 1, mem);
		child->parent = p;
		if (last)
			last->next = child;
		else
			p->child = child;
		last = child;
	}
	return p;
}

static void release(void *data)
{
	mime_functions()->forget(data);
}

const struct mime_part *mime_parts(struct str message, struct arena *mem)
{
	const struct mime_module *m = mime_functions();
	struct mime_module_part *root =
		m ? m->parse(message.p, mime_measure(message).length) : NULL;
	if (!root)
		return NULL;
	arena_on_free(mem, release, root);
	size_t number = 0;
	return import(root, &number, 0, mem);
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
	bool holds_parts = part->inside->child != NULL;
	bool good = !holds_parts && mime_functions()->content(part->inside, &bytes);
	return take(&bytes, good, mem);
}

struct str mime_text(const struct mime_part *part, struct arena *mem)
{
	struct mime_bytes bytes = {0};
	struct str content = mime_content(part, mem);
	const char *charset = part->inside->charset;
	/* Many mailers write UTF-8 without saying so. */
	if (utf8_valid(content) && (!charset || str_istarts(str_of(charset), STR_LIT("utf")) ||
					   str_ieq(str_of(charset), STR_LIT("us-ascii"))))
		return content;
	if (mime_functions()->to_utf8_lossy(
		    charset ? charset : "iso-8859-1", content.p, content.n, &bytes))
		return take(&bytes, true, mem);
	if (mime_functions()->to_utf8_lossy("iso-8859-1", content.p, content.n, &bytes))
		return take(&bytes, true, mem);
	return content;
}

/* ---- fields with parameters ---- */

/* Bytes without a charset, or with a wrong one, are converted like those of a text without one. */
static struct str in_utf8(struct str text, struct arena *mem)
{
	struct mime_bytes bytes = {0};
	const struct mime_module *m = utf8_valid(text) ? NULL : mime_functions();
	if (!m || !m->to_utf8_lossy("iso-8859-1", text.p, text.n, &bytes))
		return arena_str(mem, text);
	return take(&bytes, true, mem);
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
	bool good = fits && part->parent &&
		    mime_functions()->replace(part->inside, entity.p, entity.n, &bytes);
	*body = take(&bytes, good, mem);
	return good;
}
