/*
 * An account as lines for people. On a terminal it is wrapped at its width, and in colour; anywhere
 * else a line is as long as it is. What strangers wrote cannot control the terminal.
 */
#ifndef MDA_ACCOUNT_ACCOUNT_TEXT_H
#define MDA_ACCOUNT_ACCOUNT_TEXT_H

#include "base/buf.h"
#include "mda/account/account.h"

struct account_look {
	bool colour;
	unsigned width; /* columns; 0: as long as it is */
};

/* How text on FD should look: that of a terminal, or plain. NO_COLOR and TERM=dumb count. */
struct account_look account_look(int fd);

/* Appends the account. */
void account_text(struct buf *to, const struct account *a, struct account_look look);

#endif
