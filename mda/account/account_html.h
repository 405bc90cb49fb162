/* An account as a page that a browser shows: one file that needs no other. */
#ifndef MDA_ACCOUNT_ACCOUNT_HTML_H
#define MDA_ACCOUNT_ACCOUNT_HTML_H

#include "base/buf.h"
#include "mda/account/account.h"

/* Appends the page. TRACE: each step of the rules as lines, or empty. */
void account_html(struct buf *to, const struct account *a, struct str trace);

#endif
