/*
 * UIDVALIDITYs that a mailbox never had. A folder that is made again must get such a one (RFC 3501
 * section 2.3.1.1): under the old one its new UIDs would mean other messages.
 */
#ifndef STORE_VALIDITY_H
#define STORE_VALIDITY_H

#include "store/store_inside.h"

/*
 * Sets a UIDVALIDITY that is the time or more, above every one that the database or Dovecot's
 * counter ever had. With imap_server = dovecot that counter is raised to it, so that Dovecot never
 * gives it to another folder. If the counter is lost, the folders' text copies count instead. Not
 * in a transaction. -1 when none is left, or on error.
 */
int validity_new(struct store *s, uint32_t *uidvalidity, struct err *err);

/*
 * With imap_server = dovecot: raises Dovecot's counter to the highest known UIDVALIDITY, after
 * Dovecot's files were lost. Otherwise Dovecot would use the clock, and might give a folder a lower
 * UIDVALIDITY than it had. Not in a transaction. -1 on error.
 */
int validity_hold(struct store *s, struct err *err);

#endif
