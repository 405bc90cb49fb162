/* A user's quota, as Dovecot's userdb gives it (userdb_user.h). */
#ifndef MDA_CONF_USERDB_QUOTA_H
#define MDA_CONF_USERDB_QUOTA_H

#include "mda/conf/userdb_reader.h"

/* Each takes the field that is read, and returns -1 with the reason. */
int userdb_quota_rule(struct userdb_reader *r); /* of Dovecot 2.3: "*:storage=10M:messages=100" */
int userdb_quota_size(struct userdb_reader *r);
int userdb_quota_count(struct userdb_reader *r);

#endif
