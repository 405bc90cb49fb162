/* Accounts as a page that a browser shows: one file that needs no other. */
#ifndef MDA_ACCOUNT_ACCOUNT_HTML_H
#define MDA_ACCOUNT_ACCOUNT_HTML_H

#include "base/buf.h"
#include "mda/account/account.h"

/* Appends the page of COUNT accounts. TRACE: the steps of the last one's rules, or empty. */
void account_html(struct buf *to, const struct account *list, size_t count, struct str trace);

#endif
