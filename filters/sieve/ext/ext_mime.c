/*
 * mime (RFC 5703 section 4): header, address and exists test body parts, and parts of structured
 * fields.
 */
#include "base/mime_field.h"
#include "filters/sieve/check.h"
#include "filters/sieve/match.h"
#include "filters/sieve/parts.h"

#include <string.h>

/* ---- which fields ---- */

static int add_fields(struct sv_run *run, const struct mime_part *part, struct str name,
	struct value_fields *found)
{
	value_find(parts_fields(run, part), name, found, run->scratch);
	return 0;
}

/* Without :anychild, the fields of one part: the loop's, or the message. */
static int source(struct sv_run *run, const struct sv_node *node, const struct sv_tagged *t,
	struct str name, struct value_fields *found)
{
	(void)t;
	if (!run_tag(node, ":anychild"))
		return add_fields(run, run->part, name, found);
	const struct mime_part *top = parts_current(run, node);
	if (!top)
		return add_fields(run, NULL, name, found);
	for (const struct mime_part *p = top; p; p = mime_next(p, top))
		if (run_charge(run, node, p->field_count) < 0 ||
			add_fields(run, p, name, found) < 0)
			return -1;
	return 0;
}

/* ---- which part of them ---- */

/*
 * What a field has: Content-Type a type, Content-Disposition a word, both have parameters; other
 * fields have neither (section 4.1).
 */
enum structure { NO_STRUCTURE, HAS_WORD, HAS_TYPE };

static enum structure structure_of(const struct value_field *field)
{
	if (str_ieq(field->name, STR_LIT("Content-Type")))
		return HAS_TYPE;
	return str_ieq(field->name, STR_LIT("Content-Disposition")) ? HAS_WORD : NO_STRUCTURE;
}

/*
 * "text/plain; charset=us-ascii" has "text", "plain" and "text/plain"; "attachment; ..." has
 * "attachment", "" and "attachment".
 */
static struct str type_of(struct str whole, struct arena *mem)
{
	(void)mem;
	return str_trim(str_slice(whole, 0, str_find(whole, '/')));
}

static struct str subtype_of(struct str whole, struct arena *mem)
{
	(void)mem;
	return str_trim(str_slice(whole, str_find(whole, '/') + 1, whole.n));
}

/* Without the blanks that comments around the slash leave. */
static struct str content_type_of(struct str whole, struct arena *mem)
{
	if (str_find(whole, '/') == whole.n)
		return whole;
	return ARENA_JOIN(mem, type_of(whole, mem), STR_LIT("/"), subtype_of(whole, mem));
}

/* The work: the field is copied, parsed, and copied again. */
enum { PARAMETER_COPIES = 4, PARAMETER_STEPS_A_BYTE = 2 };

static struct header limited(const struct sv_run *run, const struct value_field *field)
{
	struct header raw = field->header;
	raw.value = str_slice(raw.value, 0, run->limits->field);
	return raw;
}

static int charge(struct sv_run *run, const struct sv_node *node, const struct header *raw)
{
	if (run_room(run, node, PARAMETER_COPIES * raw->value.n) < 0)
		return -1;
	return run_charge(run, node, PARAMETER_STEPS_A_BYTE * raw->value.n);
}

static int extract_word(struct sv_run *run, const struct sv_node *node, const struct sv_tagged *t,
	struct value_field *field, struct match *m)
{
	struct str (*const how)(struct str, struct arena *) =
		*(struct str(*const *)(struct str, struct arena *))t->tag->data;
	const struct header raw = limited(run, field);
	struct arena_mark before = arena_mark(run->scratch);
	struct str whole = STR_EMPTY;
	if (structure_of(field) != NO_STRUCTURE && charge(run, node, &raw) < 0)
		return -1;
	if (structure_of(field) != NO_STRUCTURE)
		whole = mime_field_read(message_header_text(&raw, run->scratch), run->scratch)
				.value;
	match_text(m, how(whole, run->scratch));
	arena_reset(run->scratch, before);
	return 0;
}

/* For fields that have no parameters, the value is the empty string. */
static int extract_param(struct sv_run *run, const struct sv_node *node, const struct sv_tagged *t,
	struct value_field *field, struct match *m)
{
	struct arena *mem = run->scratch;
	struct arena_mark before = arena_mark(mem);
	const struct header raw = limited(run, field);
	int r = 0;
	if (structure_of(field) == NO_STRUCTURE)
		match_text(m, STR_EMPTY);
	for (size_t i = 0; i < t->value.count && structure_of(field) && !m->result && r == 0; i++) {
		struct str name, value;
		if (run_text_now(run, node, &t->value.strings[i], &name) < 0 ||
			charge(run, node, &raw) < 0)
			r = -1;
		else if (mime_parameter(message_header_text(&raw, mem), name, mem, &value))
			match_text(m, value);
		else
			match_text(m, STR_EMPTY);
	}
	arena_reset(mem, before);
	return r;
}

/* ---- the tables ---- */

static struct str (*const the_type)(struct str, struct arena *) = type_of;
static struct str (*const the_subtype)(struct str, struct arena *) = subtype_of;
static struct str (*const the_content_type)(struct str, struct arena *) = content_type_of;

#define PART "a part of the field"

static const struct sv_tag tags[] = {
	{.name = ":mime", .on = "header address exists", .source = source},
	{.name = ":anychild", .on = "header address exists", .needs = ":mime"},
	{
		.name = ":type",
		.on = "header",
		.group = PART,
		.needs = ":mime",
		.data = &the_type,
		.extract = extract_word,
	},
	{
		.name = ":subtype",
		.on = "header",
		.group = PART,
		.needs = ":mime",
		.data = &the_subtype,
		.extract = extract_word,
	},
	{
		.name = ":contenttype",
		.on = "header",
		.group = PART,
		.needs = ":mime",
		.data = &the_content_type,
		.extract = extract_word,
	},
	{
		.name = ":param",
		.on = "header",
		.group = PART,
		.needs = ":mime",
		.value = {.type = SV_STRINGS, .what = "names of parameters"},
		.extract = extract_param,
	},
	{0},
};

const struct sv_ext ext_mime = {.name = "mime", .rfc = "RFC 5703", .tags = tags};
