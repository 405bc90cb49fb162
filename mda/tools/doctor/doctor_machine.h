/* Checks of libraries that are loaded when mail needs them, and of what the kernel has. */
#ifndef MDA_TOOLS_DOCTOR_DOCTOR_MACHINE_H
#define MDA_TOOLS_DOCTOR_DOCTOR_MACHINE_H

struct doctor;

void doctor_library_mime(struct doctor *d);
void doctor_library_magic(struct doctor *d);
void doctor_library_idn(struct doctor *d);
void doctor_library_icu(struct doctor *d);
void doctor_library_curl(struct doctor *d);
void doctor_library_unistring(struct doctor *d);

void doctor_sandbox_landlock(struct doctor *d);
void doctor_sandbox_seccomp(struct doctor *d);
void doctor_sandbox_child(struct doctor *d);

#endif
