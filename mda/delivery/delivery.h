/*
 * The facts and bytes of one delivery, and what the stages decided. Stages read all of it and write
 * only the verdict.
 */
#ifndef MDA_DELIVERY_DELIVERY_H
#define MDA_DELIVERY_DELIVERY_H

#include "base/envelope.h"
#include "base/message.h"
#include "base/verdict.h"
#include "mda/conf/aliases.h"
#include "mda/conf/conf.h"
#include "mda/conf/user.h"
#include "mda/delivery/origin.h"

#include <stdint.h>

struct form;
struct opened_mailbox;
struct outgoings;
struct trace;

/*
 * Where the stages are, in memory that both processes see: what was at fault when the one that
 * judges dies.
 */
struct mark {
	volatile uint32_t stage; /* its number in pipeline_stages, from 1 */
	char script[1024];       /* of the rules; ends with a NUL */
};

struct delivery {
	const struct conf *conf;       /* what the admin set, for this recipient */
	const struct aliases *aliases; /* NULL: none */
	const struct user *user;
	const struct envelope *env;
	struct envelope told;   /* the same, as far as the MTA told it: what a retry tells again */
	uint64_t again;         /* a number that no other delivery has, for -A; else 0 */
	struct origin origin;   /* for whom it was first */
	struct str_list passed; /* the mailboxes that have redirected it */
	/* for our own redirects, as far as they were read; none in the process that judges */
	struct stamp_keys *keys;
	const struct message *msg;
	struct str keep_folder; /* -m; empty: the INBOX */
	struct trace *trace;    /* gets what the rules do, step by step; or NULL */
	struct mark *mark;      /* gets where the stages are; or NULL */
	bool asks;              /* nothing is done, and no program is run */
	bool without_rules;     /* which did not end when they were run */
	/* nor did the others: no more than the header firewall looks at the message */
	bool only_header;
	struct verdict verdict; /* what the stages decided, with the reason for each */
	struct form *forms;     /* of the message, as it is stored and sent: see compose.h */
	size_t form_count;
	struct outgoings *outgoings; /* what will be sent of our own, once it is settled */
	struct opened_mailbox
		*opened;   /* while the message was judged (deliver.h); NULL: it is not open */
	struct arena *mem; /* freed at once when the delivery ends */
};

/* The settings that say which spam filter checks the message. */
const struct conf *delivery_checked_by(const struct delivery *d);

/* Is PATH that of a script of this user's? */
bool delivery_is_users_script(const struct delivery *d, struct str path);

#endif
