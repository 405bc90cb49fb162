/*
 * The facts and bytes of one delivery, the decisions of the stages, and the plan made from them.
 * The stages read everything but write only the verdict; after them nothing changes it.
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
struct conf_file;
struct hash_begun;
struct opened_mailbox;
struct plan;
struct rules_kept;
struct spam_result;
struct stamp_keys;
struct trace;
struct user;

/*
 * What the stages are doing, in memory that both processes see. If the process that judges dies,
 * this says what was at fault.
 */
struct mark {
	volatile uint32_t stage; /* the stage's number in pipeline_stages, from 1 */
	char script[1024];       /* the script of the rules; ends with a NUL */
};

struct delivery {
	/* ---- what is known ---- */

	/* The settings for this recipient. */
	const struct conf *conf;
	/* Where they were read; NULL: what the user may set is not looked at. */
	const struct conf_file *file;
	/* NULL if there are none. */
	const struct aliases *aliases;
	const struct user *user;
	const struct envelope *env;
	/* The envelope as the MTA gave it. A retry gives the same. */
	struct envelope told;
	/* With -A, a number that no other delivery has; else 0. */
	uint64_t again;
	/* The client may send the message again while this delivery still runs. */
	bool may_overlap;
	/* The original recipient. */
	struct origin origin;
	/* The mailboxes that have redirected the message. */
	struct str_list passed;
	/* The keys of our own redirects, if they were read; the process that judges has none. */
	struct stamp_keys *keys;
	const struct message *msg;
	/* The folder of -m; empty: the INBOX. */
	struct str keep_folder;
	/* Options that do not mean here what they seem to mean; judge() notes them. */
	struct str_list remarks;

	/* ---- how it is judged ---- */

	/* Gets the steps of the rules; may be NULL. */
	struct trace *trace;
	/* Gets what the stages are doing; may be NULL. */
	struct mark *mark;
	/* Compiled scripts, where one process judges many messages; else NULL. */
	struct rules_kept *kept;
	/*
	 * For a message that was delivered before: what the spam filter said then. No filter is
	 * asked. NULL: the message is new.
	 */
	const struct spam_result *recorded;
	/* This is a dry run: nothing is done, and no program is run. */
	bool asks;
	/* The process ends after this delivery. */
	bool is_last;
	/* A child died looking at the attachments, so they count as refused. */
	bool without_attachments;
	/* A child died in the rules, so they are not run again. */
	bool without_rules;
	/* A child died in the other stages, too: only the header firewall looks at the message. */
	bool only_header;

	/* ---- what comes of it ---- */

	/* The decisions of the stages, each with its reason. Only the stages write it. */
	const struct verdict *verdict;
	/* What is to be done (plan.h); NULL until there is a plan. */
	const struct plan *plan;
	/*
	 * The mailbox, which was opened while the message was judged (deliver.h); NULL if it is not
	 * open.
	 */
	struct opened_mailbox *opened;
	/* The hash of msg for identity_of(), made at the same time; NULL if it was not made. */
	const struct hash_begun *begun_id;

	/* Freed all at once when the delivery ends. */
	struct arena *mem;
};

/*
 * Finds the original recipient and the mailboxes that have redirected the message. ENV is the
 * delivery's; it gets the original recipient of a valid stamp. KEYS are as for origin_find(). -1 if
 * the settings of the original recipient have an error.
 */
int delivery_find_origin(struct delivery *d, const struct conf_file *file,
	const struct stamp_keys *keys, struct envelope *env, struct err *err);

/* The settings that name the spam filter for the message. */
const struct conf *delivery_checked_by(const struct delivery *d);

/* Is PATH the path of a script of this user? */
bool delivery_is_users_script(const struct delivery *d, struct str path);

#endif
