/* Checks of Postfix: does it run mda, and with what it needs? */
#ifndef MDA_TOOLS_DOCTOR_DOCTOR_POSTFIX_H
#define MDA_TOOLS_DOCTOR_DOCTOR_POSTFIX_H

#include <stdbool.h>

struct doctor;

/* Does it hand mail to mda-lmtpd? */
bool doctor_postfix_hands_over(struct doctor *d);

void doctor_postfix_read(struct doctor *d);
void doctor_postfix_runs(struct doctor *d);
void doctor_postfix_used(struct doctor *d);
void doctor_postfix_local(struct doctor *d);
void doctor_postfix_program(struct doctor *d);
void doctor_postfix_recipients(struct doctor *d);
void doctor_postfix_null_sender(struct doctor *d);
void doctor_postfix_sender(struct doctor *d);
void doctor_postfix_recipient(struct doctor *d);
void doctor_postfix_original(struct doctor *d);
void doctor_postfix_flags(struct doctor *d);
void doctor_postfix_quoted(struct doctor *d);
void doctor_postfix_user(struct doctor *d);
void doctor_postfix_chroot(struct doctor *d);
void doctor_postfix_time(struct doctor *d);
void doctor_postfix_died(struct doctor *d);
void doctor_postfix_delimiter(struct doctor *d);
void doctor_postfix_size(struct doctor *d);
void doctor_postfix_file_size(struct doctor *d);
void doctor_postfix_domains(struct doctor *d);
void doctor_postfix_unknown(struct doctor *d);

#endif
