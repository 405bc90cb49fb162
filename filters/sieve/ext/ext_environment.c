/* environment (RFC 5183), and its items as variables (vnd.dovecot.environment). */
#include "filters/sieve/check.h"
#include "filters/sieve/match.h"
#include "filters/sieve/run.h"

/* ---- items ---- */

static int name(struct sv_run *run, struct str *value)
{
	(void)run;
	*value = STR_LIT("mda");
	return 1;
}

static int location(struct sv_run *run, struct str *value)
{
	(void)run;
	*value = STR_LIT("MDA");
	return 1;
}

static int phase(struct sv_run *run, struct str *value)
{
	(void)run;
	*value = STR_LIT("during");
	return 1;
}

static const struct sv_environment_item items[] = {
	{"name", name}, {"location", location}, {"phase", phase}, {0}};

/* The extensions' items, then the host's. 1, 0 unknown, or -1. */
static int get(struct sv_run *run, struct str item, struct str *value)
{
	const struct sv_host *host = run->host;
	const struct sv_ext *ext;
	for (size_t i = 0; (ext = ext_at(host, i)); i++)
		for (const struct sv_environment_item *e = ext->environment; e && e->name; e++)
			if (str_ieq(str_of(e->name), item))
				return e->get(run, value);
	if (!host || !host->environment)
		return 0;
	return host->environment(host->context, item, run->mem, value);
}

/* ---- the test ---- */

static int test_environment(struct sv_run *run, const struct sv_node *node)
{
	struct str value;
	struct match m;
	if (match_start(&m, run, node) < 0 ||
		run_text(run, node, &node->args[0]->strings[0], &m.source) < 0)
		return -1;
	int known = get(run, m.source, &value);
	if (known < 0)
		return run_fail(run, node, "the environment item cannot be read");
	/* An unknown item matches nothing, not even a count of zero (section 4). */
	if (!known) {
		run_note(run, node, "there is no item \"" STR_FMT "\"", STR_ARGS(m.source));
		return 0;
	}
	/* An item without a value counts as zero values. */
	if (value.n || !node->match->match_count)
		match_text(&m, value);
	return match_end(&m);
}

static const struct sv_word words[] = {
	{
		.name = "environment",
		.role = SV_TEST,
		.takes = SV_MATCHES,
		.args = {{.type = SV_STRING, .what = "the name of an item"},
			{.type = SV_STRINGS, .what = "the keys to look for", .keys = true}},
		.test = test_environment,
	},
	{0},
};

const struct sv_ext ext_environment = {
	.name = "environment", .rfc = "RFC 5183", .words = words, .environment = items};

/* ---- ${env.item} ---- */

/* Names of variables cannot have hyphens, so an underscore is used instead. */
static struct str with_hyphens(struct str item, struct arena *mem)
{
	struct str copy = arena_str(mem, item);
	for (size_t i = 0; i < copy.n; i++)
		if (copy.p[i] == '_')
			((char *)copy.p)[i] = '-';
	return copy;
}

static int expand(struct sv_run *run, const void *data, struct str *text)
{
	const struct str *item = data;
	int known = get(run, *item, text);
	if (known == 0)
		known = get(run, with_hyphens(*item, run->mem), text);
	if (known == 0)
		*text = STR_EMPTY;
	return known < 0 ? run_fail(run, NULL, "the environment item cannot be read") : 0;
}

static void bind(struct check *c, const struct sv_string *s, struct sv_piece *piece)
{
	struct str *item = arena_alloc(c->mem, sizeof *item);
	(void)s;
	*item = piece->text;
	*piece = (struct sv_piece){.expand = expand, .data = item};
}

static const struct sv_namespace namespaces[] = {{.name = "env", .bind = bind}, {0}};

const struct sv_ext ext_dovecot_environment = {
	.name = "vnd.dovecot.environment",
	.rfc = "Pigeonhole",
	.implies = "environment",
	.namespaces = namespaces,
};
