#include "mda/tools/convert/convert_variables.h"

enum { VALUE_MOST = 4096, VARIABLES_MOST = 256 };

static struct convert_variable *find(const struct convert_variables *v, struct str name)
{
	for (size_t i = 0; i < v->count; i++)
		if (str_eq(v->items[i].name, name))
			return &v->items[i];
	return NULL;
}

/* A variable too many is not known. */
void convert_set(struct convert *c, struct convert_variables *v, struct str name, struct str value,
	bool known)
{
	struct convert_variable *old = find(v, name);
	if (!old && v->count == VARIABLES_MOST)
		return;
	if (!old)
		old = ARENA_PUSH(c->mem, v->items, v->count);
	*old = (struct convert_variable){arena_str(c->mem, name), value, ++v->changes, known};
}

bool convert_is_set(const struct convert_variables *v, struct str name)
{
	return find(v, name);
}

struct str convert_value(const struct convert_variables *v, struct str name)
{
	const struct convert_variable *found = find(v, name);
	return found && found->known ? found->value : STR_EMPTY;
}

size_t convert_name_length(struct str s)
{
	size_t n = 0;
	while (n < s.n && (ascii_isalnum(s.p[n]) || s.p[n] == '_'))
		n++;
	return n && !ascii_isdigit(s.p[0]) ? n : 0;
}

/* $NAME or ${NAME} at the start of *REST. */
static bool add_variable(
	struct convert *c, const struct convert_variables *all, struct str *rest, struct buf *to)
{
	bool braces = rest->n > 1 && rest->p[1] == '{';
	struct str name = str_slice(*rest, 1 + braces, rest->n);
	name.n = convert_name_length(name);
	size_t end = 1 + braces + name.n + braces;
	if (name.n == 0 || end > rest->n || (braces && rest->p[end - 1] != '}'))
		return convert_fail(c, "a variable that is not plain");
	const struct convert_variable *v = find(all, name);
	if (!v || !v->known)
		return convert_fail(c, "$" STR_FMT " is not known before mail comes",
			STR_ARGS(str_slice(name, 0, 60)));
	buf_add(to, v->value);
	*rest = str_slice(*rest, end, rest->n);
	return to->n <= VALUE_MOST || convert_fail(c, "the value is too long");
}

/* Quotation marks, backslashes and variables, as in a shell. */
bool convert_expand(
	struct convert *c, const struct convert_variables *v, struct str text, struct str *value)
{
	struct buf b = {0};
	char quote = '\0';
	bool good = true;
	while (text.n && good) {
		char byte = text.p[0];
		if (byte == '`') {
			good = convert_fail(c, "it is the output of a program");
		} else if (byte == '$' && quote != '\'') {
			good = add_variable(c, v, &text, &b);
			continue;
		} else if (byte == quote || (!quote && (byte == '"' || byte == '\''))) {
			quote = quote ? '\0' : byte;
		} else {
			if (byte == '\\' && quote != '\'' && text.n > 1)
				text = str_slice(text, 1, text.n);
			buf_byte(&b, text.p[0]);
		}
		text = str_slice(text, 1, text.n);
	}
	if (good && quote)
		good = convert_fail(c, "a quotation mark that is not closed");
	*value = arena_str(c->mem, buf_str(&b));
	buf_free(&b);
	return good;
}

void convert_variables_doubt(struct convert_variables *v, size_t before)
{
	for (size_t i = 0; i < v->count; i++)
		if (v->items[i].change > before)
			v->items[i].known = false;
}
