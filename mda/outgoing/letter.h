/*
 * Writes messages of our own: answers and notifications. Whatever a script, a subject or an address
 * contains, each field stays one field, and no line is longer than mail allows (RFC 5322 section
 * 2.1.1).
 */
#ifndef MDA_OUTGOING_LETTER_H
#define MDA_OUTGOING_LETTER_H

#include "base/address.h"
#include "base/buf.h"

#include <stdint.h>

struct letter {
	struct buf text; /* with LF; release it with letter_free() */
	struct arena *mem;
};

/*
 * TEXT is UTF-8. What is not ASCII becomes encoded words, and control characters become blanks. An
 * empty text writes nothing.
 */
void letter_field(struct letter *l, const char *name, struct str text);
/*
 * Writes the addresses in the value of a header field anew, with their names; what is not an
 * address is left out.
 */
void letter_addresses(struct letter *l, const char *name, struct str value);
/* Writes "<id>", the id of a message; anything else is left out. */
void letter_ids(struct letter *l, const char *name, struct str ids);
void letter_date(struct letter *l, int64_t seconds);

/* Writes the rest of the header for plain UTF-8 text, and TEXT. */
void letter_body(struct letter *l, struct str text);
/* The same for a part of a multipart: without MIME-Version. */
void letter_part(struct letter *l, struct str text);
/* Adds bytes as quoted-printable, in a part whose type is written already. */
void letter_quoted(struct letter *l, struct str bytes);
/* Writes "Final-Recipient: rfc822; address"; what is not an address is left out. */
void letter_typed(struct letter *l, const char *name, struct str address);
/*
 * ENTITY is a header of Content- fields and a body (RFC 5230 section 4.2); other fields are left
 * out. Without such a header it is text, or HTML if it starts like HTML.
 */
void letter_entity(struct letter *l, struct str entity);

void letter_free(struct letter *l);

#endif
