/* Descriptors that a process inherits. */
#ifndef BASE_DESCRIPTORS_H
#define BASE_DESCRIPTORS_H

#include <stddef.h>

/*
 * Closes all from FROM on except the COUNT ones in KEPT, which are in ascending order and not below
 * FROM.
 */
void descriptors_close(unsigned from, const unsigned *kept, size_t count);

#endif
