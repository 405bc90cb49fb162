/*
 * Who works here: an organization's domains, with the addresses that count as inside, and those
 * that do not.
 */
#ifndef FILTERS_LABEL_ORGANIZATION_H
#define FILTERS_LABEL_ORGANIZATION_H

#include "base/arena.h"

struct organization {
	struct str name;
	struct str_list domains;   /* inside, with their synonyms; `*.d` for the subdomains of d */
	struct str_list addresses; /* single outside addresses that count as inside */
	struct str_list outside;   /* addresses in its domains that count as outside */
	struct str people;         /* a file of those whose names others may bear; empty: none */
};

/* The one whose domains RECIPIENT, an address_key(), is in; NULL: none. */
const struct organization *organization_of(
	const struct organization *all, size_t count, struct str recipient, struct arena *mem);

/* Is the address inside? KEY is an address_key(). */
bool organization_has(const struct organization *org, struct str key, struct arena *mem);

#endif
