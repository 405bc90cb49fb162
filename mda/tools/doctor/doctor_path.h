/* Checks of the paths that mda.conf names for everybody: whose they are, who may change them. */
#ifndef MDA_TOOLS_DOCTOR_DOCTOR_PATH_H
#define MDA_TOOLS_DOCTOR_DOCTOR_PATH_H

struct doctor;

void doctor_path_log(struct doctor *d);
void doctor_path_key(struct doctor *d);
void doctor_path_users_socket(struct doctor *d);
void doctor_path_spool(struct doctor *d);
void doctor_path_sendmail(struct doctor *d);
void doctor_path_programs(struct doctor *d);
void doctor_path_warnings(struct doctor *d);
void doctor_path_lists(struct doctor *d);
void doctor_path_lists_mode(struct doctor *d);
void doctor_path_scripts(struct doctor *d);
void doctor_path_dirs(struct doctor *d);
void doctor_path_people(struct doctor *d);
void doctor_path_above(struct doctor *d);

#endif
