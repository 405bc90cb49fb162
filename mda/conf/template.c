#include "mda/conf/template.h"

#include "base/buf.h"
#include "base/printable.h"

static const struct {
	char letter;
	size_t offset;
	bool is_path; /* may contain slashes: it does not come from an address */
} letters[] = {
	{'u', offsetof(struct template_values, user), false},
	{'n', offsetof(struct template_values, local), false},
	{'d', offsetof(struct template_values, domain), false},
	{'h', offsetof(struct template_values, home), true},
};

enum { LETTERS = sizeof letters / sizeof *letters, NAME_MAX_BYTES = 255 };

static size_t find_letter(char c)
{
	size_t i = 0;
	while (i < LETTERS && letters[i].letter != c)
		i++;
	return i;
}

bool template_check(struct str text, const char **why)
{
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] != '%')
			continue;
		i++;
		if (i == text.n || (text.p[i] != '%' && find_letter(text.p[i]) == LETTERS)) {
			*why = "after % one of u n d h % must follow";
			return false;
		}
	}
	return true;
}

static bool is_safe_name(struct str name)
{
	if (name.n == 0 || name.n > NAME_MAX_BYTES || name.p[0] == '.')
		return false;
	return str_find(name, '/') == name.n && !printable_has_control(name);
}

static int add_value(
	struct buf *path, size_t letter, const struct template_values *values, struct err *err)
{
	if (letter == LETTERS) /* template_check() was not asked */
		return err_temp(err, "a path has an unknown letter after %%");
	struct str value = *(const struct str *)((const char *)values + letters[letter].offset);
	if (!letters[letter].is_path && !is_safe_name(value))
		return err_no_user(err, "\"" STR_FMT "\" cannot be the name of a mailbox",
			STR_ARGS(str_slice(value, 0, 80)));
	buf_add(path, value);
	return 0;
}

int template_expand(struct str text, const struct template_values *values, struct arena *mem,
	const char **path, struct err *err)
{
	struct buf b = {0};
	int r = 0;
	while (text.n && r == 0) {
		size_t percent = str_find(text, '%');
		char letter = percent + 1 < text.n ? text.p[percent + 1] : '%';
		buf_add(&b, str_slice(text, 0, percent));
		if (percent < text.n && letter == '%')
			buf_byte(&b, '%');
		else if (percent < text.n)
			r = add_value(&b, find_letter(letter), values, err);
		text = str_slice(text, percent + 2, text.n);
	}
	if (r == 0)
		*path = arena_cstr(mem, buf_str(&b));
	buf_free(&b);
	return r;
}
