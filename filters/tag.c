#include "filters/tag.h"

#include "filters/list_search.h"
#include "mda/base/address.h"
#include "mda/base/idn.h"
#include "mda/base/wild.h"

const char *const tag_label_names[] = {
	[LABEL_NONE] = "none",
	[LABEL_EXTERNAL] = "External",
	[LABEL_UNKNOWN] = "Unknown",
};

static bool entry_matches(struct str entry, struct str key, struct arena *mem)
{
	struct wild w;
	const char *why;
	return wild_parse(entry, mem, &w, &why) && wild_matches(&w, key);
}

static bool any_matches(const struct str_list *entries, struct str key, struct arena *mem)
{
	for (size_t i = 0; i < entries->count; i++)
		if (entry_matches(entries->items[i], key, mem))
			return true;
	return false;
}

static bool is_inside(const struct tag_organization *org, struct str key, struct arena *mem)
{
	return any_matches(&org->domains, key, mem) || any_matches(&org->addresses, key, mem);
}

static const struct tag_organization *organization_of(
	const struct tag_conf *conf, struct str recipient_key, struct arena *mem)
{
	for (size_t i = 0; i < conf->organization_count; i++)
		if (any_matches(&conf->organizations[i].domains, recipient_key, mem))
			return &conf->organizations[i];
	return NULL;
}

struct contact_search {
	unsigned line; /* of the first entry that matches; 0: none yet */
	struct verdict *verdict;
};

static void try_contact(void *context, const struct list_hit *h)
{
	struct contact_search *s = context;
	if (s->line == 0 || h->line < s->line)
		s->line = h->line;
}

static void note_stale(void *context, const char *text)
{
	const struct contact_search *s = context;
	verdict_note(s->verdict, "%s; the text is read instead (mda-lists compile)", text);
}

/* The line of the contacts file that names KEY, or 0. */
static unsigned contact_line(const struct tag_conf *conf, struct str key, struct verdict *v)
{
	struct contact_search s = {.verdict = v};
	struct list_query q = {.path = str_of(conf->contacts),
		.keys = &key,
		.count = 1,
		.hit = try_contact,
		.stale = note_stale,
		.context = &s};
	struct err err;
	if (conf->contacts && list_search(&q, &err) < 0)
		verdict_note(v, "contacts: %s", err.text);
	return s.line;
}

static void set(struct verdict *v, enum label label, struct reason reason)
{
	v->label = label;
	v->label_reason = reason;
}

static void decide_by_address(const struct tag_conf *conf, const struct tag_organization *org,
	const struct address *from, struct verdict *v)
{
	struct str key = address_key(from, v->mem);
	if (org && is_inside(org, key, v->mem)) {
		struct str text = arena_fmt(v->mem, "inside " STR_FMT, STR_ARGS(org->name));
		set(v, LABEL_NONE, (struct reason){.text = text});
		return;
	}
	unsigned line = contact_line(conf, key, v);
	if (line) {
		set(v, LABEL_NONE, reason_line(str_of(conf->contacts), line, STR_LIT("contact")));
		return;
	}
	struct str domain = idn_domain(from->domain, v->mem);
	struct str text = arena_fmt(v->mem, "outside; domain=" STR_FMT, STR_ARGS(domain));
	set(v, org ? LABEL_EXTERNAL : LABEL_UNKNOWN, (struct reason){.text = text});
}

/* The one address of the one From field; NULL with the reason when a reader could take it for somebody else. */
static const struct address *sole_from(
	const struct message *msg, struct arena *mem, const char **why)
{
	size_t at = 0;
	const struct header *h = message_next(msg, STR_LIT("From"), &at);
	if (!h) {
		*why = "no-from";
		return NULL;
	}
	if (message_next(msg, STR_LIT("From"), &at)) {
		*why = "several-from-fields";
		return NULL;
	}
	struct address_list *list = arena_alloc(mem, sizeof *list);
	*list = address_parse_list(h->value, mem);
	*why = "ambiguous-from";
	return address_list_is_ambiguous(list) ? NULL : &list->items[0];
}

void tag_decide(const struct tag_conf *conf, const struct message *msg, const struct envelope *env,
	struct verdict *v)
{
	const char *why;
	if (v->label_known)
		return;
	v->label_known = true;
	if (!conf->enabled) {
		set(v, LABEL_NONE, reason_text("label is off"));
		return;
	}
	struct address recipient = address_parse_envelope(env->mailbox, v->mem);
	const struct tag_organization *org =
		organization_of(conf, address_key(&recipient, v->mem), v->mem);
	const struct address *from = sole_from(msg, v->mem, &why);
	if (from)
		decide_by_address(conf, org, from, v);
	else
		set(v, org ? LABEL_EXTERNAL : LABEL_UNKNOWN, reason_text(why));
}

void tag_write(struct verdict *v)
{
	if (v->label == LABEL_NONE)
		return;
	struct str value = arena_fmt(v->mem, "%s; reason=" STR_FMT, tag_label_names[v->label],
		STR_ARGS(v->label_reason.text));
	verdict_add_field(v, STR_LIT("X-Mda-Label"), value);
}
