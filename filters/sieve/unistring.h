/*
 * libunistring, loaded for the first text that is not ASCII: libidn2 needs it as well, so it is
 * there already.
 */
#ifndef FILTERS_SIEVE_UNISTRING_H
#define FILTERS_SIEVE_UNISTRING_H

/*
 * Copies the address of that function to TO, a pointer to one. False when there is none, or no
 * library.
 */
_Bool unistring_find(const char *name, void *to);

#endif
