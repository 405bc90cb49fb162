/*
 * The lines of the file by which mda-apply puts all back. A line is "move" or "back", the old
 * directory and base name, the new ones, the flags that the message had and then has, the keywords
 * that it gets, each escaped, and a dot. "back" says that a move is undone. Or it is "sent", the
 * directory and base name of a message that is about to be sent on, the address, the id under which
 * the journal knows whether it was sent, and a dot.
 */
#ifndef MDA_TOOLS_APPLY_APPLY_LINE_H
#define MDA_TOOLS_APPLY_APPLY_LINE_H

#include "base/buf.h"
#include "store/store_move.h"

struct apply_record {
	struct str from, base, to, new_base;
	unsigned had, has;
	struct str_list keywords;
	bool undone; /* not in the line */
};

/* Whether it was sent, apply_send_was() says. */
struct apply_redirect {
	struct store_id id;
	struct str address;
};

struct apply_line {
	enum { APPLY_LINE_MOVE, APPLY_LINE_BACK, APPLY_LINE_SENT } kind;
	struct apply_record record;
	struct apply_redirect redirect; /* of "sent" */
};

/* WORD is "move" or "back". */
void apply_line_put_move(struct buf *to, const char *word, struct str from, struct str directory,
	const struct store_move *m);
void apply_line_put_sent(struct buf *to, struct str folder, struct str base, struct str address,
	const struct store_id *id);

/*
 * Reads LINE, which is without its dot. Texts are in MEM. False if it is not such a line: the file
 * may be anybody's, so a name that leads out of a folder, or a folder that cannot exist, is none.
 */
bool apply_line_read(struct str line, struct arena *mem, struct apply_line *l);

#endif
