/*
 * UIDVALIDITYs that a mailbox never had. Whoever makes a folder again must give it one (RFC 3501
 * section 2.3.1.1): under the old one its new UIDs would mean other messages.
 */
#ifndef STORE_VALIDITY_H
#define STORE_VALIDITY_H

#include "store/store_inside.h"

/*
 * The time, or more: above every UIDVALIDITY that the database or Dovecot's counter ever had. With
 * imap_server = dovecot that counter is raised to it, so that Dovecot never gives it to another
 * folder; where it is lost, the folders' text copies count instead. Not within a transaction. -1
 * when none is left, or on error.
 */
int validity_new(struct store *s, uint32_t *uidvalidity, struct err *err);

/*
 * With imap_server = dovecot: raises that counter to the highest UIDVALIDITY that is known, after
 * Dovecot's files were lost. Without it Dovecot would go by the clock, and might give a folder a
 * lower UIDVALIDITY than it had. Not within a transaction. -1 on error.
 */
int validity_hold(struct store *s, struct err *err);

#endif
