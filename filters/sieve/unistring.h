/*
 * libunistring, loaded for the first text beyond ASCII. libidn2 needs it too, so it is installed.
 */
#ifndef FILTERS_SIEVE_UNISTRING_H
#define FILTERS_SIEVE_UNISTRING_H

/*
 * Copies the address of the function NAME to TO, a pointer to a pointer. False when the function or
 * the library is missing.
 */
_Bool unistring_find(const char *name, void *to);

#endif
