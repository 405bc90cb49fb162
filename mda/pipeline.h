/* One delivery, from stage to stage. The table of stages in pipeline.c is the program. */
#ifndef MDA_PIPELINE_H
#define MDA_PIPELINE_H

#include "filters/label/contacts.h"
#include "filters/rules.h"
#include "filters/spam/spam.h"
#include "mda/delivery/delivery.h"

struct spent;

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

/*
 * Where the mailbox is, and its state (left as it is when the configuration does not say); nothing
 * is made or opened.
 */
int pipeline_mailbox(const struct conf *conf, const struct template_values *names,
	struct arena *mem, const char **maildir, const char **state_dir, struct err *err);

/* Where a user's contacts are, in MEM. */
int pipeline_contacts(const struct conf *conf, const struct template_values *names,
	struct arena *mem, struct contacts *contacts, struct err *err);

/* Works the sender's label out (d->verdict.label), when nobody asked for it before. */
int pipeline_label(struct delivery *d, struct err *err);

/*
 * The rules stage's settings for this user; D is NULL when scripts are checked without a message.
 */
int pipeline_rules_conf(const struct conf *conf, const struct user *user, struct delivery *d,
	struct arena *mem, struct rules_conf *rules, struct err *err);

#endif
