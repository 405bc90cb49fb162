/* The settings of each stage, from the configuration that applies to a delivery. */
#ifndef MDA_STAGE_CONF_H
#define MDA_STAGE_CONF_H

#include "filters/label/screener.h"
#include "filters/label/tag.h"
#include "filters/lists/lists.h"
#include "filters/rules.h"
#include "filters/spam/spam.h"

struct conf;
struct delivery;
struct template_values;
struct user;

/* The header fields that are removed when they come from outside. */
struct str_list stage_conf_untrusted(const struct delivery *d);

struct authres_conf stage_conf_authres(const struct delivery *d);

/*
 * V holds what the MTA found out about the sender, which decides whether an allow entry counts. A
 * delivery without a user has only the admin's lists.
 */
int stage_conf_lists(const struct delivery *d, const struct verdict *v, struct lists_conf *lists,
	struct err *err);

/* Without the function that asks the spam filter, which stages.c sets. */
struct spam_conf stage_conf_spam(const struct delivery *d);

/*
 * The settings for scripts that are checked without a message; they depend only on CONF and USER.
 */
int stage_conf_scripts(const struct conf *conf, const struct user *user, struct arena *mem,
	struct rules_conf *rules, struct err *err);
/* V is the delivery's verdict. Rules may ask for it, and it gets the label when they do. */
int stage_conf_rules(
	const struct delivery *d, struct verdict *v, struct rules_conf *rules, struct err *err);

/* Without the functions that ask about the sender, which stages.c sets. */
int stage_conf_label(const struct delivery *d, struct tag_conf *tag, struct err *err);

/* Without the functions that ask, which stages.c sets. */
int stage_conf_screener(const struct delivery *d, struct screener_conf *screener, struct err *err);

/* Where a user's contacts are, in MEM. */
int stage_conf_contacts(const struct conf *conf, const struct template_values *names,
	struct arena *mem, struct contacts *contacts, struct err *err);

#endif
