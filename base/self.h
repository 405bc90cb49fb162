/* The directory of the running program. */
#ifndef BASE_SELF_H
#define BASE_SELF_H

#include "base/arena.h"

/*
 * The directory from which the program was started, in MEM: its other files are beside it. It works
 * without /proc, for example in a chroot, unless the program was started by a relative path; then
 * it is empty.
 */
struct str self_dir(struct arena *mem);

#endif
