#include "filters/lists/list_senders.h"

#include "base/address.h"
#include "base/buf.h"
#include "base/printable.h"
#include "base/str_list.h"
#include "base/utf8.h"
#include "base/wild.h"
#include "filters/firewall.h"

struct collector {
	struct list_senders s;
	struct arena *mem;
};

/* More addresses count as hidden, so they need not be read. */
static bool is_full(const struct collector *c)
{
	return c->s.hidden && c->s.all.count == LIST_SENDERS_MOST;
}

static const char *disguised(struct str name, struct arena *mem)
{
	return arena_fmt(mem, "a " STR_FMT " is disguised", STR_ARGS(name)).p;
}

static void hide(struct collector *c, const char *why)
{
	if (!c->s.hidden)
		c->s.hidden = why;
}

/* ---- addresses ---- */

static void add_key(struct collector *c, struct str_list *list, struct str key)
{
	if (key.n > WILD_KEY_MOST)
		hide(c, "a sender's address is too long to be looked up");
	else if (!str_list_has(list, key) && list->count == LIST_SENDERS_MOST)
		hide(c, "there are too many sender addresses to look them up");
	else if (!str_list_has(list, key))
		str_list_add(list, key, c->mem);
}

/* FROM is NULL, or the addresses are added to it too. */
static void add_list(struct collector *c, const struct address_list *list, struct str_list *from)
{
	if (list->cut)
		hide(c, "a sender field is too long to be read");
	for (size_t i = 0; i < list->count && !is_full(c); i++) {
		struct str key = address_key(&list->items[i], c->mem);
		add_key(c, &c->s.all, key);
		if (from)
			add_key(c, from, key);
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

static void add_value(struct collector *c, struct str value, struct str_list *from, bool *ambiguous)
{
	struct address_list list = address_parse_list(value, c->mem);
	struct str shown = as_shown(value, c->mem);
	*ambiguous = *ambiguous || address_list_is_ambiguous(&list);
	add_list(c, &list, from);
	if (str_eq(shown, value))
		return;
	list = address_parse_list(shown, c->mem);
	add_list(c, &list, NULL);
}

/*
 * Counts the fields with that name. *AMBIGUOUS is set when one of them does not name exactly one
 * person.
 */
static size_t add_fields(struct collector *c, const struct message *msg, struct str name,
	struct str_list *from, bool *ambiguous)
{
	size_t at = 0, count = 0;
	const struct header *h;
	while ((h = message_next(msg, name, &at))) {
		count++;
		if (is_broken(h->value))
			hide(c, disguised(name, c->mem));
		if (!is_full(c))
			add_value(c, h->value, from, ambiguous);
	}
	if (firewall_finds_disguised(msg, name))
		hide(c, disguised(name, c->mem));
	return count;
}

static void add_envelope(struct collector *c, struct str sender)
{
	struct address a = address_parse_envelope(sender, c->mem);
	struct str key = address_key(&a, c->mem);
	struct str shown = as_shown(sender, c->mem);
	if (key.n == 0)
		return;
	add_key(c, &c->s.all, key);
	if (!a.invalid)
		c->s.envelope = key;
	if (str_eq(shown, sender))
		return;
	a = address_parse_envelope(shown, c->mem);
	add_key(c, &c->s.all, address_key(&a, c->mem));
}

struct list_senders list_senders_of(
	const struct message *msg, const struct envelope *env, struct arena *mem)
{
	struct collector c = {.mem = mem};
	bool ambiguous = false, ignored = false;
	add_envelope(&c, env->sender);
	size_t from = add_fields(&c, msg, STR_LIT("From"), &c.s.from, &ambiguous);
	(void)add_fields(&c, msg, STR_LIT("Sender"), NULL, &ignored); /* how many does not matter */
	if (c.s.hidden)
		c.s.ambiguous = c.s.hidden;
	else if (from == 0)
		c.s.ambiguous = "there is no From";
	else if (from > 1)
		c.s.ambiguous = "there are several From fields";
	else if (ambiguous)
		c.s.ambiguous = "the From is ambiguous";
	return c.s;
}
