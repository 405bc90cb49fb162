#include "mda/delivery/compose.h"

#include "base/buf.h"
#include "base/date.h"
#include "base/printable.h"
#include "base/str_list.h"
#include "filters/label/tag.h"
#include "filters/spam/spam.h"
#include "filters/spam/subject_mark.h"
#include "mda/conf/folders.h"
#include "store/store.h"

enum { FACTS_ID_MOST = 1000 };

static void add(struct pieces *p, struct str piece, struct arena *mem)
{
	if (piece.n)
		*(struct str *)ARENA_PUSH(mem, p->items, p->count) = piece;
}

/* The MTA passes addresses on, but they come from outside. */
static void add_field(struct pieces *p, const char *name, struct str value, struct arena *mem)
{
	struct str clean = printable_line(value, '?', mem);
	add(p, arena_fmt(mem, "%s: " STR_FMT "\n", name, STR_ARGS(clean)), mem);
}

/*
 * Puts MARK in front of a subject: "[External] ...". An older mark is replaced. *FROM is where the
 * unwritten part begins.
 */
static void mark_subject(struct pieces *p, const struct header *h, struct str mark,
	const char **from, struct arena *mem)
{
	bool has_blank = h->value.n && ascii_isblank(h->value.p[0]);
	add(p, (struct str){*from, (size_t)(h->value.p - *from)}, mem);
	add(p, arena_fmt(mem, " " STR_FMT "%s", STR_ARGS(mark), has_blank ? "" : " "), mem);
	struct str rest = subject_mark_remove(h->value, &tag_subject_marks, mem);
	*from = h->value.p;
	if (str_eq(rest, h->value))
		return;
	add(p, rest, mem);
	*from += h->value.n;
}

/*
 * Adds the message's fields in as few slices as possible, without the removed ones. Returns what
 * follows the fields.
 */
static struct str add_fields(
	struct pieces *p, const struct delivery *d, const bool *removed, struct str mark)
{
	struct str bytes = message_bytes(d->msg);
	const char *from = bytes.p, *end = bytes.p;
	for (size_t i = 0; i < message_header_count(d->msg); i++) {
		const struct header *h = message_header(d->msg, i);
		end = h->whole.p + h->whole.n;
		if (!removed[i] && mark.n && str_ieq(h->name, STR_LIT("Subject"))) {
			mark_subject(p, h, mark, &from, d->mem);
			mark.n = 0;
		}
		if (!removed[i])
			continue;
		add(p, (struct str){from, (size_t)(h->whole.p - from)}, d->mem);
		from = end;
	}
	add(p, (struct str){from, (size_t)(end - from)}, d->mem);
	return (struct str){end, (size_t)(bytes.p + bytes.n - end)};
}

/* A message may end within its header. */
static bool lacks_line_end(const struct pieces *p)
{
	struct str end = p->count ? p->items[p->count - 1] : STR_LIT("\n");
	return end.p[end.n - 1] != '\n';
}

static void add_list(struct pieces *p, const struct str_list *fields, struct arena *mem)
{
	for (size_t i = 0; i < fields->count; i++)
		add(p, fields->items[i], mem);
}

/* Adds the message as the rules have changed it. */
static void add_message(struct pieces *p, const struct delivery *d, const bool *removed,
	const struct changes *changes, struct str mark, bool is_topped)
{
	static const struct changes none;
	const struct changes *c = changes ? changes : &none;
	bool headless = message_needs_blank_line(d->msg);
	add_list(p, &c->first, d->mem);
	struct str rest = add_fields(p, d, removed, mark);
	if ((c->last.count || c->body) && lacks_line_end(p))
		add(p, STR_LIT("\n"), d->mem);
	add_list(p, &c->last, d->mem);
	/*
	 * Fields must be followed by a blank line, which a message without a header does not have.
	 */
	if (c->body || (headless && (is_topped || p->count)))
		add(p, STR_LIT("\n"), d->mem);
	add(p, c->body ? *c->body : rest, d->mem);
}

/* The fields that the stages and the rules remove, and field NAME, because only ours may remain. */
static bool *removed_of(const struct delivery *d, const struct changes *changes, struct str name)
{
	size_t n = message_header_count(d->msg);
	bool *removed = arena_alloc(d->mem, n * sizeof *removed);
	for (size_t i = 0; i < n; i++)
		removed[i] = d->verdict->header.removed[i] ||
			     (changes && changes->removed && changes->removed[i]) ||
			     (name.n && str_ieq(message_header(d->msg, i)->name, name));
	return removed;
}

/* ---- where it was filed: what a person moves in or out of there is an opinion (mda-learn) ---- */

static const struct str filed = STR_LIT("X-Mda-Filed"), junk = STR_LIT("junk");

static bool is_junk(const struct delivery *d, struct str folder)
{
	struct str junk_folder;
	struct err err;
	return store_folder(folders_junk(d->conf, d->mem), d->mem, &junk_folder, &err) == 0 &&
	       str_eq(folder, junk_folder);
}

bool compose_was_junk(const struct message *stored)
{
	const struct header *h = message_find(stored, filed);
	return h && str_eq(str_trim(h->value), junk);
}

/*
 * The mark does not touch a header that the rules made. A subject that the firewall removed is not
 * there.
 */
static bool lacks_subject(const struct delivery *d, const struct changes *changes)
{
	for (size_t i = 0; i < message_header_count(d->msg); i++)
		if (!d->verdict->header.removed[i] &&
			str_ieq(message_header(d->msg, i)->name, STR_LIT("Subject")))
			return false;
	return !(changes && (changes->first.count || changes->last.count));
}

/* ---- the forms ---- */

static struct pieces stored_form(const struct delivery *d, const struct changes *changes)
{
	struct pieces p = {0};
	for (size_t i = d->verdict->header.added_count; i-- > 0;)
		add(&p, d->verdict->header.added[i], d->mem);
	bool *removed = removed_of(d, changes, STR_LIT("Return-Path"));
	if (d->verdict->label.subject_mark.n && lacks_subject(d, changes))
		add_field(&p, "Subject", d->verdict->label.subject_mark, d->mem);
	/* Our trace fields will be in front. */
	add_message(&p, d, removed, changes, d->verdict->label.subject_mark, true);
	return p;
}

static struct pieces sent_form(const struct delivery *d, const struct changes *changes)
{
	struct pieces p = {0};
	add_message(&p, d, removed_of(d, changes, STR_EMPTY), changes, STR_EMPTY, false);
	return p;
}

struct str compose_header(const struct delivery *d, const struct changes *changes)
{
	struct pieces p = {0};
	struct buf all = {0};
	add_list(&p, &changes->first, d->mem);
	(void)add_fields(&p, d, removed_of(d, changes, STR_EMPTY), STR_EMPTY);
	if (lacks_line_end(&p))
		add(&p, STR_LIT("\n"), d->mem);
	add_list(&p, &changes->last, d->mem);
	for (size_t i = 0; i < p.count; i++)
		buf_add(&all, p.items[i]);
	buf_byte(&all, '\n');
	struct str header = arena_str(d->mem, buf_str(&all));
	buf_free(&all);
	return header;
}

static bool is_bare(const struct delivery *d, const struct changes *c)
{
	return message_needs_blank_line(d->msg) &&
	       !(c && (c->first.count || c->last.count || c->body));
}

static bool has_changes(const struct changes *c)
{
	return c && (c->removed || c->first.count || c->last.count || c->body);
}

/*
 * What a stamp says about the message with these changes: it is clean only if a filter found it so
 * and this mailbox's script did not change it.
 */
static enum stamp_judged judged(const struct delivery *d, const struct changes *changes)
{
	bool by_header = delivery_checked_by(d)->antispam == SPAM_BY_HEADERS;
	if (d->verdict->spam.state == SPAM_YES)
		return STAMP_SPAM;
	if (d->verdict->spam.state == SPAM_NO)
		return has_changes(changes) ? STAMP_NOT_JUDGED : STAMP_CLEAN;
	/*
	 * If a list skipped the check, nobody has read the filter's header, and a script may remove
	 * it.
	 */
	return by_header && spam_by_header(&d->conf->spam_headers, d->msg, d->mem)
		       ? STAMP_SPAM
		       : STAMP_NOT_JUDGED;
}

static void add_form(const struct delivery *d, struct plan *plan, const struct changes *changes)
{
	struct stamp_message sealed =
		stamp_message_sent(d->msg, d->verdict->header.removed, changes);
	struct form *f = ARENA_PUSH(d->mem, plan->forms, plan->form_count);
	*f = (struct form){.changes = changes,
		.stored = stored_form(d, changes),
		.sent = sent_form(d, changes),
		.sealed_body = sealed.body,
		.judged = judged(d, changes),
		.is_bare = is_bare(d, changes)};
	for (size_t i = 0; i < STAMP_FIELDS; i++)
		if (sealed.has[i])
			f->sealed[i] = sealed.fields[i];
}

static unsigned form_of(const struct delivery *d, struct plan *p, const struct changes *changes)
{
	size_t i = 0;
	while (i < p->form_count && p->forms[i].changes != changes)
		i++;
	if (i == p->form_count)
		add_form(d, p, changes);
	return (unsigned)i;
}

/* ---- the facts ---- */

/* The MTA may have written the field already (Postfix: local(8), the flags D and O of pipe(8)). */
static bool says(const struct delivery *d, const char *name, struct str address)
{
	const struct header *top = message_find(d->msg, str_of(name));
	return top && str_eq(message_header_text(top, d->mem), address);
}

/* The date after the last semicolon of a Received field (RFC 5321 section 4.4). */
static uint64_t received(const struct delivery *d, const struct header *h)
{
	struct date date;
	struct str value = h ? message_header_text(h, d->mem) : STR_EMPTY;
	size_t semicolon = str_rfind(value, ';');
	bool known = semicolon < value.n &&
		     date_parse(str_slice(value, semicolon + 1, value.n), &date) &&
		     date.seconds > 0;
	return known ? (uint64_t)date.seconds : 0;
}

static struct facts facts_of(const struct delivery *d)
{
	const struct header *id = message_find(d->msg, STR_LIT("Message-ID"));
	const struct header *trace = message_find(d->msg, STR_LIT("Received"));
	return (struct facts){
		.message_id = id ? str_slice(message_header_text(id, d->mem), 0, FACTS_ID_MOST)
				 : STR_EMPTY,
		.has_received = trace != NULL,
		.received = received(d, trace),
		.says_original_to = says(d, "X-Original-To", d->env->original_recipient),
		.says_delivered_to = says(d, "Delivered-To", d->env->recipient),
	};
}

void compose_forms(const struct delivery *d, struct plan *p)
{
	p->facts = facts_of(d);
	p->forms = NULL;
	p->form_count = 0;
	(void)form_of(
		d, p, NULL); /* the first form; a redirect of an earlier attempt may need it */
	for (size_t i = 0; i < p->step_count; i++)
		p->steps[i].form = form_of(d, p, p->steps[i].changes);
}

/* ---- what is written ---- */

static void add_pieces(struct pieces *p, const struct pieces *more, struct arena *mem)
{
	for (size_t i = 0; i < more->count; i++)
		add(p, more->items[i], mem);
}

static void add_trace(struct pieces *p, const struct delivery *d, const struct facts *facts)
{
	struct str path = arena_fmt(d->mem, "<" STR_FMT ">", STR_ARGS(d->env->sender));
	add_field(p, "Return-Path", path, d->mem);
	if (!facts->says_original_to)
		add_field(p, "X-Original-To", d->env->original_recipient, d->mem);
	if (!facts->says_delivered_to)
		add_field(p, "Delivered-To", d->env->recipient, d->mem);
}

struct str_list compose_trace(const struct delivery *d)
{
	struct facts facts = facts_of(d);
	struct pieces p = {0};
	struct str_list fields = {0};
	/* When a script is tried, for example, nobody has named a recipient. */
	facts.says_original_to |= d->env->original_recipient.n == 0;
	facts.says_delivered_to |= d->env->recipient.n == 0;
	add_trace(&p, d, &facts);
	for (size_t i = 0; i < p.count; i++)
		str_list_add(&fields, p.items[i], d->mem);
	return fields;
}

struct pieces compose_stored(const struct delivery *d, const struct step *store)
{
	struct pieces p = {0};
	add_trace(&p, d, &d->plan->facts);
	if (is_junk(d, store->argument))
		add_field(&p, filed.p, junk, d->mem);
	add_pieces(&p, &d->plan->forms[store->form].stored, d->mem);
	return p;
}

struct pieces compose_redirected(
	const struct delivery *d, struct str top, const struct step *redirect)
{
	struct pieces p = {0};
	add(&p, top, d->mem);
	if (top.n && d->plan->forms[redirect->form].is_bare)
		add(&p, STR_LIT("\n"), d->mem);
	add_pieces(&p, &d->plan->forms[redirect->form].sent, d->mem);
	return p;
}
