/* Which files a confined process may read: those that the work of its kind needs. */
#ifndef MDA_READABLE_H
#define MDA_READABLE_H

#include "mda/conf/conf.h"
#include "mda/conf/template.h"

/* Libraries and the data that they load: tables of charsets, file types, time zones and names. */
struct str_list readable_libraries(struct arena *mem);

/*
 * The same, and the files that the configuration names for this user's deliveries: scripts, lists,
 * contacts, annotations. For a list that is its directory, because the file may be replaced
 * meanwhile. But a directory that contains the home, the mailbox, its state or the key of stamps is
 * never readable; then its other files are.
 */
struct readable {
	struct str_list paths;
	size_t mapped; /* bytes of address space that root's compiled lists take */
};
struct readable readable_for(
	const struct conf *conf, const struct template_values *names, struct arena *mem);

#endif
