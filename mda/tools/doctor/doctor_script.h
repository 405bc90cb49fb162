/* Checks of the filter rules. */
#ifndef MDA_TOOLS_DOCTOR_DOCTOR_SCRIPT_H
#define MDA_TOOLS_DOCTOR_DOCTOR_SCRIPT_H

struct doctor;

void doctor_script_errors(struct doctor *d);
void doctor_script_advice(struct doctor *d);
void doctor_script_shadow(struct doctor *d);
void doctor_script_unseen(struct doctor *d);
void doctor_script_failed(struct doctor *d);

#endif
