#include "mda/delivery/delivery.h"

bool delivery_is_users_script(const struct delivery *d, struct str path)
{
	for (size_t i = 0; i < d->conf->scripts_user.count; i++) {
		const char *script;
		if (template_expand(d->conf->scripts_user.items[i], &d->user->names, d->mem,
			    &script, NULL) == 0 &&
			str_eq(path, str_of(script)))
			return true;
	}
	return false;
}
