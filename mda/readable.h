/* Which files a confined process may read: those that the work of its kind needs. */
#ifndef MDA_READABLE_H
#define MDA_READABLE_H

#include "mda/conf/conf.h"
#include "mda/conf/template.h"

/*
 * Libraries and the data that they read: tables of charsets, of file types, of time zones, of
 * names.
 */
struct str_list readable_libraries(struct arena *mem);

/*
 * The same, and what the configuration names for this user's deliveries: scripts, lists, contacts,
 * annotations. Of a list the directory, as another file may take its place meanwhile; but never a
 * directory that the home, the mailbox, its state or the key of stamps is in: of such a one the
 * files, without the key.
 */
struct readable {
	struct str_list paths;
	size_t mapped; /* bytes of address space that root's compiled lists take */
};
struct readable readable_for(
	const struct conf *conf, const struct template_values *names, struct arena *mem);

#endif
