#include "mda/conf/aliases_text.h"

#include "base/address.h"

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

const char *aliases_text_wrong(const struct table_entry *a, struct arena *mem)
{
	struct str one = aliases_text_target(a->value);
	if (a->value.n == 0)
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
	struct table_entry a;
	unsigned line = 0;
	while (table_text_next(&text, &line, &a))
		if (table_text_is(a.name, key) && !aliases_text_wrong(&a, mem)) {
			*target = arena_str(mem, aliases_text_target(a.value));
			return 1;
		}
	return 0;
}

int aliases_text_walk(struct str path, list_visit *visit, void *context, struct err *err)
{
	struct arena *mem = arena_new();
	struct str text;
	struct table_entry a;
	unsigned line = 0;
	int r = table_text_read(arena_cstr(mem, path), mem, &text, err);
	while (r > 0 && table_text_next(&text, &line, &a)) {
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
