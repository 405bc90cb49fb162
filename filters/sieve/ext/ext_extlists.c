/* extlists (RFC 6134): looks for values in lists outside of the script. */
#include "filters/sieve/check.h"
#include "filters/sieve/match.h"
#include "filters/sieve/run.h"

/* ---- :list ---- */

static int holds(const struct sv_run *run, struct str list, struct str value)
{
	const struct sv_host *host = run->host;
	return host && host->list_holds ? host->list_holds(host->context, list, value) : -1;
}

/* The key is the name of a list. A list that does not exist is empty. */
static int match_list(struct match *m, struct sv_value *value, const struct match_key *key)
{
	if (run_ask(m->run, m->node) < 0)
		return -1;
	int r = value->text.n ? holds(m->run, key->text, value->text) : 0;
	if (r < 0)
		run_note(m->run, m->node, "there is no list \"" STR_FMT "\"", STR_ARGS(key->text));
	if (r > 0 && m->run->capturing)
		match_capture(m->run, value->text, value->text, NULL, 0);
	return r > 0;
}

static void warn_lists(struct check *c, const struct sv_given *names)
{
	const struct sv_host *host = c->host;
	for (size_t i = 0; host && !host->silent && host->list_exists && i < names->count; i++)
		if (names->strings[i].piece_count == 0 &&
			!host->list_exists(host->context, names->strings[i].text))
			check_warn(c, names->strings[i].place,
				"there is no list \"" STR_FMT "\" here",
				STR_ARGS(names->strings[i].text));
}

static void check_keys(struct check *c, struct sv_node *node)
{
	if (node->keys)
		warn_lists(c, node->keys);
}

static const struct sv_match_type match_types[] = {
	{.name = ":list", .check = check_keys, .match = match_list},
	{0},
};

/* ---- valid_ext_list ---- */

static int test_valid(struct sv_run *run, const struct sv_node *node)
{
	for (size_t i = 0; i < node->args[0]->count; i++) {
		struct str list;
		if (run_text_now(run, node, &node->args[0]->strings[i], &list) < 0 ||
			run_ask(run, node) < 0)
			return -1;
		if (holds(run, list, STR_LIT("nobody@invalid")) < 0)
			return 0;
	}
	return 1;
}

/* ---- redirect :list ---- */

/* Sends to everybody in the list, which is small, because the limit of redirects applies. */
static enum sv_flow redirect_to_list(
	struct sv_run *run, const struct sv_node *node, const struct sv_tagged *t)
{
	const struct sv_host *host = run->host;
	struct str_list members = {0};
	struct str list;
	(void)t;
	if (run_text(run, node, &node->args[0]->strings[0], &list) < 0)
		return SV_FAIL;
	if (!host || !host->list_items ||
		!host->list_items(host->context, list, run->mem, &members)) {
		run_fail(run, node, "there is no list \"" STR_FMT "\" to redirect to",
			STR_ARGS(list));
		return SV_FAIL;
	}
	for (size_t i = 0; i < members.count; i++) {
		struct str to = action_redirect_target(members.items[i], run->mem);
		enum sv_flow flow =
			to.n ? run_action(run, node,
				       (struct sv_action){.kind = &action_redirect, .argument = to})
			     : SV_NEXT;
		if (flow != SV_NEXT)
			return flow;
	}
	return SV_NEXT;
}

static void check_redirect_list(struct check *c, struct sv_node *node, const struct sv_tagged *t)
{
	(void)t;
	warn_lists(c, node->args[0]);
}

static const struct sv_tag tags[] = {
	{
		.name = ":list",
		.on = "redirect",
		.check = check_redirect_list,
		.instead = redirect_to_list,
	},
	{0},
};

static const struct sv_word words[] = {
	{
		.name = "valid_ext_list",
		.role = SV_TEST,
		.args = {{.type = SV_STRINGS, .what = "the names of lists"}},
		.test = test_valid,
	},
	{0},
};

const struct sv_ext ext_extlists = {
	.name = "extlists",
	.rfc = "RFC 6134",
	.words = words,
	.tags = tags,
	.match_types = match_types,
};
