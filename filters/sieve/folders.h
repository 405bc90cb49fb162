/* What extensions for folders share. */
#ifndef FILTERS_SIEVE_FOLDERS_H
#define FILTERS_SIEVE_FOLDERS_H

#include "filters/sieve/run.h"

/* Is there such a folder? */
bool folders_exist(const struct sv_run *run, struct str folder);
/* The folder with that special use or object id; empty when there is none. */
struct str folders_find(const struct sv_run *run, enum sv_folder_by by, struct str key);
/*
 * For a tag whose value is the key: the action stores into that folder if it exists, else where the
 * action itself says.
 */
int folders_prefer(struct sv_run *run, const struct sv_node *node, const struct sv_tagged *t,
	enum sv_folder_by by, struct sv_action *action);

#endif
