/*
 * Folders that act. What a person puts into such a folder, with any mail program, blocks or allows
 * its sender in the person's own list; then the message goes on to Junk or to the INBOX. They are
 * looked at before a message is judged, so that it counts for that message, and by mda-learn.
 *
 * If the process is killed at any time, the next look goes on: the list is changed before the
 * message is moved, and changing it twice is changing it once. Only taking an entry back is not;
 * so it is noted first (acts_memory.h).
 */
#ifndef MDA_ACTS_ACTS_H
#define MDA_ACTS_ACTS_H

#include "base/notes.h"
#include "mda/conf/conf.h"
#include "mda/conf/user_account.h"

struct acts {
	const struct conf *conf;
	const struct user *user; /* the process has their rights */
	struct str mailbox;      /* their address */
	const char *maildir, *state;
	const struct str_list *readable; /* what a confined process may read: libraries */
	struct notes *notes;             /* what was done, and what was not and why */
	struct arena *mem;
};

/* A folder that acts, or a keyword that does in this directory. */
struct acts_folder {
	struct str name, directory;
	bool is_keyword;
	bool allows;     /* otherwise it blocks */
	bool for_domain; /* for everybody in the sender's domain */
};

/* Does CONF name such folders, keywords that act, or a screener, or may people turn that on? */
bool acts_wanted(const struct conf *conf);

/*
 * Looks at the folders whose tmp/, through which every new message goes, has changed since the last
 * look, or with ALL at each of them, and acts. Returns how many messages were moved on. What fails
 * is a note, and is tried again by the next look.
 */
size_t acts_run(const struct acts *a, bool all);

#endif
