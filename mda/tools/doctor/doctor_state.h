/* Checks of the UIDs of a mailbox, of locks, and of times that cannot be right. */
#ifndef MDA_TOOLS_DOCTOR_DOCTOR_STATE_H
#define MDA_TOOLS_DOCTOR_DOCTOR_STATE_H

struct doctor;

void doctor_state_database(struct doctor *d);
void doctor_state_damaged(struct doctor *d);
void doctor_state_high(struct doctor *d);
void doctor_state_validity(struct doctor *d);
void doctor_state_server(struct doctor *d);
void doctor_state_uidlist(struct doctor *d);
void doctor_state_lock(struct doctor *d);
void doctor_state_dotlock(struct doctor *d);
void doctor_state_tmp(struct doctor *d);

void doctor_clock_year(struct doctor *d);
void doctor_clock_mail(struct doctor *d);
void doctor_clock_validity(struct doctor *d);

#endif
