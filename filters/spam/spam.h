/*
 * The anti-spam stage: a spam filter decides, unless the sender is allowed or blocked. It is asked
 * here, or it was asked by the MTA, and what it wrote into the header counts.
 */
#ifndef FILTERS_SPAM_SPAM_H
#define FILTERS_SPAM_SPAM_H

#include "base/message.h"
#include "base/verdict.h"
#include "filters/spam/spam_servers.h"

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

enum spam_kind { SPAM_BY_HEADERS, SPAM_BY_SPAMD, SPAM_BY_RSPAMD, SPAM_BY_NOBODY };
enum spam_failure { SPAM_FAILURE_ACCEPT, SPAM_FAILURE_RETRY };

struct spam_conf {
	enum spam_kind kind;
	struct spam_rules rules;
	struct spam_servers servers;
	/*
	 * Asks them, from another process perhaps, with CONTEXT; NULL: spam_servers_ask() from
	 * here.
	 */
	int (*ask)(void *context, const struct spam_servers *servers, const struct message *msg,
		const struct envelope *env, struct arena *mem, struct spam_result *result,
		struct err *err);
	void *context;
	size_t max_size; /* a larger message is not sent to a server; 0: no limit */
	enum spam_failure failure;
	bool has_limit; /* the address has its own */
	double limit;
};

/* Parses a rule; false, with a sentence in *WHY, when it is none. The slices point into TEXT. */
bool spam_parse_rule(struct str text, struct spam_rule *rule, const char **why);

/*
 * Sets verdict->spam and its reason. A verdict that already says "allowed" skips the check; one
 * that says "blocked" is spam by the list; one whose spam state is known already keeps it. -1, a
 * temporary fault, when no server answers and the failure is to be retried.
 */
int spam_judge(const struct spam_conf *conf, const struct message *msg, const struct envelope *env,
	struct verdict *v, struct err *err);

/* Do fields of the message say that it is spam? Whatever the lists say. */
bool spam_by_header(const struct spam_rules *rules, const struct message *msg, struct arena *mem);

/* Adds X-Mda-Spam, when a server was asked or it is spam. */
void spam_write(struct verdict *v);

/*
 * How sure the verdict is that it is spam, from 0 to 100, by the scores in the header; -1: the
 * message was not checked, as far as anybody can see.
 */
int spam_percent(const struct spam_conf *conf, const struct message *msg, const struct verdict *v);

#endif
