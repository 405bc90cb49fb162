#include "filters/sieve/parts.h"

#include "base/filetype.h"
#include "base/html.h"
#include "filters/sieve/edit.h"

/* ---- structure ---- */

/* About what GMime needs for each part. */
enum { PART_COST = 4096 };

static void read_parts(struct sv_run *run)
{
	struct str message = edit_message(run);
	run->parts = mime_parts(message, run->mem);
	for (const struct mime_part *p = run->parts; p; p = mime_next(p, run->parts))
		run->outside += PART_COST;
}

const struct mime_part *parts_root(struct sv_run *run, const struct sv_node *node)
{
	if (run->view)
		return run->view;
	if (!run->parts_known)
		read_parts(run);
	run->parts_known = true;
	const char *why = run->parts ? NULL : mime_needed();
	if (!run->parts)
		run_note(run, node, "the parts of the message cannot be read%s%s", why ? ": " : "",
			why ? why : "");
	return run->parts;
}

const struct mime_part *parts_current(struct sv_run *run, const struct sv_node *node)
{
	return run->part ? run->part : parts_root(run, node);
}

bool parts_is_leaf(const struct mime_part *part)
{
	return !part->child && !str_eq(part->type, STR_LIT("multipart"));
}

/* ---- cached values ---- */

static struct part_values *values_of(struct sv_run *run, const struct mime_part *part)
{
	if (!run->part_values)
		run->part_values =
			arena_alloc(run->mem, (MIME_MAX_PARTS + 1) * sizeof *run->part_values);
	struct part_values **place = &run->part_values[part->number];
	if (!*place || (*place)->part != part) {
		*place = arena_alloc(run->mem, sizeof **place);
		(*place)->part = part;
	}
	return *place;
}

static void collect_fields(
	struct sv_run *run, const struct mime_part *part, struct value_fields *to)
{
	for (size_t i = 0; i < part->field_count; i++) {
		struct value_field *f = arena_alloc(run->mem, sizeof *f);
		*f = (struct value_field){.name = part->fields[i].name,
			.header = part->fields[i],
			.number = VALUE_ADDED};
		*(struct value_field **)ARENA_PUSH(run->mem, to->items, to->count) = f;
	}
}

const struct value_fields *parts_fields(struct sv_run *run, const struct mime_part *part)
{
	if (!part && run->view)
		part = run->view;
	if (!part || part == run->parts)
		return &run->header;
	struct part_values *v = values_of(run, part);
	if (v->fields.count == 0)
		collect_fields(run, part, &v->fields);
	return &v->fields;
}

/* ---- contents ---- */

static bool is_text(const struct mime_part *part)
{
	return str_eq(part->type, STR_LIT("text"));
}

static bool is_xhtml(const struct mime_part *part)
{
	return str_eq(part->type, STR_LIT("application")) &&
	       str_eq(part->subtype, STR_LIT("xhtml+xml"));
}

static bool has_known_encoding(struct sv_run *run, const struct mime_part *part)
{
	static const char *const known[] = {"7bit", "8bit", "binary", "quoted-printable", "base64",
		"x-uuencode", "uuencode", "x-uue", ""};
	struct value_fields found = {0};
	value_find(parts_fields(run, part), STR_LIT("Content-Transfer-Encoding"), &found,
		run->scratch);
	if (found.count == 0)
		return true;
	struct str word = str_trim(mime_field_type(found.items[0]->header.value));
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (str_ieq(word, str_of(known[i])))
			return true;
	return false;
}

bool parts_is_text(struct sv_run *run, const struct mime_part *part)
{
	return parts_is_leaf(part) && (is_text(part) || is_xhtml(part)) &&
	       has_known_encoding(run, part);
}

int parts_content(struct sv_run *run, const struct sv_node *node, const struct mime_part *part,
	struct sv_value **content)
{
	struct part_values *v = values_of(run, part);
	if (!v->decoded) {
		v->content.text =
			is_text(part) ? mime_text(part, run->mem) : mime_content(part, run->mem);
		v->decoded = true;
		if (run_charge_memory(run, node, v->content.text.n) < 0)
			return -1;
	}
	*content = &v->content;
	return 0;
}

int parts_readable(struct sv_run *run, const struct sv_node *node, const struct mime_part *part,
	struct sv_value **text)
{
	struct part_values *v = values_of(run, part);
	if (parts_content(run, node, part, text) < 0)
		return -1;
	if (!str_eq(part->subtype, STR_LIT("html")) && !is_xhtml(part))
		return 0;
	if (!v->reduced && run_charge_memory(run, node, v->content.text.n) < 0)
		return -1;
	if (!v->reduced)
		v->readable.text = html_text(v->content.text, run->mem);
	v->reduced = true;
	*text = &v->readable;
	return 0;
}

int parts_type(struct sv_run *run, const struct sv_node *node, const struct mime_part *part,
	struct str *type)
{
	enum { STEPS_A_TYPE = 200000 };
	struct part_values *v = values_of(run, part);
	struct sv_value *content;
	const char *why = NULL;
	if (!v->typed && (run_charge(run, node, STEPS_A_TYPE) < 0 ||
				 parts_content(run, node, part, &content) < 0))
		return -1;
	if (!v->typed)
		v->type = filetype_of(content->text, run->mem, &why);
	v->typed = true;
	if (why)
		run_note(run, node, "%s", why);
	*type = v->type;
	return 0;
}
