/* Where users come from: the value of the key "users". */
#ifndef MDA_CONF_USER_SOURCE_H
#define MDA_CONF_USER_SOURCE_H

#include "mda/conf/conf.h"

struct user_source {
	bool are_addresses;     /* otherwise they are logins */
	bool have_virtual_home; /* in virtual_home; otherwise the source knows the home */
	bool asks_server;       /* which takes time, and may fail or refuse a user's process */
};

const struct user_source *user_source(const struct conf *conf);

#endif
