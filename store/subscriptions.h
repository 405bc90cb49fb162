/*
 * The list of folders that a person has subscribed to, as the IMAP server keeps it in the Maildir:
 * Dovecot's file subscriptions, Courier's courierimapsubscribed. Many clients show no other
 * folders.
 */
#ifndef STORE_SUBSCRIPTIONS_H
#define STORE_SUBSCRIPTIONS_H

#include "store/store.h"

/*
 * Adds the folder DIRECTORY of the Maildir ROOT, once, under the lock that Dovecot takes; the file
 * is replaced as a whole. -1 with the reason, and then it is as it was. Without a server nothing is
 * done.
 */
int subscriptions_add(int root, enum store_server server, struct str directory, struct err *err);

#endif
