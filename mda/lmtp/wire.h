/*
 * The bytes of a connection as lines and as the text after DATA (RFC 5321 sections 2.3.8 and
 * 4.5.2). Only CR LF ends a line. A bare LF or CR ends nothing: in a command it is an error, in a
 * message it is data. So "\n.\n", "\r\n.\n" and "\n.\r\n" do not end a message, and no two servers
 * that keep to the standard can disagree about where one ends.
 */
#ifndef MDA_LMTP_WIRE_H
#define MDA_LMTP_WIRE_H

#include "base/buf.h"
#include "base/limits.h"

/* ---- lines ---- */

/* A command line that is arriving. Start with { 0 }, free with wire_free(). */
struct wire_line {
	struct buf text;  /* without its CR LF; at most LIMIT_LMTP_LINE bytes */
	bool ends_in_cr;  /* the last byte was a CR, which is not in TEXT yet */
	bool is_too_long; /* the rest of the line was dropped */
	bool is_broken;   /* it has a bare CR or LF, or a NUL */
};

/*
 * Takes bytes off *INPUT. True when the line is complete; wire_clear() prepares for the next one.
 */
bool wire_take_line(struct wire_line *line, struct str *input);
void wire_clear(struct wire_line *line);
void wire_free(struct wire_line *line);

/* ---- the text after DATA ---- */

enum wire_at {
	WIRE_AT_START,
	WIRE_AT_TEXT,
	WIRE_AFTER_CR,
	WIRE_AFTER_DOT,
	WIRE_AFTER_DOT_CR,
	WIRE_AT_END
};

/*
 * Takes bytes off *INPUT, which must not be empty. *PIECE gets those that belong to the message:
 * without a dot that was put before a line that starts with a dot, and without the line that ends
 * the message. It may be empty. *AT must be WIRE_AT_START at first, and is WIRE_AT_END when the
 * message has ended.
 */
void wire_take_data(enum wire_at *at, struct str *input, struct str *piece);

#endif
