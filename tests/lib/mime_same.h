/* Has mime_plain.h read a message as GMime does? For tests that make messages, and the fuzzer. */
#ifndef TESTS_LIB_MIME_SAME_H
#define TESTS_LIB_MIME_SAME_H

#include "base/mime_plain.h"

#include <stdlib.h>

static inline const char *mime_same_fields(
	const struct mime_part *part, const struct mime_module_part *from)
{
	if (part->field_count != from->field_count)
		return "the number of fields";
	for (size_t i = 0; i < part->field_count; i++) {
		struct str value = str_of(from->fields[i].value);
		if (value.n && value.p[value.n - 1] == '\n')
			value.n--;
		if (!str_eq(part->fields[i].name, str_of(from->fields[i].name)) ||
			!str_eq(part->fields[i].value, value))
			return "a field";
	}
	return NULL;
}

/* Content that is not well-formed is left to GMime, so it is the same. */
static inline const char *mime_same_content(
	const struct mime_part *part, const struct mime_module_part *from, struct arena *mem)
{
	struct mime_bytes bytes = {0};
	struct str content;
	if (part->child || !mime_plain_content(part->plain, mem, &content))
		return NULL;
	bool same = mime_functions()->content(from, &bytes) &&
		    str_eq(content, (struct str){bytes.p, bytes.n});
	free(bytes.p);
	return same ? NULL : "the content";
}

static inline const char *mime_same_part(
	const struct mime_part *part, const struct mime_module_part *from, struct arena *mem)
{
	bool has_charset = str_eq(part->type, STR_LIT("text"));
	if (!part->child != !from->child || !part->next != !from->next)
		return "the structure";
	if (!str_ieq(part->type, str_of(from->type)) ||
		!str_ieq(part->subtype, str_of(from->subtype)))
		return "the type";
	if (has_charset && !str_eq(part->plain->charset, str_of(from->charset)))
		return "the charset";
	if (!str_eq(part->prologue, str_of(from->prologue)) ||
		!str_eq(part->epilogue, str_of(from->epilogue)) ||
		!str_eq(part->header, str_of(from->header)))
		return "the text around";
	const char *differs = mime_same_fields(part, from);
	return differs ? differs : mime_same_content(part, from, mem);
}

/* NULL: all is the same; else what differs. */
static inline const char *mime_same(
	const struct mime_part *part, const struct mime_module_part *from, struct arena *mem)
{
	const char *differs = mime_same_part(part, from, mem);
	const struct mime_part *child = part->child;
	const struct mime_module_part *other = from->child;
	for (; child && !differs; child = child->next, other = other->next)
		differs = mime_same(child, other, mem);
	return differs;
}

/* The same, and *PLAIN: it was read without GMime. */
static inline const char *mime_same_message(struct str message, bool *plain, struct arena *mem)
{
	const struct mime_part *root = mime_plain_parts(message, NULL, mem);
	*plain = root != NULL;
	if (!root)
		return NULL;
	struct mime_module_part *from = mime_functions()->parse(message.p, message.n);
	const char *differs = from ? mime_same(root, from, mem) : "GMime cannot read it";
	if (from)
		mime_functions()->forget(from);
	return differs;
}

#endif
