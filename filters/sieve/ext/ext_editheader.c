/* editheader (RFC 5293): adds and deletes fields. */
#include "filters/sieve/check.h"

#include "base/message.h"
#include "filters/sieve/edit.h"
#include "filters/sieve/match.h"
#include "filters/sieve/run.h"

#include <string.h>

/* ---- what may be changed (section 6) ---- */

/* Is it among the names of that setting? */
static bool is_listed(const struct sv_run *run, const char *setting, struct str name)
{
	const struct sv_host *host = run->host;
	struct str rest = STR_EMPTY, word;
	if (host && host->setting)
		rest = host->setting(host->context, setting);
	while (str_word(&rest, &word))
		if (str_ieq(word, name))
			return true;
	return false;
}

static bool may_edit(const struct sv_run *run, const char *forbidden, struct str name)
{
	if (str_istarts(name, STR_LIT("X-Mda-")))
		return false;
	return str_ieq(name, STR_LIT("Subject")) ||
	       !(is_listed(run, "editheader_protected", name) || is_listed(run, forbidden, name));
}

static bool may_delete(const struct sv_run *run, struct str name)
{
	static const char *const never[] = {"Received", "Auto-Submitted"};
	for (size_t i = 0; i < sizeof never / sizeof *never; i++)
		if (str_ieq(name, str_of(never[i])))
			return false;
	return may_edit(run, "editheader_forbid_delete", name);
}

static bool may_add(const struct sv_run *run, struct str name)
{
	return may_edit(run, "editheader_forbid_add", name);
}

static void check_name(struct check *c, const struct sv_node *node, const struct sv_string *s)
{
	(void)node;
	if (!message_is_name(s->text))
		check_error(c, s->place, "\"" STR_FMT "\" cannot be the name of a header",
			STR_ARGS(s->text));
}

/* ---- addheader ---- */

static void check_value(struct check *c, const struct sv_node *node, const struct sv_string *s)
{
	(void)node;
	if (str_find(s->text, '\0') < s->text.n)
		check_error(c, s->place, "the value of a header field cannot contain a NUL byte");
	if (s->text.n > c->limits->added_bytes)
		check_error(c, s->place, "a header field can have at most %zu bytes",
			c->limits->added_bytes);
}

static size_t count_added(const struct sv_run *run)
{
	size_t n = 0;
	for (size_t i = 0; i < run->header.count; i++)
		n += run->header.items[i]->number == VALUE_ADDED;
	return n;
}

static enum sv_flow run_addheader(struct sv_run *run, const struct sv_node *node)
{
	struct str name, value;
	if (run_text(run, node, &node->args[0]->strings[0], &name) < 0 ||
		run_text(run, node, &node->args[1]->strings[0], &value) < 0 ||
		run_charge(run, node, run->header.count) < 0)
		return SV_FAIL;
	if (!message_is_name(name)) {
		run_fail(run, node, "\"" STR_FMT "\" cannot be the name of a header",
			STR_ARGS(name));
		return SV_FAIL;
	}
	if (str_find(value, '\0') < value.n) {
		run_fail(run, node, "the value of a header field cannot contain a NUL byte");
		return SV_FAIL;
	}
	if (value.n > run->limits->added_bytes || count_added(run) >= LIMIT_RUN_ADDED) {
		run_fail(run, node, "the header grows too large");
		return SV_FAIL;
	}
	if (may_add(run, name))
		edit_add(run, name, value, run_tag(node, ":last") != NULL);
	else
		run_note(run, node, "\"" STR_FMT "\" is protected", STR_ARGS(name));
	return SV_NEXT;
}

/* ---- deleteheader ---- */

/* Does the field's value match a key, if there are any? 1, 0 or -1. */
static int fits(struct sv_run *run, const struct sv_node *node, struct value_field *field)
{
	struct match m;
	if (!node->keys)
		return 1;
	if (match_start(&m, run, node) < 0)
		return -1;
	m.source = field->name;
	match_value(&m, value_text(field, run->limits->field, run->mem));
	return match_end(&m);
}

/* The fields with that name that :index selects. */
static struct value_fields select_fields(
	struct sv_run *run, const struct sv_node *node, struct str name)
{
	const struct sv_tagged *index = run_tag(node, ":index");
	struct value_fields found = {0};
	value_find(&run->header, name, &found, run->scratch);
	if (!index)
		return found;
	unsigned long long n = index->value.number;
	if (n > found.count)
		return (struct value_fields){0};
	found.items += run_tag(node, ":last") ? found.count - (size_t)n : (size_t)n - 1;
	found.count = 1;
	return found;
}

static enum sv_flow run_deleteheader(struct sv_run *run, const struct sv_node *node)
{
	struct str name;
	if (run_text(run, node, &node->args[0]->strings[0], &name) < 0 ||
		run_charge(run, node, run->header.count) < 0)
		return SV_FAIL;
	struct value_fields found = select_fields(run, node, name);
	if (found.count && !may_delete(run, name)) {
		run_note(run, node, "\"" STR_FMT "\" is protected", STR_ARGS(name));
		return SV_NEXT;
	}
	for (size_t i = 0; i < found.count; i++) {
		int r = fits(run, node, found.items[i]);
		if (r < 0)
			return SV_FAIL;
		if (r)
			edit_remove(run, found.items[i]);
	}
	return SV_NEXT;
}

static void check_index(struct check *c, struct sv_node *node, const struct sv_tagged *t)
{
	(void)node;
	if (t->value.number == 0)
		check_error(c, t->value.place, "fields are counted from 1");
}

/* ---- a second Subject ---- */

extern const struct sv_ext ext_editheader;

/* For a script: the names that it has deleted so far. */
struct deleted {
	bool subject;
};

static bool is_subject(const struct sv_node *node)
{
	const struct sv_string *name = &node->args[0]->strings[0];
	return name->piece_count == 0 && str_ieq(name->text, STR_LIT("Subject"));
}

static void check_deleteheader(struct check *c, struct sv_node *node)
{
	struct deleted *deleted = check_state(c, &ext_editheader);
	deleted->subject |= is_subject(node);
}

static void check_addheader(struct check *c, struct sv_node *node)
{
	const struct deleted *deleted = check_state(c, &ext_editheader);
	if (is_subject(node) && !deleted->subject)
		check_warn(c, node->place,
			"this adds a second Subject; to replace the old one, write deleteheader "
			"\"Subject\" first");
}

/* ---- the tables ---- */

static const struct sv_word words[] = {
	{
		.name = "addheader",
		.role = SV_COMMAND,
		.args = {{.type = SV_STRING, .what = "the name of a header", .check = check_name},
			{.type = SV_STRING, .what = "its value", .check = check_value}},
		.check = check_addheader,
		.run = run_addheader,
	},
	{
		.name = "deleteheader",
		.role = SV_COMMAND,
		.takes = SV_MATCHES,
		.args = {{.type = SV_STRING, .what = "the name of a header", .check = check_name},
			{.type = SV_STRINGS,
				.what = "the keys to look for",
				.keys = true,
				.optional = true}},
		.check = check_deleteheader,
		.run = run_deleteheader,
	},
	{0},
};

static const struct sv_tag tags[] = {
	{.name = ":last", .on = "addheader"},
	{
		.name = ":index",
		.on = "deleteheader",
		.value = {.type = SV_NUMBER, .what = "the number of a field"},
		.check = check_index,
	},
	{.name = ":last", .on = "deleteheader", .needs = ":index"},
	{0},
};

const struct sv_ext ext_editheader = {
	.name = "editheader",
	.rfc = "RFC 5293",
	.words = words,
	.tags = tags,
	.script_size = sizeof(struct deleted),
};
