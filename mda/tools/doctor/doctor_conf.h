/* Checks of mda.conf: its errors, its rights, and keys that contradict each other. */
#ifndef MDA_TOOLS_DOCTOR_DOCTOR_CONF_H
#define MDA_TOOLS_DOCTOR_DOCTOR_CONF_H

struct doctor;

void doctor_conf_file(struct doctor *d);
void doctor_conf_sections(struct doctor *d);
void doctor_conf_mode(struct doctor *d);
void doctor_conf_password(struct doctor *d);
void doctor_conf_account(struct doctor *d);
void doctor_conf_apart(struct doctor *d);
void doctor_conf_folders(struct doctor *d);
void doctor_conf_junk(struct doctor *d);
void doctor_conf_discard(struct doctor *d);
void doctor_conf_idle(struct doctor *d);
void doctor_conf_authserv(struct doctor *d);
void doctor_conf_inside(struct doctor *d);
void doctor_conf_organization(struct doctor *d);
void doctor_conf_time(struct doctor *d);
void doctor_conf_time_limit(struct doctor *d);
void doctor_conf_srs(struct doctor *d);
void doctor_conf_log(struct doctor *d);

#endif
