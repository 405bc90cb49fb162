/* envelope (RFC 5228 section 5.4). Other extensions add parts through struct sv_envelope_part. */
#include "filters/sieve/check.h"
#include "filters/sieve/match.h"
#include "filters/sieve/run.h"

#include "base/suggest.h"

#include <string.h>

/* ---- the parts ---- */

/* The null sender compares as the empty string, whatever part of an address is asked for. */
static int match_path(struct sv_run *run, struct match *m, struct str path)
{
	struct address a = address_parse_envelope(path, run->mem);
	if (!a.invalid && a.spec.n == 0)
		match_text(m, STR_EMPTY);
	else
		match_address(m, &a);
	return 0;
}

static int from(struct sv_run *run, const struct sv_node *node, struct match *m)
{
	(void)node;
	return match_path(run, m, run->input->env->sender);
}

static int to(struct sv_run *run, const struct sv_node *node, struct match *m)
{
	(void)node;
	return match_path(run, m, run->input->env->recipient);
}

/* The submitter need not be an address; for most mail it is unknown. */
static int auth(struct sv_run *run, const struct sv_node *node, struct match *m)
{
	struct str submitter = run->input->env->submitter;
	if (submitter.n)
		match_text(m, submitter);
	else
		run_note(run, node, "the submitter is not known");
	return 0;
}

static const struct sv_envelope_part parts[] = {
	{"from", true, from}, {"to", true, to}, {"auth", false, auth}, {0}};

/* ---- the test ---- */

static const struct sv_envelope_part *find(
	const struct sv_script *script, struct str name, struct suggest *similar)
{
	const struct sv_ext *ext;
	for (size_t i = 0; (ext = ext_at(script->host, i)); i++) {
		const struct sv_envelope_part *p = script->active[i] ? ext->envelope_parts : NULL;
		for (; p && p->name; p++) {
			if (str_ieq(str_of(p->name), name))
				return p;
			if (similar)
				suggest_consider(similar, p->name);
		}
	}
	return NULL;
}

static void check_part(struct check *c, const struct sv_node *node, const struct sv_string *s)
{
	struct suggest similar = {.word = s->text};
	const struct sv_envelope_part *part = find(c->script, s->text, &similar);
	const char *best = suggest_best(&similar);
	if (!part)
		check_error(c, s->place, "the envelope has no part \"" STR_FMT "\"%s%s%s",
			STR_ARGS(s->text), best ? "; did you mean \"" : "", best ? best : "",
			best ? "\"?" : "");
	else if (!part->address && node->part && strcmp(node->part->name, ":all") != 0)
		check_error(c, s->place, "\"%s\" is not an address, so it has no \"%s\"",
			part->name, node->part->name);
}

static int test_envelope(struct sv_run *run, const struct sv_node *node)
{
	struct match m;
	if (match_start(&m, run, node) < 0)
		return -1;
	for (size_t i = 0; i < node->args[0]->count && !m.result; i++) {
		if (run_text(run, node, &node->args[0]->strings[i], &m.source) < 0)
			return -1;
		const struct sv_envelope_part *part = find(run->script, m.source, NULL);
		if (part && part->values(run, node, &m) < 0)
			return -1;
	}
	return match_end(&m);
}

static const struct sv_word words[] = {
	{
		.name = "envelope",
		.role = SV_TEST,
		.takes = SV_MATCHES | SV_ADDRESS_PARTS,
		.args = {{.type = SV_STRINGS, .what = "parts of the envelope", .check = check_part},
			{.type = SV_STRINGS, .what = "the keys to look for", .keys = true}},
		.test = test_envelope,
	},
	{0},
};

const struct sv_ext ext_envelope = {
	.name = "envelope", .rfc = "RFC 5228", .words = words, .envelope_parts = parts};
