#include "filters/lists.h"

#include "mda/base/address.h"
#include "mda/base/io.h"

enum {
	LIST_MAX = 64 * 1024 * 1024,
	/* Entries that share scratch memory: a large list never needs much of it at once. */
	ENTRIES_PER_ARENA = 1000,
	/* A From of more addresses is not from anybody, and looking up each in a long list takes its time. */
	MOST_SENDERS = 64,
	MOST_NOTES = 10,
};

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
	if (from == 0)
		s.doubt = "there is no From";
	else if (from > 1)
		s.doubt = "there are several From fields";
	else if (from_ambiguous)
		s.doubt = "the From is ambiguous";
	else if (sender > 1 || sender_ambiguous)
		s.doubt = "the Sender is ambiguous";
	return s;
}

/* ---- reading ---- */

bool lists_entry(struct str line, struct str *entry, unsigned *column)
{
	size_t start = 0, end = 0;
	while (start < line.n && ascii_isblank(line.p[start]))
		start++;
	for (end = start; end < line.n; end++)
		if (line.p[end] == '#' && (end == start || ascii_isblank(line.p[end - 1])))
			break;
	*entry = str_trim(str_slice(line, start, end));
	*column = (unsigned)start + 1;
	return entry->n > 0;
}

static void visit_line(
	struct str line, struct diag *where, struct arena *mem, lists_visit *visit, void *context)
{
	struct str entry;
	struct wild w;
	const char *why;
	if (!lists_entry(line, &entry, &where->column))
		return;
	bool fine = wild_parse(entry, mem, &w, &why);
	where->text = fine ? STR_LIT("") : str_of(why);
	visit(context, fine ? &w : NULL, entry, where);
}

int lists_walk(struct str path, lists_visit *visit, void *context, struct err *err)
{
	struct arena *mem = arena_new();
	struct diag where = {.file = path, .line = 1};
	struct str text, line;
	int r = io_read_file(arena_cstr(mem, path), LIST_MAX, mem, &text, err);
	if (r <= 0) {
		arena_free(mem);
		return r;
	}
	if (str_istarts(text, STR_LIT("\xef\xbb\xbf")))
		text = str_slice(text, 3, text.n);
	struct arena *scratch = arena_new();
	while (str_line(&text, &line)) {
		visit_line(line, &where, scratch, visit, context);
		if (++where.line % ENTRIES_PER_ARENA == 0) {
			arena_free(scratch);
			scratch = arena_new();
		}
	}
	arena_free(scratch);
	arena_free(mem);
	return 1;
}

/* ---- judging ---- */

/* The most specific entry of a list that matches, and where it stands. */
struct match {
	bool found;
	unsigned literals;
	struct reason reason;
};

struct search {
	const struct lists_senders *senders;
	struct verdict *verdict;
	struct match best;
	size_t broken;
};

static void note_broken(struct search *s, const struct diag *where)
{
	if (s->broken++ >= MOST_NOTES)
		return;
	verdict_note(s->verdict, STR_FMT ":%u:%u: " STR_FMT "; the line is skipped",
		STR_ARGS(where->file), where->line, where->column, STR_ARGS(where->text));
}

static void try_entry(
	void *context, const struct wild *w, struct str entry, const struct diag *where)
{
	struct search *s = context;
	if (!w) {
		note_broken(s, where);
		return;
	}
	if (s->best.found && s->best.literals >= w->literals)
		return;
	for (size_t i = 0; i < s->senders->count; i++) {
		if (!wild_matches(w, s->senders->keys[i]))
			continue;
		s->best = (struct match){.found = true, .literals = w->literals};
		s->best.reason =
			reason_line(where->file, where->line, arena_str(s->verdict->mem, entry));
		return;
	}
}

/* Searches one list; *FAILED is set, and ERR filled by the first that fails, when it could not be read. */
static struct match search_list(struct str path, const struct lists_senders *senders,
	struct verdict *v, bool *failed, struct err *err)
{
	struct search s = {.senders = senders, .verdict = v};
	if (path.n == 0)
		return s.best;
	if (lists_walk(path, try_entry, &s, *failed ? NULL : err) < 0)
		*failed = true;
	if (s.broken > MOST_NOTES)
		verdict_note(v, STR_FMT ": %zu more lines cannot be read and are skipped",
			STR_ARGS(path), s.broken - MOST_NOTES);
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
	bool failed = false;
	struct level global, address;
	if (senders.cut)
		verdict_note(v, "more than %d sender addresses; the rest is not looked up",
			MOST_SENDERS);
	struct match block = search_list(conf->global_block, &senders, v, &failed, err);
	struct match allow = search_list(conf->global_allow, &senders, v, &failed, err);
	global.match = speak(&block, &allow, senders.doubt, v, &global.says);
	block = search_list(conf->address_block, &senders, v, &failed, err);
	allow = search_list(conf->address_allow, &senders, v, &failed, err);
	address.match =
		speak(&block, &allow, senders.doubt ? senders.doubt : other, v, &address.says);
	decide(&global, &address, v);
	return failed ? -1 : 0;
}
