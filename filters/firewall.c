#include "filters/firewall.h"

#include <string.h>

enum { NAME_MOST = 128 }; /* nobody's field has a longer name */

/*
 * The name at the start of a line as such a reader sees it: without what it skips, in lower case.
 */
struct seen_name {
	char text[NAME_MOST];
	size_t n;
	bool ended; /* a colon followed */
};

static void see(struct seen_name *name, unsigned char c)
{
	if (c <= ' ' || c == 0x7f || name->ended)
		return;
	if (c == ':')
		name->ended = true;
	else if (name->n < NAME_MOST)
		name->text[name->n++] = ascii_lower((char)c);
}

/*
 * Takes the next line off *REST; a CR without an LF ends a line too. One pass, whatever it
 * contains.
 */
static bool next_line(struct str *rest, struct seen_name *name)
{
	size_t i = 0;
	*name = (struct seen_name){.n = 0};
	if (rest->n == 0)
		return false;
	for (; i < rest->n; i++) {
		if (rest->p[i] == '\r' && (i + 1 == rest->n || rest->p[i + 1] != '\n'))
			break;
		see(name, (unsigned char)rest->p[i]);
	}
	*rest = str_slice(*rest, i + 1, rest->n);
	return true;
}

static bool is_called(const struct seen_name *name, struct str pattern)
{
	struct str text = {name->text, name->n};
	if (pattern.n && pattern.p[pattern.n - 1] == '*')
		return str_istarts(text, str_slice(pattern, 0, pattern.n - 1));
	return name->ended && str_ieq(text, pattern);
}

static bool shows(struct str field, struct str pattern)
{
	struct seen_name name;
	while (next_line(&field, &name))
		if (is_called(&name, pattern))
			return true;
	return false;
}

static bool shows_any(struct str field, const struct str_list *patterns)
{
	struct seen_name name;
	while (next_line(&field, &name))
		for (size_t i = 0; i < patterns->count; i++)
			if (is_called(&name, patterns->items[i]))
				return true;
	return false;
}

void firewall_apply(const struct str_list *names, const struct message *msg, struct verdict *v)
{
	for (size_t i = 0; i < message_header_count(msg); i++)
		if (shows_any(message_header(msg, i)->whole, names))
			verdict_remove_field(v, i);
}

/* A name that hides after a bare CR, in a field with another name, counts too. */
static bool is_disguised(const struct header *h, struct str name)
{
	if (!str_ieq(h->name, name))
		return shows(h->whole, name);
	size_t start = (size_t)(h->value.p - h->whole.p);
	struct str value = str_slice(h->whole, start, h->whole.n);
	size_t cr = str_find(value, '\r');
	return cr < value.n && shows(str_slice(value, cr + 1, value.n), name);
}

bool firewall_finds_disguised(const struct message *msg, struct str name)
{
	for (size_t i = 0; i < message_header_count(msg); i++)
		if (is_disguised(message_header(msg, i), name))
			return true;
	return false;
}

void firewall_remove_disguised(const struct message *msg, struct str name, struct verdict *v)
{
	for (size_t i = 0; i < message_header_count(msg); i++)
		if (is_disguised(message_header(msg, i), name))
			verdict_remove_field(v, i);
}
