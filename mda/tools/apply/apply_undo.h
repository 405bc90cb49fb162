/*
 * The file by which mda-apply can put all back: what was about to be moved, written before it is
 * (apply_line.h has the lines).
 */
#ifndef MDA_TOOLS_APPLY_APPLY_UNDO_H
#define MDA_TOOLS_APPLY_APPLY_UNDO_H

#include "mda/tools/apply/apply.h"
#include "mda/tools/apply/apply_line.h"

struct apply_undo;

/* Opens the file for writing at its end; a missing one is made. NULL on error. */
struct apply_undo *apply_undo_open(const char *path, const struct apply *a, struct err *err);
void apply_undo_close(struct apply_undo *u);
/* A store_move_intend: records moves, or with apply_undo_backwards() that they are undone. */
int apply_undo_record(void *undo, const struct store_move *moves, size_t count, struct err *err);
void apply_undo_backwards(struct apply_undo *u);

/* Records that a message will be sent to ADDRESS. */
int apply_undo_sends(void *undo, struct str folder, struct str base, struct str address,
	const struct store_id *id, struct err *err);

/* What a file says beside its moves. */
struct apply_recorded {
	size_t moves;
	struct apply_redirect *redirects; /* each once */
	size_t redirect_count;
	struct str_list folders; /* into which messages were moved: directories, each once */
};

/* What is to be told of a message that is not put back as it was. */
typedef void apply_undo_tell(void *context, struct str folder, struct str base, const char *what);

/*
 * Reads the file at PATH, and fills A's moves with those that put back what is still where it was
 * put. TELL hears of messages that people have moved, deleted or flagged since: they are left, or
 * keep their flags. -1 if the file cannot be read or is not one of these.
 */
int apply_undo_plan(struct apply *a, const char *path, const char *maildir, apply_undo_tell *tell,
	void *context, struct apply_recorded *recorded, struct err *err);

/*
 * The names of those of the FOLDERS of such a file that are there and have no messages. They stay:
 * the IMAP server and people may use them. What cannot be looked at is left out.
 */
struct str_list apply_undo_emptied(
	const char *maildir, const struct str_list *folders, struct arena *mem);

#endif
