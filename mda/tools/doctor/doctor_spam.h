/* Checks of the anti-spam servers: do they answer? */
#ifndef MDA_TOOLS_DOCTOR_DOCTOR_SPAM_H
#define MDA_TOOLS_DOCTOR_DOCTOR_SPAM_H

struct doctor;

void doctor_spam_filter(struct doctor *d);
void doctor_spam_server(struct doctor *d);
void doctor_spam_learn(struct doctor *d);

#endif
