/* duplicate (RFC 7352): was this message, or an id of the script's, seen in an earlier delivery? */
#include "filters/sieve/check.h"
#include "filters/sieve/parts.h"

enum { USUAL_SECONDS = 7 * 24 * 3600 };

/* Takes the first field with that name. 1, 0 there is none, or -1. */
static int id_from_header(
	struct sv_run *run, const struct sv_node *node, struct str name, struct str *id)
{
	struct value_fields found = {0};
	value_find(parts_fields(run, NULL), name, &found, run->scratch);
	if (found.count)
		*id = value_text(found.items[0], run->limits->field, run->mem)->text;
	else
		run_note(run, node, "there is no field \"" STR_FMT "\"", STR_ARGS(name));
	return found.count > 0;
}

static int id_of(struct sv_run *run, const struct sv_node *node, struct str *id)
{
	const struct sv_tagged *header = run_tag(node, ":header"),
			       *unique = run_tag(node, ":uniqueid");
	struct str name = STR_LIT("Message-ID");
	if (unique)
		return run_text(run, node, &unique->value.strings[0], id) < 0 ? -1 : 1;
	if (header && run_text(run, node, &header->value.strings[0], &name) < 0)
		return -1;
	return id_from_header(run, node, name, id);
}

/*
 * An id that was seen already stays remembered for the time that was left, unless :last is given.
 */
static void track(struct sv_run *run, struct str handle, struct str id, unsigned long long seconds)
{
	struct sv_result *r = run->result;
	for (size_t i = 0; i < r->tracked_count; i++) {
		if (!str_eq(r->tracked[i].handle, handle) || !str_eq(r->tracked[i].id, id))
			continue;
		r->tracked[i].seconds = seconds;
		return;
	}
	*(struct sv_tracked *)ARENA_PUSH(run->mem, r->tracked, r->tracked_count) =
		(struct sv_tracked){handle, id, seconds};
}

static unsigned long long seconds_of(const struct sv_run *run, const struct sv_node *node)
{
	const struct sv_tagged *given = run_tag(node, ":seconds");
	unsigned long long seconds = given ? given->value.number : USUAL_SECONDS;
	return seconds < run->limits->tracked_seconds ? seconds : run->limits->tracked_seconds;
}

static int test_duplicate(struct sv_run *run, const struct sv_node *node)
{
	const struct sv_host *host = run->host;
	const struct sv_tagged *named = run_tag(node, ":handle");
	unsigned long long seconds = seconds_of(run, node);
	struct str handle = STR_EMPTY, id;
	int there = id_of(run, node, &id);
	if (there < 0 || (named && run_text(run, node, &named->value.strings[0], &handle) < 0))
		return -1;
	if (!there || seconds == 0)
		return 0;
	if (run_ask(run, node) < 0)
		return -1;
	if (run->result->tracked_count >= run->limits->actions)
		return run_fail(
			run, node, "too many ids to remember: more than %zu", run->limits->actions);
	int seen = host && host->duplicate ? host->duplicate(host->context, handle, id) : 0;
	/* It is better to see a message twice than to lose one that is taken for another. */
	if (seen < 0)
		run_note(run, node,
			"the record of earlier messages cannot be read, so this one counts as new");
	if (seen <= 0 || run_tag(node, ":last"))
		track(run, handle, id, seconds);
	run_note(run, node, "\"" STR_FMT "\" %s", STR_ARGS(id),
		seen > 0 ? "was seen before" : "is new");
	return seen > 0;
}

static const struct sv_word words[] = {
	{.name = "duplicate", .role = SV_TEST, .test = test_duplicate},
	{0},
};

static const struct sv_tag tags[] = {
	{
		.name = ":handle",
		.on = "duplicate",
		.value = {.type = SV_STRING, .what = "a name"},
	},
	{
		.name = ":header",
		.on = "duplicate",
		.group = "an id",
		.value = {.type = SV_STRING,
			.what = "the name of a header",
			.check = check_header_name},
	},
	{
		.name = ":uniqueid",
		.on = "duplicate",
		.group = "an id",
		.value = {.type = SV_STRING, .what = "an id"},
	},
	{
		.name = ":seconds",
		.on = "duplicate",
		.value = {.type = SV_NUMBER, .what = "a number of seconds"},
	},
	{.name = ":last", .on = "duplicate"},
	{0},
};

const struct sv_ext ext_duplicate = {
	.name = "duplicate", .rfc = "RFC 7352", .words = words, .tags = tags};

/* Pigeonhole's name for it before the RFC. */
const struct sv_ext ext_dovecot_duplicate = {
	.name = "vnd.dovecot.duplicate",
	.rfc = "Pigeonhole",
	.implies = "duplicate",
	.warning =
		"\"vnd.dovecot.duplicate\" is now \"duplicate\" (RFC 7352): require that instead",
};
