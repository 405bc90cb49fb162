#include "base/address.h"

#include "base/address_lex.h"
#include "base/address_spec.h"
#include "base/idn.h"

#include <string.h>

/* A member with more tokens is read as several members, and the list counts as malformed. */
enum { MEMBER_TOKENS = 256 };

/* The list is read member by member. Commas separate members. */
struct parser {
	struct address_list list;
	struct arena *mem;
	struct address_token tokens[MEMBER_TOKENS];
	size_t count;
	enum { OUTSIDE, IN_ANGLE, IN_ROUTE } angle;
	bool in_group, after_group;
};

static void push(struct parser *p, struct address a)
{
	if (p->list.count >= ADDRESS_MAX_ITEMS) {
		p->list.malformed = p->list.cut = true;
		return;
	}
	struct address *item = ARENA_PUSH(p->mem, p->list.items, p->list.count);
	*item = a;
}

static void push_invalid(
	struct parser *p, struct str name, const struct address_token *tokens, size_t count)
{
	const char *start = tokens[0].raw.p;
	const struct str last = tokens[count - 1].raw;
	struct str text = {start, (size_t)(last.p + last.n - start)};
	p->list.malformed = true;
	push(p, (struct address){.name = name, .spec = text, .invalid = true});
}

/* ---- names ---- */

/*
 * A phrase consists of words, and of dots (RFC 5322 section 4.1). Anything else is in use too, but
 * makes the name doubtful.
 */
static void check_phrase(struct parser *p, const struct address_token *tokens, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (tokens[i].kind == ADDRESS_BAD)
			p->list.malformed = true;
		else if (tokens[i].kind == ADDRESS_LITERAL ||
			 (tokens[i].kind == ADDRESS_SPECIAL && !address_token_is(&tokens[i], '.')))
			p->list.doubtful = true;
	}
}

static struct str phrase_text(struct parser *p, const struct address_token *tokens, size_t count)
{
	struct buf b = {0};
	if (count == 0)
		return STR_LIT("");
	if (count == 1 && tokens->kind == ADDRESS_ATOM)
		return tokens->raw;
	for (size_t i = 0; i < count; i++) {
		if (i && (tokens[i].blank || tokens[i].comment))
			buf_byte(&b, ' ');
		address_token_text(&tokens[i], &b);
	}
	struct str text = arena_str(p->mem, str_trim(buf_str(&b)));
	buf_free(&b);
	return text;
}

/* ---- members ---- */

static size_t find_special(
	const struct address_token *tokens, size_t from, size_t count, char special)
{
	while (from < count && !address_token_is(&tokens[from], special))
		from++;
	return from;
}

/* May the token be part of an address that is written without blanks? */
static bool is_part(const struct address_token *t)
{
	return (t->kind != ADDRESS_SPECIAL && t->kind != ADDRESS_BAD) || address_token_is(t, '.');
}

/* Reads what looks like an address around the @ at AT, in a member that is not an address. */
static void salvage_at(
	struct parser *p, const struct address_token *tokens, size_t count, size_t at)
{
	struct address a = {0};
	size_t from = at, to = at + 1;
	while (from > 0 && is_part(&tokens[from - 1]) && (from == at || !tokens[from].blank))
		from--;
	while (to < count && is_part(&tokens[to]) && (to == at + 1 || !tokens[to].blank))
		to++;
	if (from < at && address_spec_read(tokens + from, to - from, p->mem, &a, &p->list.doubtful))
		push(p, a);
}

static void read_spec(
	struct parser *p, struct str name, const struct address_token *tokens, size_t count)
{
	struct address a = {.name = name};
	if (address_spec_read(tokens, count, p->mem, &a, &p->list.doubtful)) {
		push(p, a);
		return;
	}
	push_invalid(p, name, tokens, count);
	for (size_t i = 0; i < count; i++)
		if (address_token_is(&tokens[i], '@'))
			salvage_at(p, tokens, count, i);
}

/* Reads an address where a name should be: readers may take it for the address that counts. */
static void read_name_address(struct parser *p, const struct address_token *tokens, size_t count)
{
	if (find_special(tokens, 0, count, '@') == count)
		return;
	read_spec(p, STR_LIT(""), tokens, count);
	p->list.doubtful = true;
}

/* `a@b <a@b>`: the name only repeats the address. */
static bool is_repeated(struct parser *p, const struct address_token *name, size_t name_count,
	const struct address_token *spec, size_t spec_count)
{
	struct address a = {0}, b = {0};
	bool doubtful = false;
	if (find_special(name, 0, name_count, '@') == name_count ||
		!address_spec_read(name, name_count, p->mem, &a, &doubtful) ||
		!address_spec_read(spec, spec_count, p->mem, &b, &doubtful) || doubtful)
		return false;
	return str_eq(address_key(&a, p->mem), address_key(&b, p->mem));
}

/* Skips the source route `@a,@b:` (RFC 5322 section 4.4), which does not say who it is. */
static size_t skip_route(struct parser *p, size_t from, size_t to)
{
	if (from == to || !address_token_is(&p->tokens[from], '@'))
		return from;
	size_t colon = find_special(p->tokens, from, to, ':');
	p->list.doubtful = true;
	return colon < to ? colon + 1 : from;
}

/* Reads `phrase <...>` from token FROM on; OPEN is the bracket. Returns the token after it. */
static size_t read_angle(struct parser *p, size_t from, size_t open)
{
	size_t close = find_special(p->tokens, open, p->count, '>');
	struct str name = phrase_text(p, p->tokens + from, open - from);
	if (!is_repeated(p, p->tokens + from, open - from, p->tokens + open + 1,
		    close > open ? close - open - 1 : 0)) {
		check_phrase(p, p->tokens + from, open - from);
		read_name_address(p, p->tokens + from, open - from);
	}
	while (open + 1 < close && address_token_is(&p->tokens[open + 1], '<')) {
		p->list.malformed = true;
		open++;
	}
	size_t start = skip_route(p, open + 1, close);
	if (start < close)
		read_spec(p, name, p->tokens + start, close - start);
	else
		push_invalid(
			p, name, p->tokens + open, (close < p->count ? close + 1 : close) - open);
	if (close == p->count) {
		p->list.malformed = true;
		return close;
	}
	p->list.doubtful =
		p->list.doubtful || p->tokens[open + 1].comment || p->tokens[close].comment;
	close++;
	while (close < p->count && address_token_is(&p->tokens[close], '>')) {
		p->list.malformed = true;
		close++;
	}
	return close;
}

static void end_member(struct parser *p)
{
	size_t from = 0;
	p->angle = OUTSIDE;
	if (p->count && p->after_group)
		p->list.malformed = true;
	while (from < p->count) {
		size_t open = find_special(p->tokens, from, p->count, '<');
		/*
		 * A member has one address. What follows it is read too, for callers that look for
		 * all addresses.
		 */
		if (from)
			p->list.malformed = true;
		if (open == p->count) {
			read_spec(p, STR_LIT(""), p->tokens + from, p->count - from);
			break;
		}
		from = read_angle(p, from, open);
	}
	p->count = 0;
}

/* ---- lists ---- */

static void start_group(struct parser *p)
{
	p->list.group = true;
	if (p->in_group || p->after_group || p->count == 0)
		p->list.malformed = true;
	check_phrase(p, p->tokens, p->count);
	read_name_address(p, p->tokens, p->count);
	p->count = 0;
	p->in_group = true;
}

static void end_group(struct parser *p)
{
	if (!p->in_group)
		p->list.malformed = true;
	end_member(p);
	p->after_group = p->in_group;
	p->in_group = false;
}

/* Takes the token if it ends a member. In a source route, commas and colons do not end it. */
static bool take_separator(struct parser *p, const struct address_token *t)
{
	if (t->kind != ADDRESS_SPECIAL || (p->angle == IN_ROUTE && t->raw.p[0] != ';'))
		return false;
	switch (t->raw.p[0]) {
	case ',':
		end_member(p);
		p->after_group = false;
		return true;
	case ';':
		end_group(p);
		return true;
	case ':':
		if (p->angle == IN_ANGLE)
			return false;
		start_group(p);
		return true;
	default:
		return false;
	}
}

static void follow_angle(struct parser *p, const struct address_token *t)
{
	bool opened = p->count && address_token_is(&p->tokens[p->count - 1], '<');
	if (address_token_is(t, '<') || (p->angle == IN_ROUTE && address_token_is(t, ':')))
		p->angle = IN_ANGLE;
	else if (address_token_is(t, '>'))
		p->angle = OUTSIDE;
	else if (p->angle == IN_ANGLE && opened && address_token_is(t, '@'))
		p->angle = IN_ROUTE;
}

struct address_list address_parse_list(struct str value, struct arena *mem)
{
	struct parser p = {.mem = mem};
	struct address_lexer lexer = {.text = value};
	for (;;) {
		struct address_token t = address_lex_next(&lexer);
		if (t.kind == ADDRESS_END || p.list.count >= ADDRESS_MAX_ITEMS)
			break;
		if (take_separator(&p, &t))
			continue;
		if (p.count == MEMBER_TOKENS) {
			p.list.malformed = p.list.cut = true;
			end_member(&p);
		}
		follow_angle(&p, &t);
		p.tokens[p.count++] = t;
	}
	end_member(&p);
	if (p.in_group)
		p.list.malformed = true;
	if (lexer.at < value.n)
		p.list.malformed = p.list.cut = true;
	if (lexer.odd)
		p.list.doubtful = true;
	return p.list;
}

bool address_list_is_ambiguous(const struct address_list *list)
{
	if (list->malformed || list->doubtful || list->group || list->count != 1)
		return true;
	return list->items[0].invalid || list->items[0].domain.n == 0;
}

/* ---- envelope ---- */

/* Removes the route from `@a,@b:user@domain`. */
static struct str without_route(struct str s)
{
	size_t colon = str_find(s, ':');
	return s.n && s.p[0] == '@' && colon < s.n ? str_slice(s, colon + 1, s.n) : s;
}

/* Reads the correct form: an envelope has no blanks and no comments. */
static bool read_strictly(struct str s, struct arena *mem, struct address *a)
{
	struct address_token tokens[MEMBER_TOKENS];
	struct address_lexer lexer = {.text = s};
	size_t count = 0;
	bool ignored = false;
	for (;;) {
		struct address_token t = address_lex_next(&lexer);
		if (t.blank || t.comment)
			return false;
		if (t.kind == ADDRESS_END)
			return count && address_spec_read(tokens, count, mem, a, &ignored);
		if (count == MEMBER_TOKENS)
			return false;
		tokens[count++] = t;
	}
}

/* Reads the form that Postfix and others pass: the local part without the quotes that it needs. */
static bool read_unquoted(struct str s, struct arena *mem, struct address *a)
{
	size_t at = str_rfind(s, '@');
	struct address found = {.local = str_slice(s, 0, at), .domain = str_slice(s, at + 1, s.n)};
	if (at == 0 || str_find(found.local, '"') < found.local.n || s.n > 998)
		return false;
	if (found.domain.n && found.domain.p[found.domain.n - 1] == '.')
		found.domain.n--;
	if (at < s.n && !address_domain_valid(found.domain))
		return false;
	address_spec_write(&found, mem);
	*a = found;
	return true;
}

/* Both forms are the same for words with single dots and one "@" between them, as in nearly all. */
static bool is_plain(struct str s)
{
	char before = '.';
	size_t ats = 0;
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		bool ends_word = c == '.' || c == '@';
		if (ends_word ? before == '.' || before == '@'
			      : !ascii_isalnum(c) && c != '-' && c != '_' && c != '+')
			return false;
		ats += c == '@';
		before = c;
	}
	return before != '.' && before != '@' && ats <= 1;
}

struct address address_parse_envelope(struct str text, struct arena *mem)
{
	struct str s = str_trim(text);
	struct address a = {0};
	if (s.n >= 2 && s.p[0] == '<' && s.p[s.n - 1] == '>')
		s = str_slice(s, 1, s.n - 1);
	s = without_route(s);
	if (s.n == 0)
		return a;
	s = arena_str(mem, s);
	if (is_plain(s) ? read_unquoted(s, mem, &a)
			: !str_has_control(s) &&
				  (read_strictly(s, mem, &a) || read_unquoted(s, mem, &a)))
		return a;
	return (struct address){.spec = s, .invalid = true};
}

/* ---- comparison ---- */

struct str address_key(const struct address *a, struct arena *mem)
{
	if (a->invalid || a->domain.n == 0)
		return arena_lower(mem, a->invalid ? a->spec : a->local);
	struct str domain = idn_domain(a->domain, mem);
	char *p = arena_alloc(mem, a->local.n + domain.n + 2);
	for (size_t i = 0; i < a->local.n; i++)
		p[i] = ascii_lower(a->local.p[i]);
	p[a->local.n] = '@';
	memcpy(p + a->local.n + 1, domain.p, domain.n);
	return (struct str){p, a->local.n + 1 + domain.n};
}

void address_split_detail(
	struct str local, struct str delimiters, struct str *user, struct str *detail)
{
	size_t at = 1;
	while (at < local.n && str_find(delimiters, local.p[at]) == delimiters.n)
		at++;
	*user = str_slice(local, 0, at);
	*detail = str_slice(local, at + 1, local.n);
}
