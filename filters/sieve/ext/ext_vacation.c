/*
 * vacation (RFC 5230) and vacation-seconds (RFC 6131). Whether an answer is really sent is decided
 * elsewhere.
 */
#include "base/str_list.h"
#include "filters/sieve/check.h"
#include "filters/sieve/run.h"
#include "filters/sieve/vacation.h"

#include "base/address.h"
#include "base/mime_entity.h"

enum { DAY = 24 * 3600, USUAL_DAYS = 7, MAX_DAYS = 365 };

static const char *excludes(const struct sv_action *self, const struct sv_action *other)
{
	if (other->kind == self->kind)
		return "vacation can be taken only once (RFC 5230 section 4.7)";
	if (other->kind->effect == SV_REFUSES)
		return "vacation cannot go with reject (RFC 5230 section 4.7)";
	return NULL;
}

const struct sv_action_kind vacation_action = {
	.name = "vacation", .effect = SV_ANSWERS, .conflict = excludes};

/* ---- arguments ---- */

/* The string of a tag; empty when it is not given. */
static int text_of(
	struct sv_run *run, const struct sv_node *node, const char *tag, struct str *text)
{
	const struct sv_tagged *t = run_tag(node, tag);
	*text = STR_EMPTY;
	return t ? run_text(run, node, &t->value.strings[0], text) : 0;
}

static int addresses_of(struct sv_run *run, const struct sv_node *node, struct str_list *list)
{
	const struct sv_tagged *t = run_tag(node, ":addresses");
	for (size_t i = 0; t && i < t->value.count; i++) {
		struct str text;
		if (run_text(run, node, &t->value.strings[i], &text) < 0)
			return -1;
		struct str address = action_address(text, run->mem);
		if (address.n)
			str_list_add(list, address, run->mem);
		else
			run_note(run, node, "\"" STR_FMT "\" is not an address", STR_ARGS(text));
	}
	return 0;
}

static unsigned long long seconds_of(const struct sv_node *node)
{
	const struct sv_tagged *days = run_tag(node, ":days"), *seconds = run_tag(node, ":seconds");
	unsigned long long most = (unsigned long long)MAX_DAYS * DAY;
	unsigned long long n = (unsigned long long)USUAL_DAYS * DAY;
	if (seconds)
		n = seconds->value.number;
	else if (days && days->value.number > MAX_DAYS)
		n = most;
	else if (days)
		n = (days->value.number ? days->value.number : 1) * DAY;
	return n < most ? n : most;
}

static void add_part(struct buf *to, const char *name, struct str text)
{
	buf_fmt(to, "%s %zu ", name, text.n);
	buf_add(to, text);
}

/* Made from the script's text: variables are not expanded (section 4.2). */
static struct str synthesized_handle(const struct sv_node *node, struct arena *mem)
{
	static const char *const tags[] = {":subject", ":from"};
	struct buf text = {0};
	for (size_t i = 0; i < sizeof tags / sizeof *tags; i++) {
		const struct sv_tagged *t = run_tag(node, tags[i]);
		if (t)
			add_part(&text, tags[i], t->value.strings[0].text);
	}
	add_part(&text, run_tag(node, ":mime") ? ":mime" : "", node->args[0]->strings[0].text);
	struct str handle = arena_str(mem, buf_str(&text));
	buf_free(&text);
	return handle;
}

static int read_arguments(struct sv_run *run, const struct sv_node *node, struct sv_vacation *v)
{
	v->seconds = seconds_of(node);
	v->mime = run_tag(node, ":mime") != NULL;
	if (text_of(run, node, ":subject", &v->subject) < 0 ||
		text_of(run, node, ":from", &v->from) < 0 ||
		text_of(run, node, ":handle", &v->handle) < 0 ||
		addresses_of(run, node, &v->addresses) < 0)
		return -1;
	if (!run_tag(node, ":handle"))
		v->handle = synthesized_handle(node, run->mem);
	return 0;
}

/* ---- for people and tests ---- */

static void describe(const struct sv_node *node, const struct sv_vacation *v, struct sv_action *a,
	struct arena *mem)
{
	if (run_tag(node, ":seconds") || v->seconds % DAY)
		action_add_property(a, "seconds", arena_fmt(mem, "%llu", v->seconds), mem);
	else
		action_add_property(a, "days", arena_fmt(mem, "%llu", v->seconds / DAY), mem);
	if (v->subject.n)
		action_add_property(a, "subject", v->subject, mem);
	if (v->from.n)
		action_add_property(a, "from", v->from, mem);
	for (size_t i = 0; i < v->addresses.count; i++)
		action_add_property(a, "addresses", v->addresses.items[i], mem);
	if (v->mime)
		action_add_property(a, "mime", STR_EMPTY, mem);
	if (run_tag(node, ":handle"))
		action_add_property(a, "handle", v->handle, mem);
}

/* ---- checks ---- */

static const char *bad_from(struct str text, struct arena *mem)
{
	struct address_list list = address_parse_list(text, mem);
	bool good = list.count > 0 && !list.malformed;
	for (size_t i = 0; i < list.count; i++)
		good &= !list.items[i].invalid && list.items[i].domain.n;
	return good ? NULL : "is not an address to send from";
}

static void check_from(struct check *c, const struct sv_node *node, const struct sv_string *s)
{
	const char *why = bad_from(s->text, c->mem);
	(void)node;
	if (why)
		check_error(c, s->place, "\"" STR_FMT "\" %s", STR_ARGS(s->text), why);
}

static void check_address(struct check *c, const struct sv_node *node, const struct sv_string *s)
{
	(void)node;
	if (action_address(s->text, c->mem).n == 0)
		check_warn(c, s->place, "\"" STR_FMT "\" is not an address, so it is ignored",
			STR_ARGS(s->text));
}

/* The header of a MIME entity is ASCII (section 5). */
static void check_vacation(struct check *c, struct sv_node *node)
{
	const struct sv_string *reason = &node->args[0]->strings[0];
	struct str rest, body, line;
	if (!check_tag(node, ":mime") || reason->piece_count)
		return;
	bool has_header = mime_entity_split(reason->text, &rest, &body);
	if (!has_header)
		check_warn(c, reason->place,
			"the text has no MIME header (such as Content-Type and a blank line), "
			"although :mime needs one; it is sent as plain text, or as HTML if it "
			"starts like HTML");
	else if (reason->text.n - rest.n == body.n && body.n)
		check_warn(c, reason->place,
			"a blank line is missing between the MIME header and the text");
	while (str_line(&rest, &line))
		for (size_t i = 0; i < line.n; i++)
			if ((unsigned char)line.p[i] >= 0x80) {
				check_error(c, reason->place,
					"the header of a MIME entity must be ASCII (RFC 5230 "
					"section 5)");
				return;
			}
}

static void check_days(struct check *c, struct sv_node *node, const struct sv_tagged *t)
{
	(void)node;
	if (t->value.number == 0)
		check_warn(c, t->value.place,
			":days 0 means 1 day here (RFC 5230 section 4.1); to answer each message, "
			"write :seconds 0 (vacation-seconds)");
}

static enum sv_flow run_vacation(struct sv_run *run, const struct sv_node *node)
{
	struct sv_vacation *v = arena_alloc(run->mem, sizeof *v);
	struct sv_action action = {.kind = &vacation_action, .data = v};
	if (run_text(run, node, &node->args[0]->strings[0], &action.argument) < 0 ||
		read_arguments(run, node, v) < 0)
		return SV_FAIL;
	/* An error that only a variable can cause is ignored (section 4.3). */
	if (v->from.n && bad_from(v->from, run->mem)) {
		run_note(run, node, "\"" STR_FMT "\" is not an address to send from",
			STR_ARGS(v->from));
		v->from = STR_EMPTY;
	}
	describe(node, v, &action, run->mem);
	return run_action(run, node, action);
}

/* ---- the tables ---- */

static const struct sv_word words[] = {
	{
		.name = "vacation",
		.role = SV_COMMAND,
		.args = {{.type = SV_STRING, .what = "a text to answer with"}},
		.check = check_vacation,
		.run = run_vacation,
	},
	{0},
};

static const struct sv_tag tags[] = {
	{
		.name = ":days",
		.on = "vacation",
		.group = "a number of days or seconds",
		.value = {.type = SV_NUMBER, .what = "a number of days"},
		.check = check_days,
	},
	{
		.name = ":subject",
		.on = "vacation",
		.value = {.type = SV_STRING, .what = "a subject"},
	},
	{
		.name = ":from",
		.on = "vacation",
		.value = {.type = SV_STRING, .what = "an address", .check = check_from},
	},
	{
		.name = ":addresses",
		.on = "vacation",
		.value = {.type = SV_STRINGS,
			.what = "addresses of the recipient's",
			.check = check_address},
	},
	{.name = ":mime", .on = "vacation"},
	{
		.name = ":handle",
		.on = "vacation",
		.value = {.type = SV_STRING, .what = "a name for this answer"},
	},
	{0},
};

const struct sv_ext ext_vacation = {
	.name = "vacation", .rfc = "RFC 5230", .words = words, .tags = tags};

static const struct sv_tag seconds_tags[] = {
	{
		.name = ":seconds",
		.on = "vacation",
		.group = "a number of days or seconds",
		.value = {.type = SV_NUMBER, .what = "a number of seconds"},
	},
	{0},
};

const struct sv_ext ext_vacation_seconds = {
	.name = "vacation-seconds",
	.rfc = "RFC 6131",
	.implies = "vacation",
	.tags = seconds_tags,
};
