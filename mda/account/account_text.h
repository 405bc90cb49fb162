/*
 * An account as lines for people. On a terminal it is wrapped at its width, and in colour; anywhere
 * else a line is as long as it is. What strangers wrote cannot control the terminal.
 */
#ifndef MDA_ACCOUNT_ACCOUNT_TEXT_H
#define MDA_ACCOUNT_ACCOUNT_TEXT_H

#include "base/terminal.h"
#include "mda/account/account.h"

/* Appends the account. */
void account_text(struct buf *to, const struct account *a, struct terminal look);

#endif
