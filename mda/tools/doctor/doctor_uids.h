/* What the UID database says, read in a child with a time limit: it may be damaged, or locked. */
#ifndef MDA_TOOLS_DOCTOR_DOCTOR_UIDS_H
#define MDA_TOOLS_DOCTOR_DOCTOR_UIDS_H

#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

struct doctor;

struct doctor_folder {
	struct str directory;
	uint32_t uidvalidity, uidnext, uids;
};

struct doctor_uids {
	bool exists;       /* there is a database */
	const char *wrong; /* why it could not be read; NULL: it was */
	struct doctor_folder *folders;
	size_t count, uids;
};

struct doctor_uids doctor_uids_of(struct doctor *d);

#endif
