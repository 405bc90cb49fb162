#include "filters/label/lookalike.h"

#include "base/confusable.h"
#include "base/idn.h"
#include "base/io.h"
#include "base/mime.h"
#include "base/str_list.h"
#include "base/utf8.h"

#include <string.h>

enum {
	PEOPLE_MOST = 16 * 1024 * 1024,
	WORDS_MOST = 256,
	DOMAIN_MOST = 255,
	SHORT_NAME = 4,
	CANDIDATES_MOST = 32 /* addresses in one name; more of them are meant to hide one */
};

/* ---- one edit away ---- */

/* One letter too many, one missing, one different, or two exchanged. */
static bool is_one_edit_away(struct str a, struct str b)
{
	size_t start = 0, end = 0;
	size_t shorter = a.n < b.n ? a.n : b.n;
	if (a.n > b.n + 1 || b.n > a.n + 1 || str_eq(a, b))
		return false;
	while (start < shorter && a.p[start] == b.p[start])
		start++;
	while (end < shorter - start && a.p[a.n - 1 - end] == b.p[b.n - 1 - end])
		end++;
	size_t left_a = a.n - start - end, left_b = b.n - start - end;
	if (left_a <= 1 && left_b <= 1)
		return true;
	return left_a == 2 && left_b == 2 && a.p[start] == b.p[start + 1] &&
	       a.p[start + 1] == b.p[start];
}

/* ---- domains ---- */

static size_t labels_of(struct str domain)
{
	size_t n = 1;
	for (size_t i = 0; i < domain.n; i++)
		n += domain.p[i] == '.';
	return n;
}

static struct str last_labels(struct str domain, size_t n)
{
	size_t i = domain.n;
	while (i > 0 && n > 0)
		n -= domain.p[--i] == '.';
	return str_slice(domain, n == 0 ? i + 1 : i, domain.n);
}

static bool looks_like(struct str domain, struct str ours, struct arena *mem)
{
	struct str end = last_labels(domain, labels_of(ours));
	if (str_eq(end, ours))
		return false;
	struct str folded = confusable_fold(idn_unicode(end, mem), mem);
	struct str target = confusable_fold(idn_unicode(ours, mem), mem);
	if (str_eq(folded, target))
		return true;
	/* Many domains are one letter away from a short one. */
	return str_find(ours, '.') >= SHORT_NAME &&
	       (is_one_edit_away(end, ours) || is_one_edit_away(folded, target));
}

/* "*.d" and "*d" in the configuration mean d. */
static struct str plain_domain(struct str entry, struct arena *mem)
{
	size_t at = str_rfind(entry, '@');
	entry = at < entry.n ? str_slice(entry, at + 1, entry.n) : entry;
	while (entry.n && (entry.p[0] == '*' || entry.p[0] == '.'))
		entry = str_slice(entry, 1, entry.n);
	bool is_plain = str_find(entry, '*') == entry.n && str_find(entry, '?') == entry.n;
	return is_plain ? idn_domain(entry, mem) : STR_EMPTY;
}

static struct str imitated_domain(
	const struct organization *org, struct str domain, struct arena *mem)
{
	domain = idn_domain(domain, mem);
	for (size_t i = 0; i < org->domains.count && domain.n <= DOMAIN_MOST; i++) {
		struct str ours = plain_domain(org->domains.items[i], mem);
		if (ours.n && looks_like(domain, ours, mem))
			return ours;
	}
	return STR_EMPTY;
}

/* ---- a name that is an address ---- */

enum { LOCAL_MOST = 64 };

static bool is_domain_byte(char c)
{
	return ascii_isalnum(c) || c == '.' || c == '-' || c == '_' || (unsigned char)c > 0x7f;
}

static bool is_local_byte(char c)
{
	return is_domain_byte(c) || (c && strchr("+=%", c));
}

/* Replaces characters that cannot be part of a word, such as quotes, by blanks. */
static struct str without_signs(struct str text, struct arena *mem)
{
	struct buf b = {0};
	while (text.n) {
		struct str whole = text;
		uint32_t c;
		if (!utf8_next(&text, &c))
			text = str_slice(text, 1, text.n);
		else if (c >= 0x80 && confusable_separates(c))
			buf_byte(&b, ' ');
		else
			buf_add(&b, str_slice(whole, 0, whole.n - text.n));
	}
	struct str result = arena_str(mem, buf_str(&b));
	buf_free(&b);
	return result;
}

/* The address around the @ at AT, with or without blanks: "boss @a.test". */
static struct str address_around(struct str s, size_t at, struct arena *mem)
{
	size_t from = at, to = at + 1;
	while (from > 0 && ascii_isblank(s.p[from - 1]))
		from--;
	size_t local_end = from;
	while (from > 0 && local_end - from < LOCAL_MOST && is_local_byte(s.p[from - 1]))
		from--;
	while (from < local_end && s.p[from] == '.')
		from++;
	while (to < s.n && (ascii_isblank(s.p[to]) || s.p[to] == '@'))
		to++;
	size_t start = to;
	while (to < s.n && to - start <= DOMAIN_MOST && is_domain_byte(s.p[to]))
		to++;
	while (to > start && strchr(".-_", s.p[to - 1]))
		to--;
	return arena_fmt(mem, STR_FMT "@" STR_FMT, STR_ARGS(str_slice(s, from, local_end)),
		STR_ARGS(str_slice(s, start, to)));
}

static bool is_inside_address(const struct organization *org, struct str word, struct arena *mem)
{
	struct address a = address_parse_envelope(word, mem);
	if (a.invalid || a.domain.n == 0 || a.local.n == 0)
		return false;
	return organization_has(org, address_key(&a, mem), mem) ||
	       imitated_domain(org, a.domain, mem).n > 0;
}

static struct str address_in_name(
	const struct organization *org, struct str name, struct arena *mem)
{
	size_t candidates = 0;
	struct str seen = without_signs(confusable_visible(name, mem), mem);
	for (size_t i = 0; i < seen.n; i++) {
		if (seen.p[i] != '@')
			continue;
		if (++candidates > CANDIDATES_MOST)
			return str_slice(seen, 0, DOMAIN_MOST);
		struct arena *scratch = arena_new();
		struct str word = address_around(seen, i, scratch);
		word = is_inside_address(org, word, scratch) ? arena_str(mem, word) : STR_EMPTY;
		arena_free(scratch);
		if (word.n)
			return word;
	}
	return STR_EMPTY;
}

/* ---- a person's name ---- */

/* The words of a name by their looks, sorted: "Boss, Ann" equals "Ann Boss". */
struct words {
	struct str items[WORDS_MOST];
	size_t count;
};

static struct words words_of(struct str name, struct arena *mem)
{
	struct words w;
	w.count = 0;
	struct str folded = confusable_fold(name, mem);
	for (size_t i = 0; i < folded.n && w.count < WORDS_MOST; i++) {
		size_t start = i;
		while (i < folded.n &&
			(ascii_isalnum(folded.p[i]) || (unsigned char)folded.p[i] > 0x7f))
			i++;
		if (i > start)
			w.items[w.count++] = str_slice(folded, start, i);
	}
	str_list_sort(&(struct str_list){w.items, w.count});
	return w;
}

/*
 * The same, but characters between words are not read as letters: in "Ann Boss!" the ! is not an l.
 */
static struct words plain_words_of(struct str name, struct arena *mem)
{
	struct words w;
	struct str rest = name, start = name;
	w.count = 0;
	while (start.n && w.count < WORDS_MOST) {
		uint32_t c = ' ';
		size_t end = name.n - rest.n;
		bool more = rest.n != 0;
		if (more && !utf8_next(&rest, &c)) {
			rest = str_slice(rest, 1, rest.n);
			continue;
		}
		if (more && !confusable_separates(c))
			continue;
		struct str word = str_slice(name, name.n - start.n, end);
		struct str folded = word.n ? confusable_fold(word, mem) : word;
		if (folded.n)
			w.items[w.count++] = folded;
		start = rest;
	}
	str_list_sort(&(struct str_list){w.items, w.count});
	return w;
}

/*
 * Is every word of PERSON in NAME? "Ann Boss (CEO)" is Ann Boss. If PERSON is a single word, NAME
 * must have no other.
 */
static bool bears(const struct words *name, const struct words *person)
{
	size_t found = 0;
	for (size_t i = 0; i < name->count && found < person->count; i++)
		found += str_eq(name->items[i], person->items[found]);
	return person->count && found == person->count && (found > 1 || name->count == 1);
}

static bool is_person(struct str line, const struct words *name, const struct words *plain,
	struct arena *mem, struct str *who)
{
	struct address_list list = address_parse_list(line, mem);
	if (list.count == 0 || list.items[0].name.n == 0)
		return false;
	struct words person = words_of(mime_decode(list.items[0].name, mem), mem);
	if (!bears(name, &person) && !bears(plain, &person))
		return false;
	*who = list.items[0].spec;
	return true;
}

/* One person on each line: Name <address>. */
static int person_of(const struct organization *org, struct str name, struct arena *mem,
	struct str *who, struct err *err)
{
	struct str text, line;
	if (org->people.n == 0)
		return 0;
	struct words words = words_of(name, mem), plain = plain_words_of(name, mem);
	if (words.count == 0 && plain.count == 0)
		return 0;
	int r = io_read_file(arena_cstr(mem, org->people), PEOPLE_MOST, mem, &text, err);
	while (r > 0 && str_line(&text, &line)) {
		struct arena *scratch = arena_new();
		line = str_trim(line);
		bool found =
			line.n && line.p[0] != '#' && is_person(line, &words, &plain, scratch, who);
		if (found)
			*who = arena_str(mem, *who);
		arena_free(scratch);
		if (found)
			return 1;
	}
	return r < 0 ? -1 : 0;
}

/* ---- all checks ---- */

int lookalike_find(const struct organization *org, const struct address *from, struct arena *mem,
	struct str *imitated, struct err *err)
{
	struct str name = from->name.n ? mime_decode(from->name, mem) : from->name;
	*imitated = address_in_name(org, name, mem);
	if (imitated->n == 0)
		*imitated = imitated_domain(org, from->domain, mem);
	if (imitated->n || name.n == 0)
		return 0;
	/* Other readers may be able to decode what we cannot. */
	if (org->people.n && str_ifind(name, STR_LIT("=?")) < name.n) {
		*imitated = STR_LIT("somebody: the name cannot be decoded");
		return 0;
	}
	return person_of(org, name, mem, imitated, err) < 0 ? -1 : 0;
}
