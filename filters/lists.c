#include "filters/lists.h"

#include "filters/firewall.h"
#include "filters/list_search.h"
#include "mda/base/address.h"

/* A From of more addresses is not from anybody, and looking up each in a long list takes its time. */
enum { MOST_SENDERS = 64 };

/* ---- who sent it ---- */

static void add_key(struct lists_senders *s, struct str key, struct arena *mem)
{
	for (size_t i = 0; i < s->count; i++)
		if (str_eq(s->keys[i], key))
			return;
	if (s->count == MOST_SENDERS) {
		s->cut = true;
		return;
	}
	struct str *place = ARENA_PUSH(mem, s->keys, s->count);
	*place = key;
}

static void add_list(struct lists_senders *s, const struct address_list *list, struct arena *mem)
{
	for (size_t i = 0; i < list->count && !s->cut; i++)
		add_key(s, address_key(&list->items[i], mem), mem);
}

/* How many fields of that name there are; *AMBIGUOUS when one of them names not exactly one person. */
static size_t add_fields(struct lists_senders *s, const struct message *msg, struct str name,
	struct arena *mem, bool *ambiguous)
{
	size_t at = 0, count = 0;
	const struct header *h;
	while ((h = message_next(msg, name, &at))) {
		count++;
		if (s->cut)
			continue;
		struct address_list list = address_parse_list(h->value, mem);
		*ambiguous = *ambiguous || address_list_is_ambiguous(&list);
		add_list(s, &list, mem);
	}
	return count;
}

struct lists_senders lists_senders(
	const struct message *msg, const struct envelope *env, struct arena *mem)
{
	struct lists_senders s = {0};
	bool from_ambiguous = false, sender_ambiguous = false;
	struct address envelope = address_parse_envelope(env->sender, mem);
	if (env->sender.n)
		add_key(&s, address_key(&envelope, mem), mem);
	size_t from = add_fields(&s, msg, STR_LIT("From"), mem, &from_ambiguous);
	size_t sender = add_fields(&s, msg, STR_LIT("Sender"), mem, &sender_ambiguous);
	if (firewall_finds_disguised(msg, STR_LIT("From")))
		s.doubt = "a From is disguised";
	else if (from == 0)
		s.doubt = "there is no From";
	else if (from > 1)
		s.doubt = "there are several From fields";
	else if (from_ambiguous)
		s.doubt = "the From is ambiguous";
	else if (sender > 1 || sender_ambiguous)
		s.doubt = "the Sender is ambiguous";
	return s;
}

/* ---- judging ---- */

/* The most specific entry of a list that matches, and where it stands. */
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

/* The most specific wins, of equals the first. */
static void try_hit(void *context, const struct list_hit *h)
{
	struct search *s = context;
	struct match *best = &s->best;
	if (best->found && (best->literals > h->literals ||
				   (best->literals == h->literals && best->reason.line <= h->line)))
		return;
	*best = (struct match){.found = true, .literals = h->literals};
	best->reason = reason_line(s->path, h->line, arena_str(s->verdict->mem, h->entry));
}

/* Searches one list; *FAILED is set, and ERR filled by the first that fails, when it could not be read. */
static struct match search_list(struct str path, const struct lists_senders *senders,
	struct verdict *v, bool *failed, struct err *err)
{
	struct search s = {.path = path, .verdict = v};
	struct list_query q = {.path = path,
		.keys = senders->keys,
		.count = senders->count,
		.hit = try_hit,
		.broken = note_broken,
		.stale = note_stale,
		.context = &s};
	if (path.n == 0)
		return s.best;
	if (list_search(&q, *failed ? NULL : err) < 0)
		*failed = true;
	if (q.broken_total > LIST_TOLD)
		verdict_note(v, STR_FMT ": %zu more lines cannot be read and are skipped",
			STR_ARGS(path), q.broken_total - LIST_TOLD);
	return s.best;
}

/* What one level says, after its two lists were searched. Allow entries that do not count have no say. */
static struct match speak(const struct match *block, const struct match *allow,
	const char *discounted, struct verdict *v, enum listing *says)
{
	*says = LISTED_NOT;
	if (allow->found && discounted)
		verdict_note(v, "the allow entry " STR_FMT " (" STR_FMT ":%u) does not count: %s",
			STR_ARGS(allow->reason.text), STR_ARGS(allow->reason.file),
			allow->reason.line, discounted);
	if (allow->found && !discounted && (!block->found || allow->literals > block->literals)) {
		*says = LISTED_ALLOW;
		return *allow;
	}
	if (block->found)
		*says = LISTED_BLOCK;
	return *block;
}

struct level {
	struct match match;
	enum listing says;
};

static void decide(const struct level *global, const struct level *address, struct verdict *v)
{
	const struct level *order[] = {global, address};
	static const enum listing strongest[] = {LISTED_BLOCK, LISTED_ALLOW};
	for (size_t k = 0; k < 2; k++) {
		for (size_t i = 0; i < 2; i++) {
			if (order[i]->says != strongest[k])
				continue;
			v->listing = order[i]->says;
			v->listing_reason = order[i]->match.reason;
			return;
		}
	}
}

int lists_judge(const struct lists_conf *conf, const struct message *msg,
	const struct envelope *env, bool is_original, struct verdict *v, struct err *err)
{
	struct lists_senders senders = lists_senders(msg, env, v->mem);
	const char *other = is_original ? NULL : "the original recipient is another address";
	const char *doubt = senders.doubt ? senders.doubt : conf->doubt;
	bool failed = false;
	struct level global, address;
	if (senders.cut)
		verdict_note(v, "more than %d sender addresses; the rest is not looked up",
			MOST_SENDERS);
	struct match block = search_list(conf->global_block, &senders, v, &failed, err);
	struct match allow = search_list(conf->global_allow, &senders, v, &failed, err);
	global.match = speak(&block, &allow, doubt, v, &global.says);
	block = search_list(conf->address_block, &senders, v, &failed, err);
	allow = search_list(conf->address_allow, &senders, v, &failed, err);
	address.match = speak(&block, &allow, doubt ? doubt : other, v, &address.says);
	decide(&global, &address, v);
	return failed ? -1 : 0;
}
