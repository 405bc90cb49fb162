#include "mda/delivery/delivery.h"

#include "mda/conf/user.h"
#include "mda/delivery/stamp.h"

int delivery_find_origin(struct delivery *d, const struct conf_file *file,
	const struct stamp_keys *keys, struct envelope *env, struct err *err)
{
	d->origin = origin_find(d->conf, file, d->aliases, d->msg, keys, env, d->mem, err);
	if (d->origin.passed)
		d->passed = d->origin.passed->path;
	return d->origin.conf ? 0 : -1;
}

/*
 * The settings are those of the original recipient. But if a redirect brought the message
 * unchecked, it is checked as mail of this mailbox.
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
