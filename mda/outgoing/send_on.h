/* Sends the message itself on: to an address, or to a program. What is not taken is kept. */
#ifndef MDA_OUTGOING_SEND_ON_H
#define MDA_OUTGOING_SEND_ON_H

#include "mda/outgoing/send.h"

/*
 * Carries out STEP, a redirect or a pipe, and adds it to the outcome. -1: it could not be sent now;
 * the retry does it.
 */
int send_on(struct send_job *s, const struct step *step, struct err *err);

#endif
