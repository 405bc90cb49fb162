/*
 * Memory for keys. A process that is forked finds it zeroed (madvise(2), MADV_WIPEONFORK), and it
 * is in no core file; so a child that is taken over has no key to read.
 */
#ifndef BASE_SECRET_H
#define BASE_SECRET_H

#include "base/err.h"

/*
 * N zeroed bytes that live as long as the process. Running out of memory ends the process, as in
 * arena.h. NULL with *ERR when the kernel cannot keep them from a child: then no key must be read.
 */
void *secret_alloc(size_t n, struct err *err);

#endif
