/*
 * The anti-spam stage: a spam filter decides, unless the sender is allowed or blocked. Either we
 * ask the filter, or the MTA has asked it, and what it wrote into the header counts.
 */
#ifndef FILTERS_SPAM_SPAM_H
#define FILTERS_SPAM_SPAM_H

#include "base/message.h"
#include "base/verdict.h"
#include "filters/spam/spam_servers.h"

/* A rule for the header: `Name: pattern` (wildcards, no case) or `Name >= number`. */
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
	 * Asks the servers with CONTEXT, possibly from another process. NULL: spam_servers_ask() is
	 * called here.
	 */
	int (*ask)(void *context, const struct spam_servers *servers, const struct message *msg,
		const struct envelope *env, struct arena *mem, struct spam_result *result,
		struct err *err);
	void *context;
	size_t max_size; /* larger messages are not sent to a server; 0: no limit */
	enum spam_failure failure;
	bool has_limit; /* the address has a limit of its own */
	double limit;
};

/* Parses a rule; false, with a sentence in *WHY, when it is not one. The slices point into TEXT. */
bool spam_parse_rule(struct str text, struct spam_rule *rule, const char **why);

/*
 * Sets verdict->spam and its reason. If the lists said "allowed", the check is skipped; if they
 * said "blocked", the message is spam by the list; a spam state that is already known is kept. -1,
 * a temporary fault, when no server answers and the configuration demands a retry.
 */
int spam_judge(const struct spam_conf *conf, const struct message *msg, const struct envelope *env,
	struct verdict *v, struct err *err);

/* Do fields of the message say that it is spam? Whatever the lists say. */
bool spam_by_header(const struct spam_rules *rules, const struct message *msg, struct arena *mem);

/* Adds X-Mda-Spam, if a server was asked or the message is spam. */
void spam_write(struct verdict *v);

/*
 * How certain it is that the message is spam, from 0 to 100, by the scores in the header. -1:
 * nothing shows that the message was checked.
 */
int spam_percent(const struct spam_conf *conf, const struct message *msg, const struct verdict *v);

/* The words of the log, the trace and the rules for an enum spam_state. */
extern const char *const spam_state_names[];

#endif
