/* One delivery, from stage to stage. The table of stages in pipeline.c is the program. */
#ifndef MDA_PIPELINE_H
#define MDA_PIPELINE_H

#include "filters/label/contacts.h"
#include "filters/rules.h"
#include "filters/spam/spam.h"
#include "base/envelope.h"
#include "base/message.h"
#include "base/verdict.h"
#include "mda/conf/aliases.h"
#include "mda/conf/conf.h"
#include "mda/delivery/origin.h"
#include "mda/trace.h"
#include "mda/conf/user.h"

#include <stdint.h>

struct form;
struct opened_mailbox;
struct spent;
struct outgoings;

/* Where the stages are, in memory that both processes see: what was at fault when the one that judges dies. */
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
	struct stamp_keys *
		keys; /* for our own redirects, as far as they were read; none in the process that judges */
	const struct message *msg;
	struct str keep_folder; /* -m; empty: the INBOX */
	struct trace *trace;    /* gets what the rules do, step by step; or NULL */
	struct mark *mark;      /* gets where the stages are; or NULL */
	bool asks;              /* nothing is done, and no program is run */
	bool without_rules;     /* which did not end when they were run */
	bool only_header; /* nor did the others: no more than the header firewall looks at the message */
	struct verdict verdict; /* what the stages decided, with the reason for each */
	struct form *forms;     /* of the message, as it is stored and sent: see compose.h */
	size_t form_count;
	struct outgoings *outgoings; /* what will be sent of our own, once it is settled */
	struct opened_mailbox
		*opened;   /* while the message was judged (deliver.h); NULL: it is not open */
	struct arena *mem; /* freed at once when the delivery ends */
};

struct stage {
	const char *name;
	bool plain; /* runs also when the others did not come to their end */
	/* Writes only d->verdict. -1 when the delivery cannot go on (a retry may heal it). */
	int (*run)(struct delivery *d, struct err *err);
};

extern const struct stage pipeline_stages[];
extern const size_t pipeline_stage_count;

/* Runs every stage; SPENT gets the microseconds of each. */
int pipeline_run(struct delivery *d, struct spent *spent, struct err *err);

/* The anti-spam stage's settings for this delivery. */
struct spam_conf pipeline_spam_conf(const struct delivery *d);

/* Where the mailbox is, and its state (left as it is when the configuration does not say); nothing is made or opened. */
int pipeline_mailbox(const struct conf *conf, const struct template_values *names,
	struct arena *mem, const char **maildir, const char **state_dir, struct err *err);

/* Is PATH that of a script of this user's? */
bool pipeline_is_users_script(const struct delivery *d, struct str path);

/* Where a user's contacts are, in MEM. */
int pipeline_contacts(const struct conf *conf, const struct template_values *names,
	struct arena *mem, struct contacts *contacts, struct err *err);

/* Is KEY remembered under HANDLE, from another delivery to this mailbox? False when nobody can tell. */
bool pipeline_remembers(struct delivery *d, struct str handle, struct str key);

/* Works the sender's label out (d->verdict.label), when nobody asked for it before. */
int pipeline_label(struct delivery *d, struct err *err);

/* The rules stage's settings for this user; D is NULL when scripts are checked without a message. */
int pipeline_rules_conf(const struct conf *conf, const struct user *user, struct delivery *d,
	struct arena *mem, struct rules_conf *rules, struct err *err);

#endif
