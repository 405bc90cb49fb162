/* Checks of OpenSMTPD: does it run mda, and with what it needs? */
#ifndef MDA_TOOLS_DOCTOR_DOCTOR_SMTPD_H
#define MDA_TOOLS_DOCTOR_DOCTOR_SMTPD_H

#include <stdbool.h>

struct doctor;

/* Does it hand mail to mda-lmtpd? */
bool doctor_smtpd_hands_over(struct doctor *d);

void doctor_smtpd_read(struct doctor *d);
void doctor_smtpd_syntax(struct doctor *d);
void doctor_smtpd_runs(struct doctor *d);
void doctor_smtpd_used(struct doctor *d);
void doctor_smtpd_program(struct doctor *d);
void doctor_smtpd_mailbox(struct doctor *d);
void doctor_smtpd_original(struct doctor *d);
void doctor_smtpd_delimiter(struct doctor *d);
void doctor_smtpd_size(struct doctor *d);

#endif
