/* One delivery, from stage to stage. The table of stages in pipeline.c is the program. */
#ifndef MDA_PIPELINE_H
#define MDA_PIPELINE_H

#include "filters/contacts.h"
#include "filters/rules.h"
#include "filters/spam.h"
#include "mda/base/envelope.h"
#include "mda/base/message.h"
#include "mda/base/verdict.h"
#include "mda/aliases.h"
#include "mda/conf.h"
#include "mda/origin.h"
#include "mda/trace.h"
#include "mda/user.h"

struct outgoings;

struct delivery {
	const struct conf *conf;       /* what the admin set, for this recipient */
	const struct aliases *aliases; /* NULL: none */
	const struct user *user;
	const struct envelope *env;
	struct origin origin; /* for whom it was first */
	const struct message *msg;
	struct str keep_folder;      /* -m; empty: the INBOX */
	struct trace *trace;         /* gets what the rules do, step by step; or NULL */
	struct verdict verdict;      /* what the stages decided, with the reason for each */
	struct outgoings *outgoings; /* what will be sent of our own, once it is settled */
	struct arena *mem;           /* freed at once when the delivery ends */
};

struct stage {
	const char *name;
	/* Writes only d->verdict. -1 when the delivery cannot go on (a retry may heal it). */
	int (*run)(struct delivery *d, struct err *err);
};

extern const struct stage pipeline_stages[];
extern const size_t pipeline_stage_count;

/* Runs every stage; SPENT gets the microseconds of each. */
int pipeline_run(struct delivery *d, long long *spent, struct err *err);

/* The anti-spam stage's settings for this delivery. */
struct spam_conf pipeline_spam_conf(const struct delivery *d);

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
