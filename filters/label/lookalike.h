/*
 * Does an outside sender look like somebody inside? By the name that a reader is shown, or by the
 * domain.
 */
#ifndef FILTERS_LABEL_LOOKALIKE_H
#define FILTERS_LABEL_LOOKALIKE_H

#include "base/address.h"
#include "base/err.h"
#include "filters/label/organization.h"

/*
 * What FROM, an address outside ORG, imitates: a person's or an inside address, or one of the
 * domains; in MEM. Empty: nothing. -1 when the file of people cannot be read; the rest was looked
 * at all the same.
 */
int lookalike_find(const struct organization *org, const struct address *from, struct arena *mem,
	struct str *imitated, struct err *err);

#endif
