/* Checks of the databases beside the UIDs: each is read in a child with a time limit. */
#ifndef MDA_TOOLS_DOCTOR_DOCTOR_DATABASE_H
#define MDA_TOOLS_DOCTOR_DOCTOR_DATABASE_H

struct doctor;

void doctor_database_seen(struct doctor *d);
void doctor_database_written(struct doctor *d);
void doctor_database_books(struct doctor *d);

#endif
