/*
 * The list of folders that a person has subscribed to, as the IMAP server keeps it in the Maildir:
 * Dovecot's file subscriptions, Courier's courierimapsubscribed. Many clients show only these
 * folders.
 */
#ifndef STORE_SUBSCRIPTIONS_H
#define STORE_SUBSCRIPTIONS_H

#include "store/store.h"

/*
 * Adds the folder DIRECTORY of the Maildir ROOT, if it is not there yet, under the lock that
 * Dovecot takes. The file is replaced as a whole. -1 with the reason, and the file is unchanged.
 * Without a server it does nothing.
 */
int subscriptions_add(int root, enum store_server server, struct str directory, struct err *err);

#endif
