/*
 * malloc and realloc that never fail for the caller: if the system has no memory, the process ends
 * with status 75 and the MTA retries. That is as safe as being killed at that moment, which the
 * store survives.
 */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stddef.h>

/* N zeroed bytes. */
void *mem_alloc(size_t n);
/* As realloc(3); bytes that are new are not zeroed. */
void *mem_resize(void *p, size_t n);
/*
 * N zeroed bytes for what is large, on huge pages if the kernel has some: a page fault for each 4
 * KB takes longer than to fill them. mem_unmap() frees them.
 */
void *mem_map(size_t n);
void mem_unmap(void *p, size_t n);
/* Ends the process. For sizes that overflow, too. */
_Noreturn void mem_exhausted(void);

#endif
