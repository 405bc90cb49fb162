/* Checks of mda-lmtpd, to which an MTA hands mail by LMTP. */
#ifndef MDA_TOOLS_DOCTOR_DOCTOR_LMTP_H
#define MDA_TOOLS_DOCTOR_DOCTOR_LMTP_H

struct doctor;

void doctor_lmtp_answers(struct doctor *d);

#endif
