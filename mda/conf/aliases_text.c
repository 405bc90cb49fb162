#include "mda/conf/aliases_text.h"

#include "base/address.h"
#include "base/idn.h"
#include "base/io.h"
#include "base/utf8.h"

enum { ALIASES_MAX = 256 * 1024 * 1024, LINES_PER_ARENA = 1000 };

/* ---- lines ---- */

static bool is_comment(struct str line)
{
	struct str s = str_trim(line);
	return s.n == 0 || s.p[0] == '#';
}

/*
 * Takes a logical line off *REST. *LINE counts the lines that were taken; *START is the number of
 * its first line.
 */
static bool next_logical(struct str *rest, unsigned *line, unsigned *start, struct str *logical)
{
	struct str next;
	while (str_line(rest, logical)) {
		*start = ++*line;
		if (is_comment(*logical))
			continue;
		while (rest->n && ascii_isblank(rest->p[0]) && str_line(rest, &next)) {
			++*line;
			logical->n = (size_t)(next.p + next.n - logical->p);
		}
		return true;
	}
	return false;
}

bool aliases_text_next(struct str *rest, unsigned *line, struct alias *a)
{
	struct str logical;
	if (!next_logical(rest, line, &a->line, &logical))
		return false;
	a->targets = logical;
	a->name = STR_EMPTY;
	if (str_word(&a->targets, &a->name))
		a->targets = str_trim(a->targets);
	return true;
}

struct str aliases_text_key(struct str text, struct arena *mem)
{
	struct str domain = str_slice(text, 1, text.n);
	if (text.n && text.p[0] == '@')
		return arena_fmt(mem, "@" STR_FMT, STR_ARGS(idn_domain(domain, mem)));
	struct address a = address_parse_envelope(text, mem);
	return address_key(&a, mem);
}

struct str aliases_text_target(struct str targets)
{
	struct str word = str_slice(targets, 0, str_find(targets, ','));
	struct str rest = str_trim(str_slice(targets, word.n + 1, targets.n));
	struct str one;
	if (rest.n || !str_word(&word, &one) || str_trim(word).n)
		return STR_EMPTY;
	return one;
}

static bool is_target(struct str text, struct arena *mem)
{
	struct address a = address_parse_envelope(text, mem);
	if (text.n && text.p[0] == '@')
		return text.n > 1;
	return !a.invalid && a.local.n;
}

const char *aliases_text_wrong(const struct alias *a, struct arena *mem)
{
	struct str one = aliases_text_target(a->targets);
	if (a->targets.n == 0)
		return "after an alias comes the address that it is for";
	if (!is_target(a->name, mem) || str_find(a->name, '@') == a->name.n)
		return "an alias must be user@domain or @domain";
	if (one.n && !is_target(one, mem))
		return "the target of the alias is not an address";
	return NULL;
}

/* ---- the file ---- */

int aliases_text_find(struct str text, struct str key, struct arena *mem, struct str *target)
{
	struct alias a;
	unsigned line = 0;
	int found = 0;
	struct arena *scratch = arena_new();
	for (unsigned n = 1; !found && aliases_text_next(&text, &line, &a); n++) {
		if (n % LINES_PER_ARENA == 0) {
			arena_free(scratch);
			scratch = arena_new();
		}
		if (!str_eq(aliases_text_key(a.name, scratch), key) ||
			aliases_text_wrong(&a, scratch))
			continue;
		*target = arena_str(mem, aliases_text_target(a.targets));
		found = 1;
	}
	arena_free(scratch);
	return found;
}

int aliases_text_read(const char *path, struct arena *mem, struct str *text, struct err *err)
{
	int r = io_read_file(path, ALIASES_MAX, mem, text, err);
	if (r >= 0)
		*text = r ? utf8_without_mark(*text) : STR_EMPTY;
	return r;
}

int aliases_text_walk(struct str path, list_visit *visit, void *context, struct err *err)
{
	struct arena *mem = arena_new();
	struct str text;
	struct alias a;
	unsigned line = 0;
	int r = aliases_text_read(arena_cstr(mem, path), mem, &text, err);
	while (r > 0 && aliases_text_next(&text, &line, &a)) {
		struct arena *scratch = arena_new();
		const struct list_line l = {.entry = a.name,
			.line = a.line,
			.column = 1,
			.wrong = aliases_text_wrong(&a, scratch)};
		visit(context, &l);
		arena_free(scratch);
	}
	arena_free(mem);
	return r;
}
