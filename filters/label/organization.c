#include "filters/label/organization.h"

#include "base/wild.h"

static bool any_matches(const struct str_list *entries, struct str key, struct arena *mem)
{
	for (size_t i = 0; i < entries->count; i++) {
		struct wild w;
		const char *why;
		if (wild_parse(entries->items[i], mem, &w, &why) && wild_matches(&w, key))
			return true;
	}
	return false;
}

const struct organization *organization_of(
	const struct organization *all, size_t count, struct str recipient, struct arena *mem)
{
	for (size_t i = 0; i < count; i++)
		if (any_matches(&all[i].domains, recipient, mem))
			return &all[i];
	return NULL;
}

bool organization_has(const struct organization *org, struct str key, struct arena *mem)
{
	if (any_matches(&org->addresses, key, mem))
		return true;
	return any_matches(&org->domains, key, mem) && !any_matches(&org->outside, key, mem);
}
