/* vnd.mda.filetype: the types of attachments by their bytes, whatever their names are. */
#include "filters/sieve/check.h"
#include "filters/sieve/match.h"
#include "filters/sieve/parts.h"

#include "base/filetype.h"
#include "base/limits.h"

/* ---- one part ---- */

/* The name in Content-Disposition or Content-Type; empty: none. */
static struct str filename_of(struct sv_run *run, const struct mime_part *part)
{
	static const char *const places[][2] = {
		{"Content-Disposition", "filename"}, {"Content-Type", "name"}};
	struct str name = STR_EMPTY;
	for (size_t i = 0; i < sizeof places / sizeof *places && name.n == 0; i++) {
		struct value_fields found = {0};
		value_find(parts_fields(run, part), str_of(places[i][0]), &found, run->scratch);
		if (found.count == 0)
			continue;
		struct str value = value_text(found.items[0], run->limits->field, run->mem)->text;
		(void)mime_parameter(value, str_of(places[i][1]), run->scratch, &name);
	}
	return name;
}

static int match_type(struct match *m, const struct mime_part *part)
{
	struct str type;
	if (parts_type(m->run, m->node, part, &type) < 0)
		return -1;
	m->source = filename_of(m->run, part);
	if (type.n)
		match_text(m, type);
	return 0;
}

enum { STEPS_AN_ARCHIVE = 200000 };

/* The names in a zip archive, one level deep. */
static int match_archived(struct match *m, const struct mime_part *part)
{
	struct sv_value *content;
	struct str_list names = {0};
	if (parts_content(m->run, m->node, part, &content) < 0 ||
		run_charge(m->run, m->node, STEPS_AN_ARCHIVE) < 0)
		return -1;
	/* What is not an archive, or a broken one, has no names. */
	(void)filetype_zip_names(content->text, LIMIT_RUN_ZIP_NAMES, m->run->scratch, &names);
	m->source = filename_of(m->run, part);
	for (size_t i = 0; i < names.count && !m->result; i++)
		match_text(m, names.items[i]);
	return 0;
}

static int disagrees(struct match *m, const struct mime_part *part)
{
	struct str type, name = filename_of(m->run, part);
	if (parts_type(m->run, m->node, part, &type) < 0)
		return -1;
	/* If the part does not say its type, the type is a default and not a claim. */
	struct value_fields said = {0};
	value_find(parts_fields(m->run, part), STR_LIT("Content-Type"), &said, m->run->scratch);
	struct str declared = STR_EMPTY;
	if (said.count)
		declared = arena_fmt(m->run->scratch, STR_FMT "/" STR_FMT, STR_ARGS(part->type),
			STR_ARGS(part->subtype));
	m->result = filetype_disagrees(type, declared, name);
	if (m->result)
		run_note(m->run, m->node, "\"" STR_FMT "\", declared as " STR_FMT ", is " STR_FMT,
			STR_ARGS(name), STR_ARGS(declared), STR_ARGS(type));
	return 0;
}

/* ---- the test ---- */

static int each_leaf(struct match *m, int (*each)(struct match *m, const struct mime_part *part))
{
	const struct mime_part *top = parts_current(m->run, m->node);
	bool all = run_tag(m->node, ":anychild") != NULL;
	for (const struct mime_part *p = top; p && !m->result; p = all ? mime_next(p, top) : NULL)
		if (parts_is_leaf(p) && each(m, p) < 0)
			return -1;
	return 0;
}

static int test_filetype(struct sv_run *run, const struct sv_node *node)
{
	struct match m = {.run = run, .node = node};
	if (run_tag(node, ":mismatch"))
		return each_leaf(&m, disagrees) < 0 ? -1 : m.result;
	if (match_start(&m, run, node) < 0 ||
		each_leaf(&m, run_tag(node, ":archived") ? match_archived : match_type) < 0)
		return -1;
	return match_end(&m);
}

static void check_filetype(struct check *c, struct sv_node *node)
{
	bool mismatch = check_tag(node, ":mismatch") != NULL;
	if (mismatch && node->keys)
		check_error(c, node->place, "\"filetype :mismatch\" takes no types to look for");
	else if (!mismatch && !node->keys)
		check_error(c, node->place, "\"filetype\" needs types to look for, or :mismatch");
}

static const struct sv_word words[] = {
	{
		.name = "filetype",
		.role = SV_TEST,
		.takes = SV_MATCHES,
		.args = {{.type = SV_STRINGS,
			.what = "types to look for",
			.keys = true,
			.optional = true}},
		.check = check_filetype,
		.test = test_filetype,
	},
	{0},
};

#define GROUP "what is looked at"

static const struct sv_tag tags[] = {
	{.name = ":anychild", .on = "filetype"},
	{.name = ":mismatch", .on = "filetype", .group = GROUP},
	{.name = ":archived", .on = "filetype", .group = GROUP},
	{0},
};

const struct sv_ext ext_mda_filetype = {
	.name = "vnd.mda.filetype", .rfc = "mda", .words = words, .tags = tags};
