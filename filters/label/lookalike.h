/*
 * Does an outside sender look like somebody inside, by the name that a reader sees or by the
 * domain?
 */
#ifndef FILTERS_LABEL_LOOKALIKE_H
#define FILTERS_LABEL_LOOKALIKE_H

#include "base/address.h"
#include "base/err.h"
#include "filters/label/organization.h"

/*
 * What FROM, an address outside ORG, imitates, in MEM: a person's address, an inside address, or
 * one of the domains. Empty: nothing. -1 when the file of people cannot be read; the other checks
 * are made anyway.
 */
int lookalike_find(const struct organization *org, const struct address *from, struct arena *mem,
	struct str *imitated, struct err *err);

#endif
