#include "filters/sieve/regex.h"

#include "filters/sieve/regex_syntax.h"
#include "mda/base/utf8.h"

#include <tre/tre.h>

#include <stdint.h>
#include <wchar.h>

/* GCC's and clang's wchar_t holds any character here; elsewhere this must be looked at again. */
_Static_assert(WCHAR_MAX >= 0x10ffff, "a wchar_t is a character of Unicode");

struct regex {
	regex_t compiled;
	struct regex_shape shape;
};

/* ---- text ---- */

/* A text in characters, and where in the bytes each of them starts. */
struct wide {
	wchar_t *characters;
	size_t *places;
	size_t count;
};

/* Bytes that are no UTF-8 stand for themselves. */
static struct wide widen(struct str text, struct arena *mem)
{
	struct wide w = {
		.characters = arena_alloc(mem, (text.n + 1) * sizeof *w.characters),
		.places = arena_alloc(mem, (text.n + 1) * sizeof *w.places),
	};
	struct str rest = text;
	while (rest.n) {
		uint32_t c;
		w.places[w.count] = text.n - rest.n;
		if (!utf8_next(&rest, &c)) {
			c = (unsigned char)rest.p[0];
			rest = str_slice(rest, 1, rest.n);
		}
		w.characters[w.count++] = (wchar_t)c;
	}
	w.places[w.count] = text.n;
	return w;
}

static bool is_ascii(struct str text)
{
	for (size_t i = 0; i < text.n; i++)
		if ((unsigned char)text.p[i] >= 0x80)
			return false;
	return true;
}

/* ---- the expression ---- */

/* "[=e=]" and "[.e.]" within brackets are e where no locale says otherwise; TRE does not know them. */
static bool is_named(struct str s)
{
	return s.n >= 5 && s.p[0] == '[' && (s.p[1] == '=' || s.p[1] == '.') && s.p[3] == s.p[1] &&
	       s.p[4] == ']' && ascii_isalnum(s.p[2]);
}

static struct str without_names(struct str pattern, struct arena *mem)
{
	char *p = arena_alloc(mem, pattern.n + 1);
	size_t n = 0;
	bool within = false;
	for (size_t i = 0; i < pattern.n; i++) {
		char c = pattern.p[i];
		if (!within && c == '\\' && i + 1 < pattern.n) {
			p[n++] = c;
			c = pattern.p[++i];
		} else if (within && is_named(str_slice(pattern, i, pattern.n))) {
			c = pattern.p[i + 2];
			i += 4;
		} else if (c == '[') {
			within = true;
		} else if (c == ']') {
			within = false;
		}
		p[n++] = c;
	}
	return (struct str){p, n};
}

static void release(void *data)
{
	struct regex *r = data;
	tre_regfree(&r->compiled);
}

static const char *sentence(const struct regex *r, int error, struct arena *mem)
{
	char text[200];
	tre_regerror(error, &r->compiled, text, sizeof text);
	return arena_fmt(mem, "the regular expression is wrong: %s", text).p;
}

struct regex *regex_new(struct str pattern, bool ignore_case, struct arena *mem, const char **why)
{
	struct regex *r = arena_alloc(mem, sizeof *r);
	if (!regex_syntax(pattern, &r->shape, mem, why))
		return NULL;
	struct wide w = widen(without_names(pattern, mem), mem);
	int error = tre_regwncomp(
		&r->compiled, w.characters, w.count, REG_EXTENDED | (ignore_case ? REG_ICASE : 0));
	if (error != 0) {
		*why = sentence(r, error, mem);
		return NULL;
	}
	arena_on_free(mem, release, r);
	return r;
}

size_t regex_groups(const struct regex *r)
{
	return r->shape.groups;
}

unsigned long long regex_cost(const struct regex *r, size_t text)
{
	return (r->shape.size + 1) * (text + 1);
}

size_t regex_memory(struct str text)
{
	return is_ascii(text) ? 0 : text.n * (sizeof(wchar_t) + sizeof(size_t));
}

/* ---- matching ---- */

/* TRE counts characters, and -1 for a group that took no part. */
static size_t place(int at, const struct wide *w)
{
	size_t i = at < 0 ? 0 : (size_t)at;
	return w ? w->places[i] : i;
}

static void tell_places(const regmatch_t *found, size_t count, const struct wide *w, size_t *places)
{
	for (size_t i = 0; i < count; i++) {
		bool took_part = found[i].rm_so >= 0;
		places[2 * i] = took_part ? place(found[i].rm_so, w) : 0;
		places[2 * i + 1] = took_part ? place(found[i].rm_eo, w) : 0;
	}
}

int regex_match(const struct regex *r, struct str text, size_t *places, struct arena *mem)
{
	struct wide w = {0};
	bool ascii = is_ascii(text);
	size_t count = places ? 1 + r->shape.groups : 0;
	regmatch_t *found = arena_alloc(mem, (count + 1) * sizeof *found);
	int error;
	if (text.n > INT32_MAX)
		text = str_slice(text, 0, INT32_MAX);
	if (ascii) {
		error = tre_regnexec(&r->compiled, text.p, text.n, count, found, 0);
	} else {
		w = widen(text, mem);
		error = tre_regwnexec(&r->compiled, w.characters, w.count, count, found, 0);
	}
	if (error != 0)
		return error == REG_NOMATCH ? 0 : -1;
	if (places)
		tell_places(found, count, ascii ? NULL : &w, places);
	return 1;
}
