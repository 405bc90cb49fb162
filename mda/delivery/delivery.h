/*
 * The facts and bytes of one delivery, what the stages decided, and the plan that came of it. The
 * stages read all of it and write only the verdict; after them nothing changes it.
 */
#ifndef MDA_DELIVERY_DELIVERY_H
#define MDA_DELIVERY_DELIVERY_H

#include "base/envelope.h"
#include "base/message.h"
#include "base/verdict.h"
#include "mda/delivery/origin.h"

#include <stdint.h>

struct aliases;
struct conf;
struct hash_begun;
struct opened_mailbox;
struct plan;
struct stamp_keys;
struct trace;
struct user;

/*
 * Where the stages are, in memory that both processes see: what was at fault when the one that
 * judges dies.
 */
struct mark {
	volatile uint32_t stage; /* its number in pipeline_stages, from 1 */
	char script[1024];       /* of the rules; ends with a NUL */
};

struct delivery {
	/* ---- what is known ---- */

	/* What the admin set, for this recipient. */
	const struct conf *conf;
	/* NULL: there are none. */
	const struct aliases *aliases;
	const struct user *user;
	const struct envelope *env;
	/* The envelope as far as the MTA gave it: a retry gives the same. */
	struct envelope told;
	/* With -A a number that no other delivery has; else 0. */
	uint64_t again;
	/* For whom the message was first. */
	struct origin origin;
	/* The mailboxes that have redirected it. */
	struct str_list passed;
	/* For our own redirects, as far as they were read; the process that judges has none. */
	struct stamp_keys *keys;
	const struct message *msg;
	/* The folder of -m; empty: the INBOX. */
	struct str keep_folder;
	/* What of the command line does not mean what it seems to: judge() notes it. */
	struct str_list remarks;

	/* ---- how it is judged ---- */

	/* Gets what the rules do, step by step; or NULL. */
	struct trace *trace;
	/* Gets where the stages are; or NULL. */
	struct mark *mark;
	/* Somebody only asks: nothing is done, and no program is run. */
	bool asks;
	/* The rules could not be run to their end, and are not run again. */
	bool without_rules;
	/* Nor could the other stages: only the header firewall looks at the message. */
	bool only_header;

	/* ---- what comes of it ---- */

	/* What the stages decided, with the reason for each. They alone write it. */
	const struct verdict *verdict;
	/* What is carried out of it (plan.h); NULL: there is no plan yet. */
	const struct plan *plan;
	/* The mailbox, opened while the message was judged (deliver.h); NULL: it is not open. */
	struct opened_mailbox *opened;
	/* The hash of msg, for deliver_id(), made at the same time; NULL: it was not made. */
	const struct hash_begun *begun_id;

	/* Freed at once when the delivery ends. */
	struct arena *mem;
};

/*
 * Finds the original recipient and the mailboxes that have redirected the message. ENV is the
 * delivery's, which gets the original recipient of a stamp. KEYS: as for origin_find(). -1 if the
 * settings of the original recipient have an error.
 */
int delivery_find_origin(struct delivery *d, const struct conf_file *file,
	const struct stamp_keys *keys, struct envelope *env, struct err *err);

/* The settings that say which spam filter checks the message. */
const struct conf *delivery_checked_by(const struct delivery *d);

/* Is PATH that of a script of this user's? */
bool delivery_is_users_script(const struct delivery *d, struct str path);

#endif
