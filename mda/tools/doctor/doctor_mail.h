/* Checks of what the newest messages of the INBOX say about the MTA. */
#ifndef MDA_TOOLS_DOCTOR_DOCTOR_MAIL_H
#define MDA_TOOLS_DOCTOR_DOCTOR_MAIL_H

struct doctor;

void doctor_mail_authserv(struct doctor *d);
void doctor_mail_spam(struct doctor *d);

#endif
