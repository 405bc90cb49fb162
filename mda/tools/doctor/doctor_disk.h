/* Checks of the file systems that mail, UIDs and large messages are on. */
#ifndef MDA_TOOLS_DOCTOR_DOCTOR_DISK_H
#define MDA_TOOLS_DOCTOR_DOCTOR_DISK_H

struct doctor;

void doctor_disk_space(struct doctor *d);
void doctor_disk_files(struct doctor *d);
void doctor_disk_writable(struct doctor *d);
void doctor_disk_network(struct doctor *d);
void doctor_disk_one(struct doctor *d);

#endif
