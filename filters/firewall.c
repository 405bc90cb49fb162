#include "filters/firewall.h"

static const struct str namespace = STR_LIT("x-mda-");

/*
 * Does a line of FIELD start with the namespace, for a reader that skips blanks, NULs and controls, and that takes a bare
 * CR for the end of a line? One pass, whatever stands in it.
 */
static bool holds_namespace(struct str field)
{
	size_t matched = 0;
	bool differs = false; /* from the namespace, as far as this line was read */
	for (size_t i = 0; i < field.n && matched < namespace.n; i++) {
		unsigned char c = (unsigned char)field.p[i];
		if (c == '\r' && (i + 1 == field.n || field.p[i + 1] != '\n')) {
			matched = 0;
			differs = false;
		} else if (!differs && c > ' ' && c != 0x7f) {
			differs = ascii_lower((char)c) != namespace.p[matched];
			matched += !differs;
		}
	}
	return matched == namespace.n;
}

void firewall_apply(const struct message *msg, struct verdict *v)
{
	for (size_t i = 0; i < message_header_count(msg); i++)
		if (holds_namespace(message_header(msg, i)->whole))
			verdict_remove_field(v, i);
}
