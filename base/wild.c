#include "base/wild.h"

#include "base/address_spec.h"
#include "base/idn.h"
#include "base/limits.h"
#include "base/utf8.h"

#include <string.h>

/* ---- matching ---- */

/* How many bytes the first character of S has. */
static size_t character(struct str s)
{
	struct str rest = s;
	uint32_t ignored;
	return utf8_next(&rest, &ignored) ? s.n - rest.n : 1;
}

/*
 * On a mismatch it is enough to go back to the last star: whatever an earlier star could take, the
 * last one can take too.
 */
bool wild_match(struct str pattern, struct str text)
{
	size_t p = 0, t = 0, star = pattern.n, resume = 0;
	while (t < text.n) {
		if (p < pattern.n && pattern.p[p] == '*') {
			star = p++;
			resume = t;
		} else if (p < pattern.n && pattern.p[p] == '?') {
			p++;
			t += character(str_slice(text, t, text.n));
		} else if (p < pattern.n && pattern.p[p] == text.p[t]) {
			p++;
			t++;
		} else if (star < pattern.n) {
			resume += character(str_slice(text, resume, text.n));
			t = resume;
			p = star + 1;
		} else {
			return false;
		}
	}
	while (p < pattern.n && pattern.p[p] == '*')
		p++;
	return p == pattern.n;
}

static bool domain_matches(const struct wild *w, struct str domain)
{
	if (wild_match(w->domain, domain))
		return true;
	return w->subdomains && wild_match(str_slice(w->domain, 2, w->domain.n), domain);
}

bool wild_matches(const struct wild *w, struct str key)
{
	if (key.n == 0 || key.n > WILD_KEY_MOST)
		return false;
	size_t at = str_rfind(key, '@');
	struct str domain = str_slice(key, at + 1, key.n);
	if (!domain_matches(w, domain))
		return false;
	return wild_match(w->local, str_slice(key, 0, at));
}

/* ---- reading an entry ---- */

static bool is_wildcard(char c)
{
	return c == '*' || c == '?';
}

static bool holds_wildcard(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (is_wildcard(s.p[i]))
			return true;
	return false;
}

static const char *check_bytes(struct str entry)
{
	if (entry.n == 0)
		return "the entry is empty";
	if (entry.n > LIMIT_PATTERN)
		return "an entry has at most 320 characters, like an address";
	if (str_has_control(entry))
		return "the entry has a control character";
	if (!utf8_valid(entry))
		return "the entry is not UTF-8; save the file as UTF-8";
	return NULL;
}

static const char no_blanks[] = "an entry cannot have blanks; write one entry on each line";

static bool holds_blank(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (ascii_isblank(s.p[i]))
			return true;
	return false;
}

/* The dot, or a character that IDNA treats as one (UTS 46 section 2.3). */
static bool holds_dot(struct str s)
{
	static const char *const dots[] = {".", "\u3002", "\uff0e", "\uff61"};
	for (size_t i = 0; i < sizeof dots / sizeof *dots; i++)
		if (str_ifind(s, str_of(dots[i])) < s.n)
			return true;
	return false;
}

/* What people may write instead of an entry, and what they should write. */
static const char *check_shape(struct str local, struct str domain, bool has_at)
{
	if (domain.n && domain.p[domain.n - 1] == '>')
		return "write the address alone, without a name and without < and >";
	if (holds_blank(domain))
		return no_blanks;
	if (has_at && domain.n == 0)
		return "a domain must follow the @; for every domain write user@*";
	if (has_at && local.n == 0)
		return "a local part must come before the @; for a whole domain write *@domain";
	if (!has_at && str_eq(domain, STR_LIT("*")))
		return "to match every address write *@*";
	if (!has_at && !holds_dot(domain) && domain.p[0] != '[')
		return "a domain needs a dot; for a local part write it with @*, such as foo@*";
	if (domain.p[0] == '.')
		return "for the subdomains write *.domain, for the domain and its subdomains "
		       "*domain";
	return NULL;
}

/*
 * Takes the text out of the quotes, which are in the entry only to allow blanks and special
 * characters. NULL when it is correct.
 */
static const char *unquote(struct str quoted, struct arena *mem, struct str *local)
{
	char *p = arena_alloc(mem, quoted.n + 1);
	size_t n = 0;
	for (size_t i = 1; i + 1 < quoted.n; i++) {
		if (quoted.p[i] == '"')
			return "the local part has a quote too many";
		if (quoted.p[i] == '\\' && ++i + 1 >= quoted.n)
			return "the quote that ends the local part is missing";
		p[n++] = quoted.p[i];
	}
	*local = (struct str){p, n};
	return NULL;
}

static const char *read_local(struct str text, struct arena *mem, struct str *local)
{
	if (text.n >= 2 && text.p[0] == '"' && text.p[text.n - 1] == '"') {
		const char *wrong = unquote(text, mem, &text);
		if (wrong)
			return wrong;
	} else {
		if (holds_blank(text))
			return no_blanks;
		if (str_find(text, '@') < text.n)
			return "the entry has more than one @";
		for (size_t i = 0; i < text.n; i++)
			if (text.p[i] != '.' && !address_is_atext(text.p[i]))
				return "a local part with such characters must be in quotes";
	}
	*local = arena_lower(mem, text);
	return NULL;
}

static bool is_literal(struct str domain)
{
	return domain.n > 2 && domain.p[0] == '[' && domain.p[domain.n - 1] == ']';
}

/* Letters, digits and other characters of real domains, and wildcards; no empty label. */
static const char *check_domain(struct str domain)
{
	char last = '.';
	for (size_t i = 0; i < domain.n; i++) {
		char c = domain.p[i];
		if (c == '.' && last == '.')
			return "the domain has two dots in a row";
		if (!ascii_isalnum(c) && (unsigned char)c < 0x80 && !is_wildcard(c) &&
			!strchr("-_.", c))
			return "the domain has a character that is not allowed in domains";
		last = c;
	}
	return NULL;
}

/*
 * A label with a wildcard cannot become an A-label, because the A-labels of similar names do not
 * begin alike.
 */
static const char *convert_labels(struct str domain, struct arena *mem, struct str *converted)
{
	struct buf b = {0};
	for (struct str rest = domain; rest.n;) {
		size_t end = str_find(rest, '.');
		struct str label = str_slice(rest, 0, end);
		if (holds_wildcard(label) && !str_is_ascii(label)) {
			buf_free(&b);
			return "a label that is not ASCII cannot have a wildcard";
		}
		if (rest.n < domain.n)
			buf_byte(&b, '.');
		buf_add(&b, idn_domain(label, mem));
		rest = str_slice(rest, end + 1, rest.n);
	}
	*converted = arena_str(mem, buf_str(&b));
	buf_free(&b);
	return NULL;
}

static const char *read_domain(struct str text, struct arena *mem, struct wild *w)
{
	const char *wrong;
	if (is_literal(text)) {
		w->domain = arena_lower(mem, text);
		return address_domain_valid(text) ? NULL : "this is not an address literal";
	}
	if (text.n > 1 && text.p[text.n - 1] == '.')
		text.n--;
	if (text.n > 1 && text.p[0] == '*' && !is_wildcard(text.p[1]) && text.p[1] != '.') {
		w->subdomains = true;
		text = str_slice(text, 1, text.n);
	}
	wrong = check_domain(text);
	if (wrong)
		return wrong;
	if (str_is_ascii(text) || !holds_wildcard(text)) {
		w->domain = idn_domain(text, mem);
		return NULL;
	}
	return convert_labels(text, mem, &w->domain);
}

static unsigned count_literals(struct str s)
{
	unsigned n = 0;
	for (; s.n; s = str_slice(s, character(s), s.n))
		n += !is_wildcard(s.p[0]);
	return n;
}

/* `*domain` is kept as `*.domain`; the domain itself is what follows the first two characters. */
static void add_subdomains(struct wild *w, struct arena *mem)
{
	char *p = arena_alloc(mem, w->domain.n + 2);
	memcpy(p, "*.", 2);
	memcpy(p + 2, w->domain.p, w->domain.n);
	w->domain = (struct str){p, w->domain.n + 2};
}

static const char *read_entry(struct str entry, struct arena *mem, struct wild *w)
{
	const char *wrong = check_bytes(entry);
	if (wrong)
		return wrong;
	size_t at = str_rfind(entry, '@');
	bool has_at = at < entry.n;
	struct str local = has_at ? str_slice(entry, 0, at) : STR_LIT("*");
	struct str domain = has_at ? str_slice(entry, at + 1, entry.n) : entry;
	wrong = check_shape(local, domain, has_at);
	if (!wrong)
		wrong = read_local(local, mem, &w->local);
	if (!wrong)
		wrong = read_domain(domain, mem, w);
	w->literals = count_literals(w->local) + count_literals(w->domain);
	if (!wrong && w->subdomains)
		add_subdomains(w, mem);
	return wrong;
}

bool wild_parse(struct str entry, struct arena *mem, struct wild *w, const char **why)
{
	struct wild read = {0};
	*why = read_entry(str_trim(entry), mem, &read);
	if (*why)
		return false;
	*w = read;
	return true;
}

bool wild_any(const struct str_list *entries, struct str key, struct arena *mem)
{
	for (size_t i = 0; i < entries->count; i++) {
		struct wild w;
		const char *why;
		if (wild_parse(entries->items[i], mem, &w, &why) && wild_matches(&w, key))
			return true;
	}
	return false;
}
