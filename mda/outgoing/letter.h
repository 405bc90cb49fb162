/*
 * Messages of our own: answers and notifications. Whatever a script, a subject or an address holds,
 * each field stays one field, and no line is longer than mail allows (RFC 5322 section 2.1.1).
 */
#ifndef MDA_OUTGOING_LETTER_H
#define MDA_OUTGOING_LETTER_H

#include "base/address.h"
#include "base/buf.h"

#include <stdint.h>

struct letter {
	struct buf text; /* with LF; letter_free() */
	struct arena *mem;
};

/*
 * TEXT is UTF-8; what is not ASCII becomes encoded words, controls become blanks. Nothing is
 * written for an empty one.
 */
void letter_field(struct letter *l, const char *name, struct str text);
/*
 * The addresses in the value of a header field, each with its name, anew; those that are none are
 * left out.
 */
void letter_addresses(struct letter *l, const char *name, struct str value);
/* "<id>" of a message; anything else is left out. */
void letter_ids(struct letter *l, const char *name, struct str ids);
void letter_date(struct letter *l, int64_t seconds);

/* The rest of the header for plain text in UTF-8, and TEXT itself. */
void letter_body(struct letter *l, struct str text);
/* The same for a part of a multipart: without MIME-Version. */
void letter_part(struct letter *l, struct str text);
/* Bytes as a part whose type stands in front already, quoted-printable. */
void letter_quoted(struct letter *l, struct str bytes);
/* "Final-Recipient: rfc822; address"; an address that is none is left out. */
void letter_typed(struct letter *l, const char *name, struct str address);
/*
 * ENTITY is a header of Content- fields and a body (RFC 5230 section 4.2). Other fields in it are
 * left out. Without such a header it is text, or HTML when it starts like that.
 */
void letter_entity(struct letter *l, struct str entity);

void letter_free(struct letter *l);

#endif
