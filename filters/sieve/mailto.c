#include "filters/sieve/mailto.h"

#include "base/address.h"
#include "base/limits.h"
#include "base/printable.h"
#include "base/str_list.h"
#include "base/utf8.h"

/* ---- percent encoding (RFC 3986 section 2.1) ---- */

static bool decode(struct str s, struct str *decoded, struct arena *mem)
{
	char *p = arena_alloc(mem, s.n + 1);
	size_t n = 0;
	for (size_t i = 0; i < s.n; i++) {
		int high = i + 2 < s.n ? ascii_hex(s.p[i + 1]) : -1;
		int low = i + 2 < s.n ? ascii_hex(s.p[i + 2]) : -1;
		if (s.p[i] == '%' && (high < 0 || low < 0))
			return false;
		if (s.p[i] == '%') {
			p[n++] = (char)(high * 16 + low);
			i += 2;
		} else if ((unsigned char)s.p[i] <= ' ' || (unsigned char)s.p[i] >= 0x7f) {
			return false;
		} else {
			p[n++] = s.p[i];
		}
	}
	*decoded = (struct str){p, n};
	return utf8_valid(*decoded);
}

/* ---- parts ---- */

static bool is_recipient(const struct mailto *m, struct str address)
{
	for (size_t i = 0; i < m->to.count; i++)
		if (str_ieq(m->to.items[i], address))
			return true;
	return false;
}

static const char *add_recipients(
	struct mailto *m, struct str *field, struct str text, struct arena *mem)
{
	struct address_list list = address_parse_list(text, mem);
	if (list.malformed || list.count == 0 || printable_has_control(text))
		return "it has no address";
	for (size_t i = 0; i < list.count; i++) {
		if (list.items[i].invalid || list.items[i].domain.n == 0)
			return "it has no address with a domain";
		if (is_recipient(m, list.items[i].spec))
			continue;
		if (m->to.count >= LIMIT_NOTIFY_RECIPIENTS)
			return "it has too many recipients";
		str_list_add(&m->to, list.items[i].spec, mem);
	}
	*field = field->n ? ARENA_JOIN(mem, *field, STR_LIT(", "), text) : text;
	return NULL;
}

/*
 * Recipients are separated by commas, possibly encoded (RFC 2368 section 2); an address has its
 * commas in quotes.
 */
static const char *read_recipients(struct mailto *m, struct str raw, struct arena *mem)
{
	const char *why = NULL;
	while (raw.n && !why) {
		size_t comma = str_find(raw, ',');
		struct str text;
		if (!decode(str_slice(raw, 0, comma), &text, mem))
			return "its encoding is broken";
		why = add_recipients(m, &m->to_field, text, mem);
		raw = str_slice(raw, comma + 1, raw.n);
	}
	return why;
}

static bool is_name(struct str name)
{
	for (size_t i = 0; i < name.n; i++)
		if (!ascii_isalnum(name.p[i]) && name.p[i] != '-')
			return false;
	return name.n > 0;
}

/* Fields that describe the message itself, or could make it look like somebody else's. */
static bool is_forbidden(struct str name)
{
	static const char *const names[] = {"from", "sender", "date", "message-id", "received",
		"auto-submitted", "return-path", "bcc", "mime-version", "references", "in-reply-to",
		"reply-to", "delivered-to", "x-original-to", "dkim-signature",
		"authentication-results"};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (str_ieq(name, str_of(names[i])))
			return true;
	return str_istarts(name, STR_LIT("resent-")) || str_istarts(name, STR_LIT("content-")) ||
	       str_istarts(name, STR_LIT("list-")) || str_istarts(name, STR_LIT("x-mda-"));
}

static const char *take_field(
	struct mailto *m, struct str name, struct str value, struct arena *mem)
{
	if (str_ieq(name, STR_LIT("body"))) {
		m->body = value;
		return NULL;
	}
	if (printable_has_control(value))
		return "one of its header fields has more than one line";
	if (str_ieq(name, STR_LIT("to")))
		return add_recipients(m, &m->to_field, value, mem);
	if (str_ieq(name, STR_LIT("cc")))
		return add_recipients(m, &m->cc_field, value, mem);
	if (str_ieq(name, STR_LIT("subject")))
		m->subject = value;
	else if (m->field_count >= LIMIT_NOTIFY_FIELDS)
		return "it has too many fields";
	else if (!is_forbidden(name))
		*(struct mailto_field *)ARENA_PUSH(mem, m->fields, m->field_count) =
			(struct mailto_field){name, value};
	return NULL;
}

static const char *read_field(struct mailto *m, struct str raw, struct arena *mem)
{
	size_t equals = str_find(raw, '=');
	struct str name, value;
	if (equals == raw.n)
		return "one of its header fields has no \"=\"";
	if (!decode(str_slice(raw, 0, equals), &name, mem) ||
		!decode(str_slice(raw, equals + 1, raw.n), &value, mem))
		return "its encoding is broken";
	return is_name(name) ? take_field(m, name, value, mem)
			     : "one of its header fields has no name";
}

const char *mailto_parse(struct str uri, struct mailto *m, struct arena *mem)
{
	static const char scheme[] = "mailto:";
	*m = (struct mailto){0};
	if (!str_istarts(uri, str_of(scheme)))
		return "it is not a mailto: URI";
	struct str rest = str_slice(uri, sizeof scheme - 1, uri.n);
	size_t mark = str_find(rest, '?');
	const char *why = read_recipients(m, str_slice(rest, 0, mark), mem);
	struct str query = str_slice(rest, mark + 1, rest.n);
	while (query.n && !why) {
		size_t end = str_find(query, '&');
		why = read_field(m, str_slice(query, 0, end), mem);
		query = str_slice(query, end + 1, query.n);
	}
	return !why && m->to.count == 0 ? "it has no recipient" : why;
}
