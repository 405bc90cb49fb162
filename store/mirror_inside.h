/* What mirror.c and mirror_write.c share. */
#ifndef STORE_MIRROR_INSIDE_H
#define STORE_MIRROR_INSIDE_H

#include "store/dotlock.h"
#include "store/mirror.h"
#include "store/uidlist.h"

struct server {
	const char *file, *temporary;
	const char *locked; /* the file after which the lock is named */
	unsigned version;
	bool appends; /* else each change replaces the file */
};

struct mirror {
	const struct server *server;
	struct dotlock lock;
	int dir; /* the folder's directory */
	int fd;  /* the UID file; -1: there is none */
	struct str directory;
	struct arena *mem;
	/* what the last transaction found */
	bool replace; /* appending is not enough */
	bool claimed; /* messages got UIDs that the server does not know */
	struct uiddb_folder folder;
	uint32_t replaced; /* our UIDVALIDITY, which the server's has replaced */
	/* UIDNEXT of a file that is older than the database, and what the database had; or 0 */
	uint32_t outdated, ahead;
	struct uidlist_record *added;
	size_t added_count;
	struct str_list present; /* the messages' base names, sorted, once LISTED */
	bool listed;
};

/* Fills `present` the first time it is called. -1 on error. */
int mirror_list_present(struct mirror *m, struct err *err);

#endif
