/*
 * Memory for keys. A forked process finds it zeroed (madvise(2), MADV_WIPEONFORK), and it is not in
 * core files. So a child that is taken over has no key to read.
 */
#ifndef BASE_SECRET_H
#define BASE_SECRET_H

#include "base/err.h"

/*
 * N zeroed bytes that live as long as the process. NULL with *ERR when the kernel cannot hide them
 * from a child: then the caller must not read a key. Running out of memory ends the process, as in
 * arena.h.
 */
void *secret_alloc(size_t n, struct err *err);

#endif
