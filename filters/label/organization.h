/*
 * An organization: its domains, the other addresses that count as inside, and those of its domains
 * that do not.
 */
#ifndef FILTERS_LABEL_ORGANIZATION_H
#define FILTERS_LABEL_ORGANIZATION_H

#include "base/arena.h"

struct organization {
	struct str name;
	struct str_list domains;   /* inside, with synonyms; `*.d` means the subdomains of d */
	struct str_list addresses; /* single addresses in other domains that count as inside */
	struct str_list outside;   /* addresses in its domains that count as outside */
	struct str people;         /* a file of people whom outsiders may imitate; empty: none */
};

/* The organization with the domain of RECIPIENT, an address_key(); NULL: none. */
const struct organization *organization_of(
	const struct organization *all, size_t count, struct str recipient, struct arena *mem);

/* Is the address inside? KEY is from address_key(). */
bool organization_has(const struct organization *org, struct str key, struct arena *mem);

#endif
