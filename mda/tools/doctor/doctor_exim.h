/* Checks of Exim: does it run mda, and with what it needs? */
#ifndef MDA_TOOLS_DOCTOR_DOCTOR_EXIM_H
#define MDA_TOOLS_DOCTOR_DOCTOR_EXIM_H

#include <stdbool.h>

struct doctor;

/* Does it hand mail to mda-lmtpd? */
bool doctor_exim_hands_over(struct doctor *d);

void doctor_exim_read(struct doctor *d);
void doctor_exim_runs(struct doctor *d);
void doctor_exim_program(struct doctor *d);
void doctor_exim_time(struct doctor *d);
void doctor_exim_late(struct doctor *d);
void doctor_exim_again(struct doctor *d);
void doctor_exim_output(struct doctor *d);
void doctor_exim_ignored(struct doctor *d);
void doctor_exim_batch(struct doctor *d);
void doctor_exim_original(struct doctor *d);
void doctor_exim_around(struct doctor *d);
void doctor_exim_size(struct doctor *d);

#endif
