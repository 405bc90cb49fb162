/* Checks of one mailbox: its home, Maildir, state and files, seen with the rights of its owner. */
#ifndef MDA_TOOLS_DOCTOR_DOCTOR_USER_H
#define MDA_TOOLS_DOCTOR_DOCTOR_USER_H

struct doctor;

void doctor_user_known(struct doctor *d);
void doctor_user_home(struct doctor *d);
void doctor_user_home_mode(struct doctor *d);
void doctor_user_maildir(struct doctor *d);
void doctor_user_maildir_mode(struct doctor *d);
void doctor_user_folders(struct doctor *d);
void doctor_user_mail_owner(struct doctor *d);
void doctor_user_state(struct doctor *d);
void doctor_user_state_mode(struct doctor *d);
void doctor_user_files(struct doctor *d);
void doctor_user_links(struct doctor *d);
void doctor_user_quota(struct doctor *d);

#endif
