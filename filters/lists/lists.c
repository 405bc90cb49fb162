#include "filters/lists/lists.h"

#include "base/str_list.h"
#include "filters/lists/list_search.h"
#include "filters/lists/list_senders.h"

/* The most specific matching entry of a list, and its place. */
struct match {
	bool found;
	unsigned literals;
	struct reason reason;
};

enum list_level { LEVEL_GLOBAL, LEVEL_ADDRESS };

/* An entry that matches, for people who ask what it lost against. */
struct hit {
	struct reason reason;
	unsigned literals;
	enum listing listing;
	enum list_level level;
	const char *doubt; /* why it does not count; NULL: it counts */
};

struct hits {
	struct hit *items;
	size_t count;
};

/* Which list is searched. */
struct list {
	struct str path;
	enum listing listing;
	enum list_level level;
};

struct search {
	struct str path;
	const struct list *list;
	const char *doubt;
	struct verdict *verdict;
	struct hits *hits;
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

enum { HITS_MOST = 50 };

/* The counts of such entries are kept (store/uses.h). What does not count is not a use. */
static void keep_use(const struct search *s, const struct list_hit *h)
{
	struct verdict *v = s->verdict;
	bool is_global = s->list->level == LEVEL_GLOBAL;
	if (s->doubt || v->lists.used_count == HITS_MOST)
		return;
	for (size_t i = 0; i < v->lists.used_count; i++) {
		const struct listed *l = &v->lists.used[i];
		if (l->listing == s->list->listing && l->is_global == is_global &&
			str_eq(l->entry, h->entry))
			return;
	}
	*(struct listed *)ARENA_PUSH(v->mem, v->lists.used, v->lists.used_count) =
		(struct listed){s->list->listing, is_global, arena_str(v->mem, h->entry)};
}

static void keep_hit(struct search *s, const struct list_hit *h)
{
	struct arena *mem = s->verdict->mem;
	struct hits *hits = s->hits;
	if (s->verdict->found.wanted == FINDINGS_NONE || hits->count == HITS_MOST)
		return;
	for (size_t i = 0; i < hits->count; i++)
		if (hits->items[i].reason.line == h->line &&
			str_eq(hits->items[i].reason.file, s->path))
			return;
	*(struct hit *)ARENA_PUSH(mem, hits->items, hits->count) =
		(struct hit){verdict_reason_line(s->path, h->line, arena_str(mem, h->entry)),
			h->literals, s->list->listing, s->list->level, s->doubt};
}

/* The most specific entry wins; of equal ones, the first. */
static void try_hit(void *context, const struct list_hit *h)
{
	struct search *s = context;
	struct match *best = &s->best;
	keep_use(s, h);
	keep_hit(s, h);
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
	struct hits hits;
	bool failed; /* a list could not be read; ERR has the first reason */
	struct err *err;
};

static void tell_list(struct judge *j, const struct list *list, int found)
{
	static const char *const names[2][3] = {
		[LEVEL_GLOBAL] = {NULL, "global block list", "global allow list"},
		[LEVEL_ADDRESS] = {NULL, "block list of the address", "allow list of the address"},
	};
	verdict_found(j->v, FINDINGS_ALL,
		(struct finding){.stage = "lists",
			.kind = FINDING_LOOKED,
			.field = str_of(names[list->level][list->listing]),
			.value = list->path.n ? list->path : STR_LIT("none"),
			.why = str_of(found == 0 && list->path.n ? "it does not exist" : "")});
}

/* AGAIN: the list was searched before, so its errors are noted already. */
static struct match search_list(struct judge *j, const struct list *list,
	const struct str_list *keys, const char *doubt, bool again)
{
	struct str path = list->path;
	struct search s = {
		.path = path, .list = list, .doubt = doubt, .verdict = j->v, .hits = &j->hits};
	struct list_query q = {.path = path,
		.keys = keys->items,
		.count = keys->count,
		.hit = try_hit,
		.broken = again ? NULL : note_broken,
		.stale = again ? NULL : note_stale,
		.context = &s};
	int found = path.n ? list_search(&q, j->failed ? NULL : j->err) : 0;
	if (found < 0)
		j->failed = true;
	if (!again)
		tell_list(j, list, found);
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
static struct match search_allow(struct judge *j, const struct list *list, const char *other)
{
	struct match best = {0};
	for (size_t i = 0; i < CLAIMS; i++) {
		const struct claim *c = &j->claims[i];
		const char *doubt = c->doubt ? c->doubt : other;
		if (i && c->keys->count == 0)
			continue;
		struct match found = search_list(j, list, c->keys, doubt, i > 0);
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
static struct level ask(struct judge *j, enum list_level level, struct str block, struct str allow,
	const char *other)
{
	const struct list blocks = {block, LISTED_BLOCK, level},
			  allows = {allow, LISTED_ALLOW, level};
	struct match no = search_list(j, &blocks, j->everybody, NULL, false);
	struct match yes = search_allow(j, &allows, other);
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

/* ---- for people who ask why ---- */

static const char *why_lost(const struct hit *h, const struct hit *winner)
{
	if (h->doubt || !winner)
		return h->doubt;
	if (h->level != winner->level && h->listing == LISTED_ALLOW &&
		winner->listing == LISTED_BLOCK)
		return "a block entry comes before an allow entry";
	if (h->level != winner->level && h->listing == winner->listing)
		return "the global lists come before those of the address";
	if (h->level == winner->level && h->literals == winner->literals)
		return h->listing == winner->listing ? "another entry as specific is above it"
						     : "the block entry is as specific";
	return "a more specific entry of the same level decides";
}

static const struct hit *find_winner(const struct judge *j)
{
	const struct reason *won = &j->v->lists.reason;
	for (size_t i = 0; i < j->hits.count && j->v->lists.listing; i++)
		if (j->hits.items[i].reason.line == won->line &&
			str_eq(j->hits.items[i].reason.file, won->file))
			return &j->hits.items[i];
	return NULL;
}

static void tell_hits(const struct judge *j)
{
	const struct hit *winner = find_winner(j);
	for (size_t i = 0; i < j->hits.count; i++) {
		const struct hit *h = &j->hits.items[i];
		bool won = winner && h == winner;
		verdict_found(j->v, FINDINGS_KEPT,
			(struct finding){.stage = "lists",
				.kind = won ? FINDING_MATCHED : FINDING_LOST,
				.at = h->reason,
				.why = str_of(won ? "" : why_lost(h, winner))});
	}
}

static void tell_senders(const struct list_senders *s, struct verdict *v)
{
	for (size_t i = 0; i < s->all.count; i++) {
		struct str key = s->all.items[i];
		const char *field = "Sender";
		if (str_list_has(&s->from, key))
			field = "From";
		else if (s->envelope.n && str_eq(key, s->envelope))
			field = "envelope sender";
		verdict_found(v, FINDINGS_KEPT,
			(struct finding){.stage = "lists",
				.kind = FINDING_LOOKED,
				.field = str_of(field),
				.value = key});
	}
	if (s->hidden)
		verdict_found(v, FINDINGS_KEPT,
			(struct finding){
				.stage = "lists", .kind = FINDING_SAID, .why = str_of(s->hidden)});
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
	tell_senders(&s, v);
	struct level global = ask(&j, LEVEL_GLOBAL, conf->global_block, conf->global_allow, NULL);
	struct level address =
		ask(&j, LEVEL_ADDRESS, conf->address_block, conf->address_allow, other);
	decide(&global, &address, v);
	tell_hits(&j);
	decide_hidden(s.hidden, v);
	return j.failed ? -1 : 0;
}
