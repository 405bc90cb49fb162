#include "filters/label/organization.h"

#include "base/wild.h"

const struct organization *organization_of(
	const struct organization *all, size_t count, struct str recipient, struct arena *mem)
{
	for (size_t i = 0; i < count; i++)
		if (wild_any(&all[i].domains, recipient, mem))
			return &all[i];
	return NULL;
}

bool organization_has(const struct organization *org, struct str key, struct arena *mem)
{
	if (wild_any(&org->addresses, key, mem))
		return true;
	return wild_any(&org->domains, key, mem) && !wild_any(&org->outside, key, mem);
}
