#include "filters/lists/list_senders.h"

#include "base/address.h"
#include "base/buf.h"
#include "base/printable.h"
#include "base/str_list.h"
#include "base/utf8.h"
#include "base/wild.h"
#include "filters/firewall.h"

struct gathering {
	struct list_senders s;
	struct arena *mem;
};

/* More addresses count as hidden, so they need not be read. */
static bool is_full(const struct gathering *g)
{
	return g->s.hidden && g->s.all.count == LIST_SENDERS_MOST;
}

static const char *disguised(struct str name, struct arena *mem)
{
	return arena_fmt(mem, "a " STR_FMT " is disguised", STR_ARGS(name)).p;
}

static void hide(struct gathering *g, const char *why)
{
	if (!g->s.hidden)
		g->s.hidden = why;
}

/* ---- addresses ---- */

static void add_key(struct gathering *g, struct str_list *list, struct str key)
{
	if (key.n > WILD_KEY_MOST)
		hide(g, "a sender's address is too long to be looked up");
	else if (!str_list_has(list, key) && list->count == LIST_SENDERS_MOST)
		hide(g, "there are too many sender addresses to look them up");
	else if (!str_list_has(list, key))
		str_list_add(list, key, g->mem);
}

/* FROM is NULL, or the addresses are added to it too. */
static void add_list(struct gathering *g, const struct address_list *list, struct str_list *from)
{
	if (list->cut)
		hide(g, "a sender field is too long to be read");
	for (size_t i = 0; i < list->count && !is_full(g); i++) {
		struct str key = address_key(&list->items[i], g->mem);
		add_key(g, &g->s.all, key);
		if (from)
			add_key(g, from, key);
	}
}

/* ---- other ways to read a field ---- */

/* The ASCII character that C looks like, if addresses are made of it. */
static char sign_of(uint32_t c)
{
	static const struct {
		uint32_t from, to;
		char sign;
	} signs[] = {
		{0xfe64, 0xfe64, '<'}, {0xff1c, 0xff1c, '<'}, /* small and full-width forms */
		{0xfe65, 0xfe65, '>'}, {0xff1e, 0xff1e, '>'}, {0xfe6b, 0xfe6b, '@'},
		{0xff20, 0xff20, '@'}, {0xa0, 0xa0, ' '}, {0x2000, 0x200a, ' '},
		{0x202f, 0x202f, ' '}, {0x205f, 0x205f, ' '}, {0x3000, 0x3000, ' '}, /* blanks */
	};
	for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
		if (c >= signs[i].from && c <= signs[i].to)
			return signs[i].sign;
	return '\0';
}

/* TEXT without invisible characters and bytes that are not UTF-8, and with plain signs. */
static struct str as_shown(struct str text, struct arena *mem)
{
	struct buf b = {0};
	while (text.n) {
		struct str before = text;
		uint32_t c;
		if (!utf8_next(&text, &c)) {
			text = str_slice(text, 1, text.n);
			continue;
		}
		char sign = sign_of(c);
		if (sign)
			buf_byte(&b, sign);
		else if (c == '\t' || c == '\n' || !printable_is_deceptive(c))
			buf_add(&b, str_slice(before, 0, before.n - text.n));
	}
	struct str shown = arena_str(mem, buf_str(&b));
	buf_free(&b);
	return shown;
}

/*
 * Does a reader of C strings stop early, or does a reader with other line ends see another line?
 * Several CRs before an LF are one line end.
 */
static bool is_broken(struct str value)
{
	for (size_t i = 0; i < value.n; i++) {
		if (value.p[i] == '\0')
			return true;
		if (value.p[i] != '\r')
			continue;
		while (i + 1 < value.n && value.p[i + 1] == '\r')
			i++;
		if (i + 1 < value.n && value.p[i + 1] != '\n')
			return true;
	}
	return false;
}

/* ---- fields ---- */

static void add_value(struct gathering *g, struct str value, struct str_list *from, bool *ambiguous)
{
	struct address_list list = address_parse_list(value, g->mem);
	struct str shown = as_shown(value, g->mem);
	*ambiguous = *ambiguous || address_list_is_ambiguous(&list);
	add_list(g, &list, from);
	if (str_eq(shown, value))
		return;
	list = address_parse_list(shown, g->mem);
	add_list(g, &list, NULL);
}

/*
 * Counts the fields with that name. *AMBIGUOUS is set when one of them does not name exactly one
 * person.
 */
static size_t add_fields(struct gathering *g, const struct message *msg, struct str name,
	struct str_list *from, bool *ambiguous)
{
	size_t at = 0, count = 0;
	const struct header *h;
	while ((h = message_next(msg, name, &at))) {
		count++;
		if (is_broken(h->value))
			hide(g, disguised(name, g->mem));
		if (!is_full(g))
			add_value(g, h->value, from, ambiguous);
	}
	if (firewall_finds_disguised(msg, name))
		hide(g, disguised(name, g->mem));
	return count;
}

static void add_envelope(struct gathering *g, struct str sender)
{
	struct address a = address_parse_envelope(sender, g->mem);
	struct str key = address_key(&a, g->mem);
	struct str shown = as_shown(sender, g->mem);
	if (key.n == 0)
		return;
	add_key(g, &g->s.all, key);
	if (!a.invalid)
		g->s.envelope = key;
	if (str_eq(shown, sender))
		return;
	a = address_parse_envelope(shown, g->mem);
	add_key(g, &g->s.all, address_key(&a, g->mem));
}

struct list_senders list_senders_of(
	const struct message *msg, const struct envelope *env, struct arena *mem)
{
	struct gathering g = {.mem = mem};
	bool ambiguous = false, ignored = false;
	add_envelope(&g, env->sender);
	size_t from = add_fields(&g, msg, STR_LIT("From"), &g.s.from, &ambiguous);
	add_fields(&g, msg, STR_LIT("Sender"), NULL, &ignored);
	if (g.s.hidden)
		g.s.ambiguous = g.s.hidden;
	else if (from == 0)
		g.s.ambiguous = "there is no From";
	else if (from > 1)
		g.s.ambiguous = "there are several From fields";
	else if (ambiguous)
		g.s.ambiguous = "the From is ambiguous";
	return g.s;
}
