/*
 * The anti-spam stage: what the MTA's spam filter wrote into the header decides, unless the sender is allowed.
 */
#ifndef FILTERS_SPAM_H
#define FILTERS_SPAM_H

#include "mda/base/message.h"
#include "mda/base/verdict.h"

/* One line of the table: `Name: pattern` (wildcards, no case) or `Name >= number`. */
struct spam_rule {
	struct str name;
	struct str pattern; /* empty for a score rule */
	double limit;
	bool is_score;
	struct str text; /* as the admin wrote it */
};

struct spam_rules {
	struct spam_rule *items;
	size_t count;
};

struct spam_conf {
	bool enabled;
	struct spam_rules rules;
};

/* Parses a rule; false, with a sentence in *WHY, when it is none. The slices point into TEXT. */
bool spam_parse_rule(struct str text, struct spam_rule *rule, const char **why);

/*
 * Sets verdict->spam and its reason. A verdict that already says "allowed" skips the check; one that says "blocked" is
 * spam by the list; one whose spam state is known already keeps it.
 */
void spam_judge(const struct spam_conf *conf, const struct message *msg, struct verdict *v);

/*
 * How sure the verdict is that it is spam, from 0 to 100, by the scores in the header; -1: the message was not checked, as
 * far as anybody can see.
 */
int spam_percent(const struct spam_conf *conf, const struct message *msg, const struct verdict *v);

#endif
