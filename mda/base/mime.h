/*
 * Encoded words, charsets and (later) MIME structure through GMime. GMime and GLib stand in a module of their own
 * (mda/base/mime_gmime.c) that is loaded when the first of these functions needs it: a delivery that reads plain ASCII
 * headers never pays for them.
 */
#ifndef MDA_BASE_MIME_H
#define MDA_BASE_MIME_H

#include "mda/base/arena.h"

/*
 * A header's text (already unfolded) with its encoded words decoded to UTF-8 (RFC 2047). Text without "=?" is returned
 * as it is and loads nothing. When the module is missing, or an encoded word is broken, that part stays as written.
 */
struct str mime_decode(struct str text, struct arena *mem);

/* NULL when the module can be loaded; otherwise why not (for `mda -t` and the log). */
const char *mime_unavailable(void);

#endif
