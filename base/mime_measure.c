#include "base/mime_measure.h"

#include "base/limits.h"

#include <string.h>

struct measure {
	size_t boundaries, fields, field_size;
	bool in_header; /* in a header, or where one may begin: after a boundary or a header */
	const char *why;
};

static bool is_field(const char *line, size_t n)
{
	size_t name = 0;
	while (name < n && line[name] > ' ' && line[name] < 0x7f && line[name] != ':')
		name++;
	return name > 0 && name < n && line[name] == ':';
}

/* Is a limit exceeded with this line? */
static bool measure(struct measure *m, const char *line, size_t n)
{
	if (n >= 2 && line[0] == '-' && line[1] == '-') {
		m->in_header = true;
		return ++m->boundaries > 2 * (size_t)LIMIT_MIME_PARTS;
	}
	if (!m->in_header || n == 0 || (n == 1 && line[0] == '\r'))
		return false;
	bool continues = line[0] == ' ' || line[0] == '\t';
	m->in_header = continues || is_field(line, n);
	m->field_size = continues ? m->field_size + n : n;
	m->fields += m->in_header && !continues;
	if (m->in_header && !m->why && memchr(line, 0, n))
		m->why = "a NUL in a header";
	return m->in_header && (m->fields > LIMIT_MIME_FIELDS || m->field_size > LIMIT_MIME_FIELD);
}

static const char *what_is_too_much(const struct measure *m)
{
	return m->boundaries > 2 * (size_t)LIMIT_MIME_PARTS ? "too many boundaries"
	       : m->fields > LIMIT_MIME_FIELDS              ? "too many fields"
							    : "a field is too large";
}

struct mime_measure mime_measure(struct str message)
{
	struct measure m = {.in_header = true};
	const char *p = message.p, *end = message.p + message.n;
	while (p < end) {
		const char *lf = memchr(p, '\n', (size_t)(end - p));
		size_t length = (size_t)((lf ? lf : end) - p);
		if (measure(&m, p, length))
			return (struct mime_measure){(size_t)(p - message.p), what_is_too_much(&m)};
		p += length + (lf != NULL);
	}
	return (struct mime_measure){message.n, m.why};
}
