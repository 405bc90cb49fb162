/*
 * envelope-dsn, envelope-deliverby, redirect-dsn, redirect-deliverby (RFC 6009). An MTA passes no
 * ESMTP parameters to the delivery program, so these parts of the envelope never exist. What a
 * redirect asks for is stored with its action.
 */
#include "filters/sieve/check.h"
#include "filters/sieve/match.h"
#include "filters/sieve/run.h"

/* ---- parts of the envelope ---- */

static int none(struct sv_run *run, const struct sv_node *node, struct match *m)
{
	run_note(run, node, "the MTA does not report \"" STR_FMT "\"", STR_ARGS(m->source));
	return 0;
}

/* The only one that an MTA does pass. */
static int orcpt(struct sv_run *run, const struct sv_node *node, struct match *m)
{
	struct str original = run->input->env->original_recipient;
	(void)node;
	if (original.n)
		match_text(m, arena_fmt(run->mem, "rfc822;" STR_FMT, STR_ARGS(original)));
	return 0;
}

static const struct sv_envelope_part dsn_parts[] = {
	{"notify", false, none},
	{"orcpt", false, orcpt},
	{"ret", false, none},
	{"envid", false, none},
	{0},
};

static const struct sv_envelope_part deliverby_parts[] = {
	{"bytimeabsolute", false, none},
	{"bytimerelative", false, none},
	{"bymode", false, none},
	{"bytrace", false, none},
	{0},
};

const struct sv_ext ext_envelope_dsn = {
	.name = "envelope-dsn", .rfc = "RFC 6009", .envelope_parts = dsn_parts};
const struct sv_ext ext_envelope_deliverby = {
	.name = "envelope-deliverby", .rfc = "RFC 6009", .envelope_parts = deliverby_parts};

/* ---- redirect ---- */

/* The property has the name and the value of the tag. */
static int apply(struct sv_run *run, const struct sv_node *node, const struct sv_tagged *t,
	struct sv_action *action)
{
	struct str value = STR_EMPTY;
	if (t->tag->value.type == SV_STRING &&
		run_text(run, node, &t->value.strings[0], &value) < 0)
		return -1;
	if (t->tag->value.type == SV_NUMBER)
		value = arena_fmt(run->mem, "%llu", t->value.number);
	action_add_property(action, t->tag->name + 1, value, run->mem);
	return 0;
}

/* One of WORDS, or several of them separated by commas. */
static bool all_listed(struct str text, const char *words)
{
	while (text.n) {
		size_t comma = str_find(text, ',');
		if (!lookup_listed(words, str_trim(str_slice(text, 0, comma))))
			return false;
		text = str_slice(text, comma + 1, text.n);
	}
	return true;
}

static void check_notify(struct check *c, const struct sv_node *node, const struct sv_string *s)
{
	bool never = str_ieq(s->text, STR_LIT("never"));
	(void)node;
	if (!never && (s->text.n == 0 || !all_listed(s->text, "success failure delay")))
		check_error(c, s->place,
			"\"" STR_FMT
			"\" is neither \"never\" nor a list of success, failure, delay (RFC 3461)",
			STR_ARGS(s->text));
}

static void check_ret(struct check *c, const struct sv_node *node, const struct sv_string *s)
{
	(void)node;
	if (!lookup_listed("full hdrs", s->text))
		check_error(c, s->place, "\"" STR_FMT "\" is neither FULL nor HDRS (RFC 3461)",
			STR_ARGS(s->text));
}

static void check_mode(struct check *c, const struct sv_node *node, const struct sv_string *s)
{
	(void)node;
	if (!lookup_listed("notify return", s->text))
		check_error(c, s->place, "\"" STR_FMT "\" is neither notify nor return (RFC 2852)",
			STR_ARGS(s->text));
}

static const struct sv_tag dsn_tags[] = {
	{
		.name = ":notify",
		.on = "redirect",
		.value = {.type = SV_STRING, .what = "when to be notified", .check = check_notify},
		.apply = apply,
	},
	{
		.name = ":ret",
		.on = "redirect",
		.value = {.type = SV_STRING, .what = "FULL or HDRS", .check = check_ret},
		.apply = apply,
	},
	{0},
};

static const struct sv_tag deliverby_tags[] = {
	{
		.name = ":bytimerelative",
		.on = "redirect",
		.group = "a time to deliver by",
		.value = {.type = SV_NUMBER, .what = "seconds"},
		.apply = apply,
	},
	{
		.name = ":bytimeabsolute",
		.on = "redirect",
		.group = "a time to deliver by",
		.value = {.type = SV_STRING, .what = "a time"},
		.apply = apply,
	},
	{
		.name = ":bymode",
		.on = "redirect",
		.value = {.type = SV_STRING, .what = "notify or return", .check = check_mode},
		.apply = apply,
	},
	{.name = ":bytrace", .on = "redirect", .apply = apply},
	{0},
};

const struct sv_ext ext_redirect_dsn = {
	.name = "redirect-dsn", .rfc = "RFC 6009", .tags = dsn_tags};
const struct sv_ext ext_redirect_deliverby = {
	.name = "redirect-deliverby",
	.rfc = "RFC 6009",
	.tags = deliverby_tags,
	.warning = "a program cannot give an MTA a time to deliver by, so this is ignored",
};
