/* What a terminal shows text in. */
#ifndef BASE_TERMINAL_H
#define BASE_TERMINAL_H

#include "base/buf.h"

struct terminal {
	bool colour;
	unsigned width; /* columns; 0: lines are as long as they are */
};

enum terminal_tone {
	TERMINAL_PLAIN,
	TERMINAL_HEAD,
	TERMINAL_GOOD,
	TERMINAL_POOR,
	TERMINAL_BAD,
	TERMINAL_FAINT,
};

/* How text on FD should look: that of a terminal, or plain. NO_COLOR and TERM=dumb count. */
struct terminal terminal_of(int fd);

/* Appends TEXT, which must be safe to be shown (printable.h), in that tone. */
void terminal_put(
	struct buf *to, const struct terminal *t, enum terminal_tone tone, struct str text);

#endif
