/* Files in plain text, without MIME: mail programs show them as attachments. */
#ifndef FILTERS_ATTACHMENT_TEXT_H
#define FILTERS_ATTACHMENT_TEXT_H

#include "base/str.h"

/* What kind of file TEXT contains: uuencode, yEnc or BinHex; *NAME is its name. NULL: none. */
const char *attachment_text_kind(struct str text, struct str *name);

#endif
