/*
 * vnd.mda.sender: what the stages before the rules found out about the sender. The host provides it
 * as environment items, and each reason as another item.
 */
#include "filters/sieve/check.h"
#include "filters/sieve/match.h"
#include "filters/sieve/run.h"

/* Empty when the host does not know it. */
static struct str ask(struct sv_run *run, const char *item)
{
	const struct sv_host *host = run->host;
	struct str value = STR_EMPTY;
	if (host && host->environment &&
		host->environment(host->context, str_of(item), run->mem, &value) > 0)
		return value;
	return STR_EMPTY;
}

static void tell_reason(struct sv_run *run, const struct sv_node *node, const char *item)
{
	struct str reason = ask(run, item);
	if (reason.n)
		run_note(run, node, "because of " STR_FMT, STR_ARGS(reason));
}

static int test_label(struct sv_run *run, const struct sv_node *node)
{
	struct match m;
	if (match_start(&m, run, node) < 0)
		return -1;
	m.source = STR_LIT("label");
	struct str label = ask(run, "vnd.mda.label");
	tell_reason(run, node, "vnd.mda.label-reason");
	/* No label counts as zero values. */
	if (label.n || !node->match->match_count)
		match_text(&m, label);
	return match_end(&m);
}

static int test_list(struct sv_run *run, const struct sv_node *node)
{
	struct str list = ask(run, "vnd.mda.list");
	tell_reason(run, node, "vnd.mda.list-reason");
	return str_eq(list, run_tag(node, ":allowed") ? STR_LIT("allowed") : STR_LIT("blocked"));
}

static void check_label(struct check *c, const struct sv_node *node, const struct sv_string *s)
{
	bool plain = node->match && str_eq(str_of(node->match->name), STR_LIT(":is"));
	if (plain && s->text.n && !lookup_listed("external unknown", s->text))
		check_error(c, s->place,
			"\"" STR_FMT "\" is not a label; write External, Unknown, or \"\" for none",
			STR_ARGS(s->text));
}

static const struct sv_word words[] = {
	{
		.name = "sender_label",
		.role = SV_TEST,
		.takes = SV_MATCHES,
		.args = {{.type = SV_STRINGS,
			.what = "labels",
			.keys = true,
			.check = check_label}},
		.test = test_label,
	},
	{
		.name = "sender_list",
		.role = SV_TEST,
		.one_of = ":allowed or :blocked",
		.test = test_list,
	},
	{0},
};

static const struct sv_tag tags[] = {
	{.name = ":allowed", .on = "sender_list", .group = ":allowed or :blocked"},
	{.name = ":blocked", .on = "sender_list", .group = ":allowed or :blocked"},
	{0},
};

const struct sv_ext ext_mda_sender = {
	.name = "vnd.mda.sender", .rfc = "mda", .words = words, .tags = tags};
