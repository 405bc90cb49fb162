/* Internationalised domain names. */
#ifndef BASE_IDN_H
#define BASE_IDN_H

#include "base/arena.h"

/*
 * DOMAIN in the form for comparison, in MEM: ASCII lower case, U-labels as A-labels (IDNA 2008). A
 * domain that is not a valid IDN is only put in lower case. libidn2 is loaded only if there is a
 * byte above 127.
 */
struct str idn_domain(struct str domain, struct arena *mem);

/* The reverse: A-labels as people read them, in UTF-8; unchanged if that is impossible. In MEM. */
struct str idn_unicode(struct str domain, struct arena *mem);

/*
 * Is DOMAIN written as it can be registered (ASCII case does not matter)? If it is not, for example
 * because of full-width letters, idn_domain() may return a name that an earlier check of the domain
 * has not seen.
 */
bool idn_exact(struct str domain);

#endif
