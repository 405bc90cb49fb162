/* What a message's own header says about its flags, and its bytes without these fields. */
#ifndef MDA_TOOLS_IMPORT_IMPORT_FIELDS_H
#define MDA_TOOLS_IMPORT_IMPORT_FIELDS_H

#include "base/arena.h"
#include "base/buf.h"

#include <stdint.h>

struct import_fields {
	unsigned flags; /* FLAG_... of verdict.h */
	struct str_list keywords;
	bool old;         /* a reader has listed the message before */
	bool is_internal; /* no message, but a note of an IMAP server to itself */
	bool is_removed;  /* the user has deleted it, and the file still has it */
	struct str message_id;
	int64_t date; /* of the field Date */
	bool has_date;
};

/*
 * Reads the header of the message in BYTES. The strings are in MEM. With MBOX, the fields count
 * that mail programs write into mbox files (Status, X-Status, X-Keywords, X-Mozilla-Status), and
 * are removed from BYTES with those that only mean something there (Content-Length, X-UID, X-IMAP,
 * X-IMAPbase), as Dovecot hides them.
 */
void import_fields_read(struct buf *bytes, bool mbox, struct arena *mem, struct import_fields *f);

#endif
