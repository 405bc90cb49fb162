#include "mda/tools/convert/convert_names.h"

#include "base/str_list.h"

#include <string.h>

enum { NAMES_MOST = 64, ALTERNATIVES_MOST = 64 };

/* The end of the part of TEXT from FROM on that is on this level: at a '|', a ')' or the end. */
size_t convert_part_end(struct str text, size_t from)
{
	size_t depth = 0;
	for (size_t i = from; i < text.n; i++) {
		if (text.p[i] == '\\') {
			i++;
		} else if (text.p[i] == '[') {
			i += i + 1 < text.n && text.p[i + 1] == '^';
			i += i + 1 < text.n && text.p[i + 1] == ']';
			while (i + 1 < text.n && text.p[++i] != ']')
				;
		} else if (text.p[i] == '(') {
			depth++;
		} else if ((text.p[i] == ')' && depth-- == 0) || (text.p[i] == '|' && depth == 0)) {
			return i;
		}
	}
	return text.n;
}

/* The alternatives of TEXT, as many as it has on its own level. */
bool convert_split(struct convert *c, struct str text, struct str_list *parts)
{
	for (size_t from = 0;;) {
		size_t end = convert_part_end(text, from);
		if (end < text.n && text.p[end] == ')')
			return convert_fail(c, "a parenthesis that is not open");
		if (parts->count == ALTERNATIVES_MOST)
			return convert_fail(c, "too many alternatives");
		str_list_add(parts, str_slice(text, from, end), c->mem);
		if (end == text.n)
			return true;
		from = end + 1;
	}
}

/* The inside of a group that is all of TEXT; else empty. */
struct str convert_whole_group(struct str text)
{
	if (text.n < 2 || text.p[0] != '(' || text.p[text.n - 1] != ')')
		return STR_EMPTY;
	size_t at = 1;
	while ((at = convert_part_end(text, at)) < text.n && text.p[at] == '|')
		at++;
	return at == text.n - 1 ? str_slice(text, 1, at) : STR_EMPTY;
}

/* ---- names of fields ---- */

static bool add_names(struct convert *c, struct str text, struct str_list *names, unsigned depth);

/* Each of HEADS with each of TAILS behind it. */
static bool multiply(struct convert *c, struct str_list *heads, const struct str_list *tails)
{
	struct str_list all = {0};
	if (heads->count * tails->count > NAMES_MOST)
		return convert_fail(c, "too many names of fields");
	for (size_t i = 0; i < heads->count; i++)
		for (size_t j = 0; j < tails->count; j++)
			str_list_add(
				&all, ARENA_JOIN(c->mem, heads->items[i], tails->items[j]), c->mem);
	*heads = all;
	return true;
}

/* A group of NAME at *AT, with a question mark perhaps. */
static bool add_group(
	struct convert *c, struct str name, size_t *at, struct str_list *heads, unsigned depth)
{
	struct str_list inside = {0};
	size_t from = *at + 1, end = from;
	while ((end = convert_part_end(name, end)) < name.n && name.p[end] == '|')
		end++;
	if (end == name.n || !add_names(c, str_slice(name, from, end), &inside, depth + 1))
		return convert_fail(c, "the name of the field is not plain");
	*at = end + 1;
	if (*at < name.n && name.p[*at] == '?') {
		(*at)++;
		str_list_add(&inside, STR_EMPTY, c->mem);
	}
	return multiply(c, heads, &inside);
}

static bool add_name(struct convert *c, struct str name, struct str_list *names, unsigned depth)
{
	struct str_list heads = {0};
	str_list_add(&heads, STR_EMPTY, c->mem);
	for (size_t at = 0; at < name.n;) {
		size_t from = at;
		while (at < name.n &&
			(ascii_isalnum(name.p[at]) || name.p[at] == '-' || name.p[at] == '_'))
			at++;
		/* "-?" and the like */
		if (at < name.n && at > from && strchr("?*+", name.p[at]))
			return convert_fail(c, "the name of the field is not plain");
		struct str word = str_slice(name, from, at);
		const struct str_list one = {&word, 1};
		if (!multiply(c, &heads, &one))
			return false;
		if (at < name.n && (name.p[at] != '(' || !add_group(c, name, &at, &heads, depth)))
			return convert_fail(c, "the name of the field is not plain");
	}
	for (size_t i = 0; i < heads.count; i++)
		str_list_add(names, heads.items[i], c->mem);
	return true;
}

static bool add_names(struct convert *c, struct str text, struct str_list *names, unsigned depth)
{
	struct str_list parts = {0};
	if (depth > 4 || !convert_split(c, text, &parts))
		return convert_fail(c, "the name of the field is not plain");
	for (size_t i = 0; i < parts.count; i++)
		if (!add_name(c, parts.items[i], names, depth))
			return false;
	return true;
}

bool convert_names(struct convert *c, struct str text, struct str_list *names)
{
	return add_names(c, text, names, 0);
}
