/* Where the running program is. */
#ifndef BASE_SELF_H
#define BASE_SELF_H

#include "base/arena.h"

/*
 * The directory that the program was started from, in MEM: what comes with it is beside it. Also
 * without /proc, as in a chroot, unless it was started by a relative path; then empty.
 */
struct str self_dir(struct arena *mem);

#endif
