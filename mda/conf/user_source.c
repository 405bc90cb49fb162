#include "mda/conf/user_source.h"

static const struct user_source sources[] = {
	[USERS_SYSTEM] = {.are_addresses = false},
	[USERS_VIRTUAL] = {.are_addresses = true, .have_virtual_home = true},
	[USERS_DOVECOT] = {.are_addresses = true, .asks_server = true},
};

const struct user_source *user_source(const struct conf *conf)
{
	return &sources[conf->users];
}
