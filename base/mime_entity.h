/* A MIME entity as a person writes it in a script: a header, a blank line and a body. */
#ifndef BASE_MIME_ENTITY_H
#define BASE_MIME_ENTITY_H

#include "base/str.h"

/*
 * Splits ENTITY into its header, with the final line end, and its body. The header ends at a blank
 * line, or before a line that is not a field. False when ENTITY has no header that describes its
 * content: then HEADER is empty, and BODY is all of ENTITY.
 */
bool mime_entity_split(struct str entity, struct str *header, struct str *body);
/* Takes the next field, with its folds, off *HEADER. False when there is none. */
bool mime_entity_field(struct str *header, struct str *field);

#endif
