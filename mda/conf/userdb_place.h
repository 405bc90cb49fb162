/* Where a user's mail is, as Dovecot's userdb gives it (userdb_user.h). */
#ifndef MDA_CONF_USERDB_PLACE_H
#define MDA_CONF_USERDB_PLACE_H

#include "mda/conf/userdb_reader.h"

/*
 * PATH without double slashes and slashes at the end, in MEM. Empty when it is relative or "/", or
 * has ".", ".." or a control character in it.
 */
struct str userdb_place_path(struct str path, struct arena *mem);

/* Is PATH the directory ABOVE, or below it? Both are as userdb_place_path() makes paths. */
bool userdb_place_is_below(struct str path, struct str above);

/*
 * Each takes the field that is read, and returns -1 with the reason when mda cannot store as
 * Dovecot reads.
 */
int userdb_place_location(struct userdb_reader *r); /* of Dovecot 2.3: "maildir:~/Mail:LAYOUT=fs" */
int userdb_place_driver(struct userdb_reader *r);
int userdb_place_mail(struct userdb_reader *r);
int userdb_place_inbox(struct userdb_reader *r);
int userdb_place_control(struct userdb_reader *r);
int userdb_place_layout(struct userdb_reader *r);
int userdb_place_utf8(struct userdb_reader *r);
int userdb_place_subscriptions(struct userdb_reader *r);
int userdb_place_unsupported(struct userdb_reader *r);

#endif
