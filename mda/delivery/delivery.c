#include "mda/delivery/delivery.h"

#include "mda/conf/user.h"

/*
 * Those of the original recipient; but what a redirect brought without having been checked is
 * checked as mail of this mailbox.
 */
const struct conf *delivery_checked_by(const struct delivery *d)
{
	return d->origin.conf && !d->origin.stamp ? d->origin.conf : d->conf;
}

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
