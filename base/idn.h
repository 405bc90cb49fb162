/* Internationalised domain names. */
#ifndef BASE_IDN_H
#define BASE_IDN_H

#include "base/arena.h"

/*
 * DOMAIN as it is compared: ASCII lower case, U-labels turned to A-labels (IDNA 2008). A domain
 * that is no valid IDN is returned in lower case as it is. libidn2 is loaded only when a byte above
 * 127 is in it.
 */
struct str idn_domain(struct str domain, struct arena *mem);

/* The other way: A-labels as a person reads them, in UTF-8; as it is where that cannot be. */
struct str idn_unicode(struct str domain, struct arena *mem);

/*
 * False when DOMAIN is written in another way than a domain can be registered, such as with
 * full-width letters, and so idn_domain() makes a name of it that whoever checked the domain before
 * may not have seen. ASCII case does not matter.
 */
bool idn_exact(struct str domain);

#endif
