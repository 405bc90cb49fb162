/* An entry of the key `retention`: how long messages stay in a folder. */
#ifndef MDA_CONF_RETENTION_H
#define MDA_CONF_RETENTION_H

#include "base/str.h"

struct retention {
	struct str folder; /* without the star; a slice of the entry */
	bool below;        /* a star after "Trash/": the folders below it, and not itself */
	size_t seconds;
};

/* Reads "folder age". False, with a reason in *WHY, when it is not one. */
bool retention_read(struct str entry, struct retention *r, const char **why);

#endif
