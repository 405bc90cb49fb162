/* Files that stand in text, without MIME: mail programs show them as attachments. */
#ifndef FILTERS_ATTACHMENT_TEXT_H
#define FILTERS_ATTACHMENT_TEXT_H

#include "base/str.h"

/* What TEXT holds: a file in uuencode, yEnc or BinHex, and how it is called. NULL: none. */
const char *attachment_in_text(struct str text, struct str *name);

#endif
