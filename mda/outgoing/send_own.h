/* Sends messages of our own: answers and notifications to others, notices to the user. */
#ifndef MDA_OUTGOING_SEND_OWN_H
#define MDA_OUTGOING_SEND_OWN_H

#include "mda/outgoing/send.h"

/* Sends O unless a limit or another delivery forbids it. -1 when it could not be sent now. */
int send_own(struct send_job *s, const struct outmail *o, struct err *err);

/*
 * Puts the notice of errors in the rules into the INBOX, at most once a day. If that fails, no mail
 * waits for it. The reports of this delivery are complete here, because its programs have been run.
 */
void send_own_notice(struct send_job *s);

/*
 * Puts the notice of what waits in the screener's folder into the INBOX. It was claimed, so that it
 * is due no more today.
 */
void send_own_waiting(struct send_job *s);

#endif
