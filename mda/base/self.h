/* Where the running program is. */
#ifndef MDA_BASE_SELF_H
#define MDA_BASE_SELF_H

#include "mda/base/arena.h"

/*
 * The directory that the program was started from, in MEM: what comes with it is beside it. Also without /proc, as in a chroot, unless it was
 * started by a relative path; then empty.
 */
struct str self_dir(struct arena *mem);

#endif
