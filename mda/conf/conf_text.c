#include "mda/conf/conf_text.h"

#include <string.h>

unsigned conf_text_line(const struct conf_text *text, size_t at)
{
	unsigned line = 1;
	const char *p = text->p, *end = text->p + at;
	while ((p = memchr(p, '\n', (size_t)(end - p)))) {
		line++;
		p++;
	}
	return line;
}

int conf_text_fail(const struct conf_text *text, size_t at, const char *message, struct err *err)
{
	struct str before = {text->p, at < text->n ? at : text->n};
	size_t line_end = str_rfind(before, '\n');
	size_t column = line_end < before.n ? before.n - line_end : before.n + 1;
	return err_temp(
		err, "%s:%u:%zu: %s", text->path, conf_text_line(text, before.n), column, message);
}
