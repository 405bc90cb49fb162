/* Checks of Dovecot: does it show the same mailboxes, folders and UIDs that mda writes? */
#ifndef MDA_TOOLS_DOCTOR_DOCTOR_DOVECOT_H
#define MDA_TOOLS_DOCTOR_DOCTOR_DOVECOT_H

struct doctor;

void doctor_dovecot_read(struct doctor *d);
void doctor_dovecot_driver(struct doctor *d);
void doctor_dovecot_server(struct doctor *d);
void doctor_dovecot_location(struct doctor *d);
void doctor_dovecot_home(struct doctor *d);
void doctor_dovecot_inbox(struct doctor *d);
void doctor_dovecot_control(struct doctor *d);
void doctor_dovecot_layout(struct doctor *d);
void doctor_dovecot_prefix(struct doctor *d);
void doctor_dovecot_separator(struct doctor *d);
void doctor_dovecot_utf8(struct doctor *d);
void doctor_dovecot_subscribe(struct doctor *d);
void doctor_dovecot_junk(struct doctor *d);
void doctor_dovecot_plugins(struct doctor *d);
void doctor_dovecot_quota(struct doctor *d);
void doctor_dovecot_sieve(struct doctor *d);
void doctor_dovecot_uid(struct doctor *d);
void doctor_dovecot_fsync(struct doctor *d);

#endif
