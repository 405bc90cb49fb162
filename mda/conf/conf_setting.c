#include "mda/conf/conf_setting.h"

#include "base/arena.h"
#include "mda/conf/conf.h"

bool conf_setting_is_valid(
	const struct conf_key *key, const struct str_list *values, char *why, size_t size)
{
	union {
		struct conf conf;
		struct organization organization;
	} field;
	struct arena *scratch = arena_new();
	bool valid = conf_key_set(key, &field, values, scratch, why, size);
	arena_free(scratch);
	return valid;
}
