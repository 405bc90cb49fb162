/*
 * The usage of a mailbox for which the last program of quota_warnings was run: "quota-level" in the
 * state directory. By it a mailbox that stays full is reported once, and one that has room again is
 * recognised. The caller holds the mailbox's lock.
 */
#ifndef STORE_QUOTA_LEVEL_H
#define STORE_QUOTA_LEVEL_H

#include "store/quota.h"

struct quota_level {
	struct quota_amount used;
	bool full_bytes, full_messages; /* a message found no room */
};

/* A missing or damaged file is an empty mailbox. */
struct quota_level quota_level_read(const struct store *s);
int quota_level_write(const struct store *s, const struct quota_level *level, struct err *err);

#endif
