#include "base/vcard.h"

#include "base/address_cell.h"
#include "base/buf.h"
#include "base/utf8.h"

#include <string.h>

enum { ADDRESSES_MOST = 1000, VALUE_MOST = 4096 };

/* ---- lines ---- */

struct line {
	struct str name;       /* without its group, such as "EMAIL" */
	struct str parameters; /* ";TYPE=home;PREF=1" */
	struct str value;
};

/* Finds the first colon outside of quotes (version 4.0 quotes values of parameters). */
static size_t colon_of(struct str s)
{
	bool quoted = false;
	for (size_t i = 0; i < s.n; i++) {
		quoted ^= s.p[i] == '"';
		if (s.p[i] == ':' && !quoted)
			return i;
	}
	return s.n;
}

/*
 * Takes the next line with its continuation lines: those that begin with a blank (RFC 6350 section
 * 3.2), or, in version 2.1, follow a final "=".
 */
static bool next_line(struct str *rest, struct buf *whole, unsigned *lines)
{
	struct str line;
	buf_clear(whole);
	if (!str_line(rest, &line))
		return false;
	*lines = 1;
	buf_add(whole, line);
	size_t colon = colon_of(line); /* a value may contain the word */
	bool quoted = str_ifind(str_slice(line, 0, colon), STR_LIT("QUOTED-PRINTABLE")) < colon;
	while (rest->n) {
		bool folded = rest->p[0] == ' ' || rest->p[0] == '\t';
		bool soft = quoted && whole->n && whole->p[whole->n - 1] == '=';
		if (!folded && !soft)
			break;
		whole->n -= soft;
		(void)str_line(rest, &line); /* there is one: REST is not empty */
		++*lines;
		buf_add(whole, folded && !soft ? str_slice(line, 1, line.n) : line);
	}
	return true;
}

static bool take_apart(struct str s, struct line *line)
{
	size_t colon = colon_of(s);
	if (colon == s.n)
		return false;
	struct str head = str_slice(s, 0, colon);
	size_t semicolon = str_find(head, ';');
	struct str name = str_slice(head, 0, semicolon);
	size_t dot = str_rfind(name, '.');
	line->name = str_trim(dot < name.n ? str_slice(name, dot + 1, name.n) : name);
	line->parameters = str_slice(head, semicolon, head.n);
	line->value = str_slice(s, colon + 1, s.n);
	return true;
}

/* ---- values ---- */

static void unquote(struct buf *to, struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		int high = i + 2 < s.n && s.p[i] == '=' ? ascii_hex(s.p[i + 1]) : -1;
		int low = high >= 0 ? ascii_hex(s.p[i + 2]) : -1;
		if (low >= 0) {
			buf_byte(to, (char)(high * 16 + low));
			i += 2;
		} else {
			buf_byte(to, s.p[i]);
		}
	}
}

/* Replaces "\," and "\n" (RFC 6350 section 3.4). */
static void unescape(struct buf *to, struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '\\' && i + 1 < s.n) {
			i++;
			buf_byte(to, ascii_lower(s.p[i]) == 'n' ? ' ' : s.p[i]);
		} else {
			buf_byte(to, s.p[i]);
		}
	}
}

/* Old phones write Latin-1, with or without saying so. */
static void add_latin1(struct buf *to, struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];
		if (c >= 0x80)
			buf_byte(to, (char)(0xc0 | c >> 6));
		buf_byte(to, (char)(c < 0x80 ? c : (0x80 | (c & 0x3f))));
	}
}

static void read_value(const struct line *line, struct buf *to)
{
	struct buf raw = {0}, plain = {0};
	struct str value = str_slice(line->value, 0, VALUE_MOST);
	struct str p = line->parameters;
	if (str_ifind(p, STR_LIT("QUOTED-PRINTABLE")) < p.n)
		unquote(&raw, value);
	else
		buf_add(&raw, value);
	unescape(&plain, buf_str(&raw));
	buf_clear(to);
	if (utf8_valid(buf_str(&plain)))
		buf_add(to, str_trim(buf_str(&plain)));
	else
		add_latin1(to, str_trim(buf_str(&plain)));
	buf_free(&raw);
	buf_free(&plain);
}

/* The length of a component. An escaped semicolon does not end it. */
static size_t component(struct str s)
{
	size_t i = 0;
	while (i < s.n && s.p[i] != ';')
		i += s.p[i] == '\\' && i + 1 < s.n ? 2 : 1;
	return i;
}

/* Makes "Given Family" of "Family;Given;Additional;Prefixes;Suffixes". */
static void read_structured_name(const struct line *line, struct buf *to)
{
	struct line part = *line;
	struct buf given = {0};
	size_t first = component(line->value);
	struct str rest = str_slice(line->value, first + 1, line->value.n);
	part.value = str_slice(rest, 0, component(rest));
	read_value(&part, &given);
	part.value = str_slice(line->value, 0, first);
	read_value(&part, to);
	if (given.n && to->n)
		buf_byte(&given, ' ');
	buf_add(&given, buf_str(to));
	buf_clear(to);
	buf_add(to, buf_str(&given));
	buf_free(&given);
}

/* ---- cards ---- */

struct card {
	struct arena *mem;
	struct str name, structured;
	struct found *found;
	size_t count;
	unsigned line; /* its line in the file */
};

struct found {
	struct str address;
	unsigned line;
};

static void add_address(struct card *card, struct str address)
{
	if (str_find(address, '@') < address.n && card->count < ADDRESSES_MOST)
		*(struct found *)ARENA_PUSH(card->mem, card->found, card->count) =
			(struct found){arena_str(card->mem, address), card->line};
}

/* Several addresses in one line are against the standard, but programs write them. */
static void add_addresses(struct card *card, struct str text)
{
	struct address_list list = address_cell_parse(text, card->mem);
	if (list.malformed)
		add_address(card, text);
	for (size_t i = 0; i < list.count && !list.malformed; i++)
		add_address(card, list.items[i].spec);
}

static void take_line(struct card *card, const struct line *line, struct buf *value)
{
	/* An address that is too long is not cut: its beginning would be another address. */
	if (str_ieq(line->name, STR_LIT("EMAIL")) && line->value.n <= VALUE_MOST) {
		read_value(line, value);
		add_addresses(card, buf_str(value));
	} else if (str_ieq(line->name, STR_LIT("FN"))) {
		read_value(line, value);
		card->name = arena_str(card->mem, buf_str(value));
	} else if (str_ieq(line->name, STR_LIT("N"))) {
		read_structured_name(line, value);
		card->structured = arena_str(card->mem, buf_str(value));
	}
}

static void tell(const struct card *card, vcard_visit *visit, void *context)
{
	for (size_t i = 0; i < card->count; i++)
		visit(context, card->name.n ? card->name : card->structured, card->found[i].address,
			card->found[i].line);
}

size_t vcard_walk(struct str text, vcard_visit *visit, void *context)
{
	struct buf whole = {0}, value = {0};
	struct card card = {0};
	size_t cards = 0;
	unsigned line_number = 1, lines;
	text = utf8_without_mark(text);
	for (; next_line(&text, &whole, &lines); line_number += lines) {
		struct line line;
		card.line = line_number;
		if (!take_apart(buf_str(&whole), &line))
			continue;
		bool begins = str_ieq(line.name, STR_LIT("BEGIN"));
		bool ends = str_ieq(line.name, STR_LIT("END"));
		if ((begins || ends) && !str_ieq(str_trim(line.value), STR_LIT("VCARD")))
			continue;
		if (ends && card.mem) {
			tell(&card, visit, context);
			cards++;
		}
		if (begins || ends) {
			arena_free(card.mem);
			card = (struct card){.mem = begins ? arena_new() : NULL};
		} else if (card.mem) {
			take_line(&card, &line, &value);
		}
	}
	arena_free(card.mem);
	buf_free(&whole);
	buf_free(&value);
	return cards;
}

/* ---- writing ---- */

static void add_escaped(struct buf *to, struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = ascii_iscntrl(s.p[i]) ? ' ' : s.p[i];
		if (strchr("\\,;", c))
			buf_byte(to, '\\');
		buf_byte(to, c);
	}
}

void vcard_write(struct buf *to, struct str name, struct str address)
{
	buf_text(to, "BEGIN:VCARD\r\nVERSION:4.0\r\nFN:");
	add_escaped(to, name.n ? name : address);
	buf_text(to, "\r\nEMAIL:");
	add_escaped(to, address);
	buf_text(to, "\r\nEND:VCARD\r\n");
}
