#include "filters/label/tag.h"

#include "base/address.h"
#include "base/confusable.h"
#include "base/idn.h"
#include "filters/firewall.h"
#include "filters/label/lookalike.h"

const char *const tag_label_names[] = {
	[LABEL_NONE] = "none",
	[LABEL_EXTERNAL] = "External",
	[LABEL_UNKNOWN] = "Unknown",
};

const struct str tag_seen_handle = STR_LIT("mda:sender");

/* For ever, compared with the life of a mailbox. */
enum { SEEN_SECONDS = 10 * 365 * 24 * 3600 };

struct decision {
	const struct tag_conf *conf;
	const struct organization *org; /* the recipient's organization; NULL: none */
	const struct address *from;
	struct str key; /* of the From */
	struct verdict *v;
};

static void set(struct verdict *v, enum label label, struct reason reason)
{
	v->label.kind = label;
	v->label.reason = reason;
}

/* ---- a sender outside ---- */

/* The reason has the form "lookalike; domain=evil.example". */
static void set_outside(const struct decision *d, const char *why)
{
	struct arena *mem = d->v->mem;
	struct str domain = idn_domain(d->from->domain, mem);
	struct str text = arena_fmt(mem, "%s; domain=" STR_FMT, why, STR_ARGS(domain));
	set(d->v, d->org ? LABEL_EXTERNAL : LABEL_UNKNOWN, (struct reason){.text = text});
}

static bool is_lookalike(const struct decision *d)
{
	struct str imitated = STR_EMPTY;
	struct err err;
	if (d->org && lookalike_find(d->org, d->from, d->v->mem, &imitated, &err) < 0)
		verdict_trouble(d->v, "people", &err);
	if (confusable_lacks_icu())
		verdict_note(d->v, "ICU cannot be loaded: look-alike letters are not recognised");
	if (imitated.n)
		verdict_note(d->v, "the sender looks like " STR_FMT, STR_ARGS(imitated));
	return imitated.n > 0;
}

static bool is_first(const struct decision *d)
{
	return d->conf->seen && d->conf->seen(d->conf->context, d->key) == 0;
}

/* After this delivery the sender is known. */
static void remember(const struct decision *d)
{
	struct verdict *v = d->v;
	v->label.first_contact = true;
	v->label.sender_key = d->key;
}

/* DOUBT: why the contact does not count; NULL: it counts. */
static void tell_contact(const struct decision *d, const struct contact *contact, const char *doubt)
{
	if (contact->kind == CONTACT_NONE)
		verdict_found(d->v, FINDINGS_ALL,
			(struct finding){.stage = "tag",
				.kind = FINDING_SAID,
				.why = STR_LIT("the sender is not a contact")});
	else
		verdict_found(d->v, FINDINGS_KEPT,
			(struct finding){.stage = "tag",
				.kind = doubt ? FINDING_LOST : FINDING_MATCHED,
				.at = contact->reason,
				.why = str_of(doubt ? doubt : "the sender is a contact")});
}

static void decide_outside(const struct decision *d, const struct contact *contact)
{
	const char *doubt = authres_inside_doubt(&d->conf->auth, false, d->v);
	/* A contact that the recipient certainly knows may have a similar name. */
	bool is_known = contact->kind > CONTACT_WRITTEN;
	bool looks_inside = !is_known && is_lookalike(d);
	tell_contact(d, contact,
		doubt ? doubt : (looks_inside ? "the sender looks like somebody inside" : NULL));
	if (contact->kind != CONTACT_NONE && doubt) {
		verdict_note(d->v, "the sender may not be this contact: %s", doubt);
		set_outside(d, authres_failed(d->v) ? "spoofed" : "unverified");
	} else if (looks_inside) {
		set_outside(d, "lookalike");
	} else if (contact->kind != CONTACT_NONE) {
		set(d->v, LABEL_NONE, contact->reason);
	} else if (is_first(d)) {
		remember(d);
		set_outside(d, "first-contact");
	} else {
		set_outside(d, "outside");
	}
}

/* ---- a sender inside ---- */

static void decide_inside(const struct decision *d)
{
	struct verdict *v = d->v;
	const char *doubt = authres_inside_doubt(&d->conf->auth, true, v);
	if (doubt) {
		verdict_note(v, "the From claims to be inside the organization: %s", doubt);
		set_outside(d, authres_failed(v) ? "spoofed" : "unverified");
		return;
	}
	struct str text = arena_fmt(v->mem, "inside " STR_FMT, STR_ARGS(d->org->name));
	set(v, LABEL_NONE, (struct reason){.text = text});
}

static void decide_by_address(struct decision *d)
{
	struct contact contact;
	d->key = address_key(d->from, d->v->mem);
	verdict_found(d->v, FINDINGS_KEPT,
		(struct finding){.stage = "tag",
			.kind = FINDING_LOOKED,
			.field = STR_LIT("From"),
			.value = d->key});
	verdict_found(d->v, FINDINGS_ALL,
		(struct finding){.stage = "tag",
			.kind = FINDING_LOOKED,
			.field = STR_LIT("organization of the recipient"),
			.value = d->org ? d->org->name : STR_LIT("none")});
	if (d->org && organization_has(d->org, d->key, d->v->mem)) {
		decide_inside(d);
		return;
	}
	contacts_find(&d->conf->contacts, d->key, d->v, &contact);
	decide_outside(d, &contact);
}

/* ---- the From ---- */

/*
 * For "x@evil.example (Ann Boss)": if there is no name, readers and IMAP servers show the comment
 * instead.
 */
static void take_comment(struct address *a, struct str value)
{
	size_t open = str_find(value, '('), close = str_rfind(value, ')');
	if (a->name.n == 0 && open < close && close < value.n)
		a->name = str_slice(value, open + 1, close);
}

/*
 * The only address of the only From field. NULL with the reason when a reader could see another
 * author.
 */
static const struct address *sole_from(
	const struct message *msg, struct arena *mem, const char **why)
{
	size_t at = 0;
	const struct str name = STR_LIT("From");
	const struct header *h = message_next(msg, name, &at);
	if (firewall_finds_disguised(msg, name)) {
		*why = "disguised-from";
		return NULL;
	}
	if (!h) {
		*why = "no-from";
		return NULL;
	}
	if (message_next(msg, name, &at)) {
		*why = "several-from-fields";
		return NULL;
	}
	struct address_list *list = arena_alloc(mem, sizeof *list);
	*list = address_parse_list(h->value, mem);
	*why = "ambiguous-from";
	if (address_list_is_ambiguous(list))
		return NULL;
	take_comment(&list->items[0], h->value);
	return &list->items[0];
}

void tag_decide(const struct tag_conf *conf, const struct message *msg, const struct envelope *env,
	struct verdict *v)
{
	struct decision d = {.conf = conf, .v = v};
	const char *why;
	if (v->label.known)
		return;
	v->label.known = true;
	if (!conf->enabled) {
		set(v, LABEL_NONE, verdict_reason_text("label is off"));
		return;
	}
	struct address recipient = address_parse_envelope(env->mailbox, v->mem);
	d.org = organization_of(conf->organizations, conf->organization_count,
		address_key(&recipient, v->mem), v->mem);
	d.from = sole_from(msg, v->mem, &why);
	if (d.from)
		decide_by_address(&d);
	else
		set(v, d.org ? LABEL_EXTERNAL : LABEL_UNKNOWN, verdict_reason_text(why));
}

bool tag_proven_contact(const struct tag_conf *conf, const struct message *msg, struct verdict *v,
	struct contact *found)
{
	const char *why;
	const struct address *from = sole_from(msg, v->mem, &why);
	if (!from || authres_doubt(&conf->auth, v))
		return false;
	contacts_find(&conf->contacts, address_key(from, v->mem), v, found);
	return found->kind != CONTACT_NONE;
}

/* Does the From, which is inside the recipient's organization, count as that? */
static bool knows_inside(const struct decision *d, struct reason *why)
{
	if (authres_inside_doubt(&d->conf->auth, true, d->v))
		return false;
	*why = (struct reason){
		.text = arena_fmt(d->v->mem, "inside " STR_FMT, STR_ARGS(d->org->name))};
	return true;
}

static bool knows_contact(const struct decision *d, struct reason *why)
{
	struct contact contact;
	contacts_find(&d->conf->contacts, d->key, d->v, &contact);
	if (contact.kind == CONTACT_NONE)
		return false;
	const char *doubt = authres_inside_doubt(&d->conf->auth, false, d->v);
	if (!doubt && contact.kind <= CONTACT_WRITTEN && is_lookalike(d))
		doubt = "the sender looks like somebody inside";
	*why = contact.reason;
	if (doubt)
		verdict_found(d->v, FINDINGS_KEPT,
			(struct finding){.stage = "screener",
				.kind = FINDING_LOST,
				.at = contact.reason,
				.why = str_of(doubt)});
	return !doubt;
}

bool tag_knows(const struct tag_conf *conf, const struct message *msg, const struct envelope *env,
	struct verdict *v, struct reason *reason)
{
	struct decision d = {.conf = conf, .v = v};
	const char *why;
	d.from = sole_from(msg, v->mem, &why);
	if (!d.from)
		return false;
	struct address recipient = address_parse_envelope(env->mailbox, v->mem);
	d.org = organization_of(conf->organizations, conf->organization_count,
		address_key(&recipient, v->mem), v->mem);
	d.key = address_key(d.from, v->mem);
	bool inside = d.org && organization_has(d.org, d.key, v->mem);
	return inside ? knows_inside(&d, reason) : knows_contact(&d, reason);
}

/* ---- showing the label ---- */

static void write_field(struct verdict *v)
{
	struct str value = arena_fmt(v->mem, "%s; reason=" STR_FMT, tag_label_names[v->label.kind],
		STR_ARGS(v->label.reason.text));
	verdict_add_field(v, STR_LIT("X-Mda-Label"), value);
}

/* A redirect that is refused, and a message that a program does not take, are stored after all. */
static bool may_be_stored(enum action_kind kind)
{
	return kind == ACTION_STORE || kind == ACTION_REDIRECT || kind == ACTION_PIPE;
}

/* "$External", for clients that show keywords in colour. */
static void write_keyword(struct verdict *v)
{
	struct str keyword = arena_fmt(v->mem, "$%s", tag_label_names[v->label.kind]);
	const struct str_list all = {&keyword, 1};
	for (size_t i = 0; i < v->action_count; i++)
		if (may_be_stored(v->actions[i].kind))
			verdict_add_flags(&v->actions[i], &all, &v->notes);
}

/* Spam does not make a sender known, and neither does a message that is not kept. */
static void write_seen(struct verdict *v)
{
	if (v->label.first_contact && v->spam.state != SPAM_YES && verdict_find(v, ACTION_STORE))
		*(struct tracked *)ARENA_PUSH(v->mem, v->tracked, v->tracked_count) =
			(struct tracked){tag_seen_handle, v->label.sender_key, SEEN_SECONDS};
}

static struct str subject_marks[] = {STR_LIT("[External]"), STR_LIT("[Unknown]")};
const struct str_list tag_subject_marks = {
	subject_marks, sizeof subject_marks / sizeof *subject_marks};

void tag_write(unsigned shows, struct verdict *v)
{
	write_seen(v);
	if (v->label.kind == LABEL_NONE)
		return;
	if (shows & TAG_HEADER)
		write_field(v);
	if (shows & TAG_KEYWORD)
		write_keyword(v);
	if (shows & TAG_SUBJECT)
		v->label.subject_mark = arena_fmt(v->mem, "[%s]", tag_label_names[v->label.kind]);
}
