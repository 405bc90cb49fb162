#include "filters/lists/lists.h"

#include "filters/lists/list_search.h"
#include "filters/lists/list_senders.h"

/* The most specific matching entry of a list, and its place. */
struct match {
	bool found;
	unsigned literals;
	struct reason reason;
};

struct search {
	struct str path;
	struct verdict *verdict;
	struct match best;
};

static void note_broken(void *context, const struct list_line *l)
{
	const struct search *s = context;
	verdict_note(s->verdict, STR_FMT ":%u:%u: %s; the line is skipped", STR_ARGS(s->path),
		l->line, l->column, l->wrong);
}

static void note_stale(void *context, const char *text)
{
	const struct search *s = context;
	verdict_note(s->verdict, "%s; the text is read instead (mda-lists compile)", text);
}

/* The most specific entry wins; of equal ones, the first. */
static void try_hit(void *context, const struct list_hit *h)
{
	struct search *s = context;
	struct match *best = &s->best;
	if (best->found && (best->literals > h->literals ||
				   (best->literals == h->literals && best->reason.line <= h->line)))
		return;
	*best = (struct match){.found = true, .literals = h->literals};
	best->reason = verdict_reason_line(s->path, h->line, arena_str(s->verdict->mem, h->entry));
}

/*
 * An address that an allow list is asked about, and why an answer does not count; NULL: it counts.
 */
struct claim {
	const struct str_list *keys;
	const char *doubt;
};

enum { CLAIMS = 2 }; /* one for the From, one for the envelope sender */

struct judge {
	struct verdict *v;
	const struct str_list *everybody;
	struct claim claims[CLAIMS];
	bool failed; /* a list could not be read; ERR has the first reason */
	struct err *err;
};

/* AGAIN: the list was searched before, so its errors are noted already. */
static struct match search_list(
	struct judge *j, struct str path, const struct str_list *keys, bool again)
{
	struct search s = {.path = path, .verdict = j->v};
	struct list_query q = {.path = path,
		.keys = keys->items,
		.count = keys->count,
		.hit = try_hit,
		.broken = again ? NULL : note_broken,
		.stale = again ? NULL : note_stale,
		.context = &s};
	if (path.n == 0)
		return s.best;
	if (list_search(&q, j->failed ? NULL : j->err) < 0)
		j->failed = true;
	if (!again && q.broken_total > LIST_TOLD)
		verdict_note(j->v, STR_FMT ": %zu more lines cannot be read and are skipped",
			STR_ARGS(path), q.broken_total - LIST_TOLD);
	return s.best;
}

static void note_discounted(struct verdict *v, const struct match *m, const char *doubt)
{
	verdict_note(v, "the allow entry " STR_FMT " (" STR_FMT ":%u) does not count: %s",
		STR_ARGS(m->reason.text), STR_ARGS(m->reason.file), m->reason.line, doubt);
}

/*
 * Finds the most specific entry that counts. OTHER: why no entry of this list counts; NULL: they
 * may.
 */
static struct match search_allow(struct judge *j, struct str path, const char *other)
{
	struct match best = {0};
	for (size_t i = 0; i < CLAIMS; i++) {
		const struct claim *c = &j->claims[i];
		const char *doubt = c->doubt ? c->doubt : other;
		if (i && c->keys->count == 0)
			continue;
		struct match found = search_list(j, path, c->keys, i > 0);
		if (found.found && doubt)
			note_discounted(j->v, &found, doubt);
		else if (found.found && (!best.found || found.literals > best.literals))
			best = found;
	}
	return best;
}

struct level {
	struct match match;
	enum listing says;
};

/* What one level decides. */
static struct level ask(struct judge *j, struct str block, struct str allow, const char *other)
{
	struct match no = search_list(j, block, j->everybody, false);
	struct match yes = search_allow(j, allow, other);
	if (yes.found && (!no.found || yes.literals > no.literals))
		return (struct level){yes, LISTED_ALLOW};
	return (struct level){no, no.found ? LISTED_BLOCK : LISTED_NOT};
}

static void decide(const struct level *global, const struct level *address, struct verdict *v)
{
	const struct level *order[] = {global, address};
	static const enum listing strongest[] = {LISTED_BLOCK, LISTED_ALLOW};
	for (size_t k = 0; k < 2; k++) {
		for (size_t i = 0; i < 2; i++) {
			if (order[i]->says != strongest[k])
				continue;
			v->lists.listing = order[i]->says;
			v->lists.reason = order[i]->match.reason;
			return;
		}
	}
}

/* A sender that a block list cannot be asked about must not pass because of that. */
static void decide_hidden(const char *hidden, struct verdict *v)
{
	if (!hidden || v->lists.listing == LISTED_BLOCK)
		return;
	v->spam.state = SPAM_YES;
	v->spam.by = "sender";
	v->spam.reason = verdict_reason_text(hidden);
}

int lists_judge(const struct lists_conf *conf, const struct message *msg,
	const struct envelope *env, bool is_original, struct verdict *v, struct err *err)
{
	struct list_senders s = list_senders_of(msg, env, v->mem);
	const char *other = is_original ? NULL : "the original recipient is another address";
	/* If the author is also the envelope sender, the list is asked once. */
	bool is_other = s.envelope.n && !(s.from.count == 1 && str_eq(s.from.items[0], s.envelope));
	const struct str_list envelope = {&s.envelope, is_other};
	struct judge j = {.v = v,
		.everybody = &s.all,
		.claims = {{&s.from, s.ambiguous ? s.ambiguous : conf->doubt},
			{&envelope, s.ambiguous ? s.ambiguous : conf->sender_doubt}},
		.err = err};
	struct level global = ask(&j, conf->global_block, conf->global_allow, NULL);
	struct level address = ask(&j, conf->address_block, conf->address_allow, other);
	decide(&global, &address, v);
	decide_hidden(s.hidden, v);
	return j.failed ? -1 : 0;
}
