#include "filters/label/contacts.h"

#include "filters/label/contacts_book.h"
#include "filters/label/contacts_known.h"
#include "filters/lists/list_search.h"

const char *contacts_known_dir(const struct contacts *c, struct arena *mem)
{
	return arena_fmt(mem, STR_FMT "/known", STR_ARGS(c->dir)).p;
}

const char *contacts_book_path(const struct contacts *c, struct arena *mem)
{
	return arena_fmt(mem, STR_FMT "/book.lmdb", STR_ARGS(c->dir)).p;
}

/* ---- the list ---- */

struct list_search {
	unsigned line; /* the line of the first entry that matches; 0: none yet */
	struct verdict *verdict;
};

static void try_entry(void *context, const struct list_hit *h)
{
	struct list_search *s = context;
	if (s->line == 0 || h->line < s->line)
		s->line = h->line;
}

static void note_stale(void *context, const char *text)
{
	const struct list_search *s = context;
	verdict_note(s->verdict, "%s; the text is read instead (mda-lists compile)", text);
}

static bool find_listed(
	const struct contacts *c, struct str key, struct verdict *v, struct contact *found)
{
	struct list_search s = {.verdict = v};
	struct list_query q = {.path = c->list,
		.keys = &key,
		.count = 1,
		.hit = try_entry,
		.stale = note_stale,
		.context = &s};
	struct err err;
	if (c->list.n && list_search(&q, &err) < 0)
		verdict_trouble(v, "contacts", &err);
	found->reason = verdict_reason_line(c->list, s.line, STR_LIT("contact"));
	return s.line != 0;
}

/* ---- address books ---- */

static void note_book(void *context, const char *text)
{
	verdict_note(context, "contacts: %s", text);
}

static bool find_in_books(
	const struct contacts *c, struct str key, struct verdict *v, struct contact *found)
{
	const struct book book = {&c->books, contacts_book_path(c, v->mem)};
	struct book_entry entry;
	struct err err;
	int r = c->books.count ? contacts_book_find(&book, key, v->mem, &entry, note_book, v, &err)
			       : 0;
	if (r < 0)
		verdict_trouble(v, "contacts", &err);
	if (r <= 0)
		return false;
	found->name = entry.name;
	found->reason = (struct reason){
		.text = arena_fmt(v->mem, "contact in " STR_FMT, STR_ARGS(entry.file))};
	return true;
}

/* ---- learned contacts ---- */

static enum contact_kind find_known(
	const struct contacts *c, struct str key, struct verdict *v, struct contact *found)
{
	struct known one;
	struct err err;
	const char *dir = contacts_known_dir(c, v->mem);
	int r = 0;
	if (c->dir.n && c->find_known)
		r = c->find_known(dir, key, v->mem, &one, &err);
	else if (c->dir.n)
		r = contacts_known_find(dir, key, v->mem, &one, &err);
	if (r < 0)
		verdict_trouble(v, "contacts", &err);
	if (r <= 0)
		return CONTACT_NONE;
	found->name = one.name;
	found->count = one.count;
	found->last = one.last;
	bool added = one.flags & KNOWN_ADDED;
	found->reason = verdict_reason_text(
		added ? "contact that was added" : "contact: written to before");
	return added ? CONTACT_ADDED : CONTACT_WRITTEN;
}

void contacts_find(
	const struct contacts *c, struct str key, struct verdict *v, struct contact *found)
{
	*found = (struct contact){0};
	if (find_listed(c, key, v, found))
		found->kind = CONTACT_LISTED;
	else if (find_in_books(c, key, v, found))
		found->kind = CONTACT_BOOK;
	else
		found->kind = find_known(c, key, v, found);
}
