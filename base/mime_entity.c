#include "base/mime_entity.h"

static struct str name_of(struct str line)
{
	size_t colon = str_find(line, ':');
	return colon < line.n ? str_slice(line, 0, colon) : STR_EMPTY;
}

static bool is_field(struct str line)
{
	struct str name = name_of(line);
	for (size_t i = 0; i < name.n; i++)
		if (!ascii_isalnum(name.p[i]) && name.p[i] != '-' && name.p[i] != '_')
			return false;
	return name.n > 0;
}

static bool describes_content(struct str field)
{
	struct str name = name_of(field);
	return str_istarts(name, STR_LIT("Content-")) || str_ieq(name, STR_LIT("MIME-Version"));
}

bool mime_entity_field(struct str *header, struct str *field)
{
	struct str line, start = *header, rest = *header;
	if (!str_line(&rest, &line) || !is_field(line))
		return false;
	while (rest.n && (rest.p[0] == ' ' || rest.p[0] == '\t'))
		(void)str_line(&rest, &line); /* there is one: REST is not empty */
	*field = str_slice(start, 0, start.n - rest.n);
	*header = rest;
	return true;
}

bool mime_entity_split(struct str entity, struct str *header, struct str *body)
{
	struct str rest = entity, field, line;
	bool found = false;
	while (mime_entity_field(&rest, &field))
		found |= describes_content(field);
	*header = str_slice(entity, 0, found ? entity.n - rest.n : 0);
	if (!found)
		rest = entity;
	/* The blank line belongs neither to the header nor to the body. */
	*body = rest;
	if (str_line(&rest, &line) && line.n == 0)
		*body = rest;
	return found;
}
