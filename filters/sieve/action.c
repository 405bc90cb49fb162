#include "filters/sieve/action.h"

#include "base/address.h"
#include "base/address_path.h"
#include "base/printable.h"
#include "base/str_list.h"

#include <string.h>

/* ---- kinds ---- */

static bool always_same(const struct sv_action *a, const struct sv_action *b)
{
	return a->kind == b->kind;
}

static bool same_folder(const struct sv_action *a, const struct sv_action *b)
{
	struct str inbox = STR_LIT("INBOX");
	return str_eq(a->argument, b->argument) ||
	       (str_ieq(a->argument, inbox) && str_ieq(b->argument, inbox));
}

/* Case matters only before the "@" (RFC 5321 section 2.4). */
static bool same_address(const struct sv_action *a, const struct sv_action *b)
{
	size_t at = str_find(a->argument, '@');
	return str_ieq(a->argument, b->argument) &&
	       str_eq(str_slice(a->argument, 0, at), str_slice(b->argument, 0, at));
}

static const char *refuses(const struct sv_action *self, const struct sv_action *other)
{
	(void)self;
	switch (other->kind->effect) {
	case SV_STORES:
	case SV_SENDS:
		return "reject cannot go with keep, fileinto or redirect (RFC 5429 section 2.2)";
	case SV_PIPES:
		return "reject cannot go with pipe";
	case SV_REFUSES:
		return "reject can be taken only once (RFC 5429 section 2.2)";
	default:
		return NULL;
	}
}

const struct sv_action_kind action_keep = {
	.name = "keep", .effect = SV_STORES, .same = always_same};
const struct sv_action_kind action_fileinto = {
	.name = "fileinto", .effect = SV_STORES, .same = same_folder};
const struct sv_action_kind action_discard = {
	.name = "discard", .effect = SV_DROPS, .same = always_same};
const struct sv_action_kind action_redirect = {
	.name = "redirect", .effect = SV_SENDS, .same = same_address};
const struct sv_action_kind action_reject = {
	.name = "reject", .effect = SV_REFUSES, .conflict = refuses};

/* ---- conflicts ---- */

static const char *ask(const struct sv_action *a, const struct sv_action *b)
{
	return a->kind->conflict ? a->kind->conflict(a, b) : NULL;
}

const char *action_conflict(
	const struct sv_action *fresh, const struct sv_action *old, size_t count)
{
	const char *why = NULL;
	for (size_t i = 0; i < count && !why; i++) {
		why = ask(fresh, &old[i]);
		if (!why)
			why = ask(&old[i], fresh);
	}
	return why;
}

/* Authors of rules do not deceive: only look-alike characters still count as doubtful. */
struct str action_address(struct str text, struct arena *mem)
{
	struct str path, none = STR_EMPTY;
	struct address_list list = address_parse_list(text, mem);
	if (list.malformed || list.group || list.count != 1)
		return none;
	const struct address *a = &list.items[0];
	if (a->invalid || a->domain.n == 0 || (list.doubtful && !str_is_ascii(a->spec)))
		return none;
	return address_path(a->spec, mem, &path) ? path : none;
}

struct str action_redirect_target(struct str argument, struct arena *mem)
{
	struct str to = action_address(argument, mem);
	return to.n && to.p[0] == '-' ? STR_EMPTY : to;
}

/* ---- properties ---- */

const struct sv_property *engine_action_property(const struct sv_action *a, const char *name)
{
	for (size_t i = 0; i < a->property_count; i++)
		if (strcmp(a->properties[i].name, name) == 0)
			return &a->properties[i];
	return NULL;
}

void action_add_property(struct sv_action *a, const char *name, struct str value, struct arena *mem)
{
	struct sv_property *p = (struct sv_property *)engine_action_property(a, name);
	if (!p) {
		p = ARENA_PUSH(mem, a->properties, a->property_count);
		p->name = name;
	}
	str_list_add(&p->values, value, mem);
}

void action_add_flags(struct sv_action *a, const struct str_list *flags, struct arena *mem)
{
	for (size_t i = 0; i < flags->count; i++)
		action_add_property(a, "flags", flags->items[i], mem);
}

/* Writes it on one line, whatever a script contains. */
static void put_text(struct buf *to, struct str text)
{
	size_t start = to->n;
	buf_add(to, text);
	printable_overwrite(to->p + start, text.n, ' ');
}

void action_describe(const struct sv_action *a, struct buf *to)
{
	buf_text(to, a->kind->name);
	if (a->argument.n) {
		buf_text(to, " \"");
		put_text(to, a->argument);
		buf_byte(to, '"');
	}
	if (a->copy)
		buf_text(to, ", copy");
	for (size_t i = 0; i < a->property_count; i++) {
		const struct sv_property *p = &a->properties[i];
		buf_fmt(to, ", %s", p->name);
		for (size_t k = 0; k < p->values.count; k++) {
			buf_byte(to, ' ');
			put_text(to, p->values.items[k]);
		}
	}
}
