/* A MIME entity as a person writes it into a script: a header, a blank line and a body. */
#ifndef BASE_MIME_ENTITY_H
#define BASE_MIME_ENTITY_H

#include "base/str.h"

/*
 * Parts ENTITY into its header, with the last line end, and what follows it. The header ends at a
 * blank line, or where a line is no field. False when there is none (it says nothing of the
 * content): then it is empty, and BODY is all of ENTITY.
 */
bool mime_entity_split(struct str entity, struct str *header, struct str *body);
/* Takes the next field of a header, with its folds, off *HEADER. */
bool mime_entity_field(struct str *header, struct str *field);

#endif
