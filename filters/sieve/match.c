#include "filters/sieve/match.h"

#include "base/str_list.h"
#include "filters/sieve/check.h"
#include "filters/sieve/run.h"

bool match_prepare(struct match_key *k, struct str text, const struct sv_match_type *type,
	const struct sv_comparator *comparator, struct arena *mem, unsigned long long *steps,
	const char **why)
{
	*steps += text.n;
	*why = NULL;
	*k = (struct match_key){
		.text = text, .folded = comparator->fold(text, mem).text, .comparator = comparator};
	if (type->prepare)
		k->data = type->prepare(k, mem, steps, why);
	k->ready = !type->prepare || k->data;
	return k->ready;
}

/*
 * The first folded form of a lasting value is kept with it, so it is made once for all keys and
 * tests.
 */
struct sv_folded match_folded(struct match *m, struct sv_value *value)
{
	const struct sv_comparator *c = m->node->comparator;
	if (value->by == c)
		return value->folded;
	bool another = value->by && !value->passing;
	bool kept = !value->by && !value->passing;
	struct sv_folded folded = c->fold(value->text, kept ? m->run->mem : m->run->scratch);
	if (!another) {
		value->folded = folded;
		value->by = c;
	}
	return folded;
}

/* A key from run time that is not valid matches nothing. */
static int prepare_now(struct match *m, size_t i)
{
	const struct sv_node *n = m->node;
	struct str text;
	const char *why;
	unsigned long long steps = 0;
	if (run_text_now(m->run, n, &n->keys->strings[i], &text) < 0)
		return -1;
	(void)match_prepare(/* the key notes if it is not valid */
		&m->keys[i], text, n->match, n->comparator, m->run->scratch, &steps, &why);
	if (why)
		run_note(m->run, n, "%s", why);
	return run_charge(m->run, n, steps);
}

int match_start(struct match *m, struct sv_run *run, const struct sv_node *node)
{
	*m = (struct match){.run = run, .node = node, .key_count = node->keys->count};
	m->keys = (struct match_key *)node->prepared;
	if (check_constant(node->keys))
		return 0;
	m->keys = arena_alloc(run->scratch, m->key_count * sizeof *m->keys);
	for (size_t i = 0; i < m->key_count; i++) {
		m->keys[i] = node->prepared[i];
		if (!m->keys[i].ready && prepare_now(m, i) < 0)
			return -1;
	}
	return 0;
}

static int charge_folding(struct match *m, const struct sv_value *value)
{
	const struct sv_comparator *c = m->node->comparator;
	if (c->in_place || value->by == c)
		return 0;
	return run_charge_memory(m->run, m->node, value->text.n * c->growth);
}

/* A compared byte counts a sixteenth, because memcmp() and memmem() compare. */
enum { STEPS_A_MATCH = 4 };

static int match_one(struct match *m, struct sv_value *value, const struct match_key *key)
{
	if (!key->ready)
		return 0;
	if (run_charge(m->run, m->node, value->text.n / 16 + STEPS_A_MATCH) < 0 ||
		charge_folding(m, value) < 0)
		return -1;
	/* A passing value is folded once for all keys; match_text() frees that. */
	struct arena_mark before = arena_mark(m->run->scratch);
	int r = m->node->match->match(m, value, key);
	if (!value->passing)
		arena_reset(m->run->scratch, before);
	if (r >= 0)
		run_tell_match(m, value, key, r > 0);
	return r;
}

bool match_value(struct match *m, struct sv_value *value)
{
	m->values++;
	if (m->node->match->match_count)
		return false;
	for (size_t i = 0; i < m->key_count && !m->result; i++)
		m->result = match_one(m, value, &m->keys[i]);
	return m->result != 0;
}

bool match_text(struct match *m, struct str text)
{
	struct sv_value value = {.text = text, .passing = true};
	struct arena_mark before = arena_mark(m->run->scratch);
	bool done = match_value(m, &value);
	arena_reset(m->run->scratch, before);
	return done;
}

bool match_address(struct match *m, const struct address *a)
{
	struct str part;
	struct sv_separator separator = {.delimiters = {"+", 1}};
	const struct sv_host *host = m->run->host;
	if (host && host->setting) {
		separator.delimiters = host->setting(host->context, "recipient_delimiter");
		separator.own = host->setting(host->context, "recipient_name");
	}
	return m->node->part->get(a, &separator, &part) && match_text(m, part);
}

static int match_number(struct match *m)
{
	for (size_t i = 0; i < m->key_count && !m->result; i++)
		if (m->keys[i].ready)
			m->result = m->node->match->match_count(m, m->values, &m->keys[i]);
	return m->result;
}

int match_end(struct match *m)
{
	return m->node->match->match_count && !m->result ? match_number(m) : m->result;
}

void match_capture(
	struct sv_run *run, struct str whole, struct str value, const size_t *places, size_t count)
{
	struct str_list *captured = &run->captured;
	size_t skipped = (size_t)(whole.p - value.p);
	arena_reset(run->captures, (struct arena_mark){0});
	*captured = (struct str_list){0};
	whole = arena_str(run->captures, whole);
	str_list_add(captured, whole, run->captures);
	for (size_t i = 0; i < count && i < run->limits->captured; i++) {
		/* A group that did not take part may be before the match. */
		bool within = places[2 * i] >= skipped;
		str_list_add(captured,
			within ? str_slice(whole, places[2 * i] - skipped,
					 places[2 * i + 1] - skipped)
			       : STR_EMPTY,
			run->captures);
	}
}
