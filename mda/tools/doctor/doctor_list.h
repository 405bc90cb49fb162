/* Checks of the block and allow lists and of the aliases. */
#ifndef MDA_TOOLS_DOCTOR_DOCTOR_LIST_H
#define MDA_TOOLS_DOCTOR_DOCTOR_LIST_H

struct doctor;

void doctor_list_errors(struct doctor *d);
void doctor_list_everything(struct doctor *d);
void doctor_list_own_domain(struct doctor *d);
void doctor_list_covered(struct doctor *d);
void doctor_list_overruled(struct doctor *d);
void doctor_list_expired(struct doctor *d);
void doctor_list_compiled(struct doctor *d);
void doctor_list_aliases(struct doctor *d);
void doctor_list_aliases_server(struct doctor *d);
void doctor_list_settings_server(struct doctor *d);
void doctor_list_table_password(struct doctor *d);
void doctor_list_aliases_compiled(struct doctor *d);

#endif
