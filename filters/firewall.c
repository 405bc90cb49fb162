#include "filters/firewall.h"

static const struct str namespace = STR_LIT("x-mda-");

/* Does the line start with PREFIX for a reader that skips blanks, NULs and controls? */
static bool starts_leniently(struct str line, struct str prefix)
{
	size_t matched = 0;
	for (size_t i = 0; i < line.n && matched < prefix.n; i++) {
		unsigned char c = (unsigned char)line.p[i];
		if (c <= ' ' || c == 0x7f)
			continue;
		if (ascii_lower((char)c) != prefix.p[matched])
			return false;
		matched++;
	}
	return matched == prefix.n;
}

void firewall_apply(const struct message *msg, struct verdict *v)
{
	for (size_t i = 0; i < message_header_count(msg); i++)
		if (starts_leniently(message_header(msg, i)->whole, namespace))
			verdict_remove_field(v, i);
}
