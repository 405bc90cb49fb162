#include "base/address_spec.h"

#include "base/idn.h"
#include "base/utf8.h"

#include <string.h>

/* Longer addresses do not fit into a line of a message. */
enum { LONGEST_SPEC = 998, LONGEST_DOMAIN = 255, LONGEST_LABEL = 63 };

static bool every_byte(struct str s, bool (*is)(char))
{
	for (size_t i = 0; i < s.n; i++)
		if (!is(s.p[i]))
			return false;
	return true;
}

static bool is_domain_byte(char c)
{
	return ascii_isalnum(c) || (unsigned char)c > 0x7f || c == '-' || c == '_' || c == '.';
}

static bool is_literal_byte(char c)
{
	return ascii_isalnum(c) || (c && strchr(".:-%", c));
}

static bool labels_valid(struct str domain)
{
	for (bool more = true; more;) {
		size_t end = str_find(domain, '.');
		bool ascii = true;
		for (size_t i = 0; i < end; i++)
			ascii = ascii && (unsigned char)domain.p[i] < 0x80;
		/* How long the A-label of a UTF-8 label becomes is not known here. */
		if (end == 0 || (ascii && end > LONGEST_LABEL))
			return false;
		more = end < domain.n;
		domain = str_slice(domain, end + 1, domain.n);
	}
	return true;
}

bool address_domain_valid(struct str d)
{
	if (d.n > LONGEST_DOMAIN)
		return false;
	if (d.n > 2 && d.p[0] == '[' && d.p[d.n - 1] == ']')
		return every_byte(str_slice(d, 1, d.n - 1), is_literal_byte);
	return every_byte(d, is_domain_byte) && utf8_valid(d) && labels_valid(d);
}

static bool is_dot_atom(struct str s)
{
	bool dot = true;
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '.' ? dot : !address_is_atext(s.p[i]))
			return false;
		dot = s.p[i] == '.';
	}
	return !dot;
}

void address_spec_write(struct address *a, struct arena *mem)
{
	bool quote = !is_dot_atom(a->local);
	char *p = arena_alloc(mem, 2 * a->local.n + a->domain.n + 4);
	size_t n = 0;
	if (quote)
		p[n++] = '"';
	for (size_t i = 0; i < a->local.n; i++) {
		if (quote && (a->local.p[i] == '"' || a->local.p[i] == '\\'))
			p[n++] = '\\';
		p[n++] = a->local.p[i];
	}
	if (quote)
		p[n++] = '"';
	if (a->domain.n) {
		p[n++] = '@';
		memcpy(p + n, a->domain.p, a->domain.n);
		n += a->domain.n;
	}
	a->spec = (struct str){p, n};
}

/*
 * Code points that look like an @, a dot or an angle bracket, are invisible, or change the
 * direction of text.
 */
static bool is_deceptive(uint32_t c)
{
	static const struct {
		uint32_t from, to;
	} ranges[] = {
		{0x80, 0xa0},     /* C1 controls, no-break space */
		{0xad, 0xad},     /* soft hyphen */
		{0x61c, 0x61c},   /* Arabic letter mark */
		{0x2000, 0x200f}, /* blanks, zero width, marks */
		{0x2024, 0x2024}, /* one dot leader */
		{0x2028, 0x202f}, /* line separators, bidi embeddings and overrides */
		{0x205f, 0x206f}, /* more blanks and bidi isolates */
		{0x3000, 0x3000}, /* ideographic space */
		{0xfe64, 0xfe65}, /* small < > */
		{0xfe6b, 0xfe6b}, /* small @ */
		{0xfeff, 0xfeff}, /* zero width no-break space */
		{0xff1c, 0xff1c}, /* full-width < */
		{0xff1e, 0xff1e}, /* full-width > */
		{0xff20, 0xff20}, /* full-width @ */
		{0xfff9, 0xfffd}, /* annotations, replacement */
		{0xe0000, 0xe007f},
	};
	for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++)
		if (c >= ranges[i].from && c <= ranges[i].to)
			return true;
	return false;
}

static bool holds_deceptive(struct str s)
{
	uint32_t c;
	while (utf8_next(&s, &c))
		if (is_deceptive(c))
			return true;
	return false;
}

/* Some programs decode these where RFC 2047 section 5 forbids it, and so show another address. */
static bool holds_encoded_word(struct str s)
{
	size_t start = str_ifind(s, STR_LIT("=?"));
	return start < s.n &&
	       str_ifind(str_slice(s, start + 2, s.n), STR_LIT("?=")) < s.n - start - 2;
}

static bool is_doubtful(const struct address *a)
{
	bool special = false;
	for (size_t i = 0; i < a->local.n; i++)
		special = special || strchr("@<>,:;()[]\\\"", a->local.p[i]);
	return special || holds_encoded_word(a->local) || holds_deceptive(a->local) ||
	       !idn_exact(a->domain);
}

/*
 * Words of the given kinds with dots between them. The caller judges how many dots there are, and
 * where.
 */
static bool is_dotted(const struct address_token *tokens, size_t count, bool quoted_too)
{
	bool word = false;
	for (size_t i = 0; i < count; i++) {
		bool is_word = tokens[i].kind == ADDRESS_ATOM ||
			       (quoted_too && tokens[i].kind == ADDRESS_QUOTED);
		if (!is_word && !address_token_is(&tokens[i], '.'))
			return false;
		if (is_word && word)
			return false;
		word = is_word;
	}
	return count > 0;
}

static bool is_domain(const struct address_token *tokens, size_t count)
{
	return (count == 1 && tokens->kind == ADDRESS_LITERAL) || is_dotted(tokens, count, false);
}

static struct str join(const struct address_token *tokens, size_t count, struct arena *mem)
{
	if (count == 1 && tokens->kind != ADDRESS_QUOTED)
		return tokens->raw;
	struct buf b = {0};
	for (size_t i = 0; i < count; i++)
		address_token_text(&tokens[i], &b);
	struct str s = arena_str(mem, buf_str(&b));
	buf_free(&b);
	return s;
}

static size_t find_at(const struct address_token *tokens, size_t count)
{
	size_t i = 0;
	while (i < count && !address_token_is(&tokens[i], '@'))
		i++;
	return i;
}

/* A local part may have dots where RFC 5322 forbids them: they are in use and do no harm. */
static bool read_parts(
	const struct address_token *tokens, size_t count, struct arena *mem, struct address *a)
{
	size_t at = find_at(tokens, count);
	/* A bare local part in quotes is more likely a name without an address. */
	if (!is_dotted(tokens, at, at < count))
		return false;
	a->local = join(tokens, at, mem);
	if (at == count)
		return utf8_valid(a->local);
	if (!is_domain(tokens + at + 1, count - at - 1))
		return false;
	a->domain = join(tokens + at + 1, count - at - 1, mem);
	if (a->domain.p[a->domain.n - 1] == '.')
		a->domain.n--;
	return utf8_valid(a->local) && address_domain_valid(a->domain);
}

bool address_spec_read(const struct address_token *tokens, size_t count, struct arena *mem,
	struct address *a, bool *doubtful)
{
	struct address found = {.name = a->name};
	size_t raw = 0;
	for (size_t i = 0; i < count; i++)
		raw += tokens[i].raw.n;
	if (raw > LONGEST_SPEC || !read_parts(tokens, count, mem, &found))
		return false;
	address_spec_write(&found, mem);
	for (size_t i = 1; i < count; i++)
		*doubtful = *doubtful || tokens[i].blank || tokens[i].comment;
	*doubtful = *doubtful || is_doubtful(&found);
	/*
	 * A domain must not end with a dot (RFC 5321 section 2.3.5): a program that checks senders
	 * may ask for another domain's policy.
	 */
	*doubtful = *doubtful || (found.domain.n && address_token_is(&tokens[count - 1], '.'));
	*a = found;
	return true;
}
