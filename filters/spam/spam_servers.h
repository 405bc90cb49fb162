/* Anti-spam servers, which are asked in turn until one answers. */
#ifndef FILTERS_SPAM_SPAM_SERVERS_H
#define FILTERS_SPAM_SPAM_SERVERS_H

#include "base/message.h"
#include "filters/spam/spam_protocol.h"

struct spam_protocol; /* that of spamd or rspamd */
extern const struct spam_protocol spam_protocol_spamd, spam_protocol_rspamd;

struct spam_servers {
	const struct spam_protocol *protocol;
	const struct str_list *servers; /* empty: the usual one, on this machine */
	size_t seconds;                 /* for all of them together, in equal parts */
};

/*
 * 0 with the result of the first server that answers; -1 with the error of the last one. RESULT's
 * strings are in MEM.
 */
int spam_servers_ask(const struct spam_servers *s, const struct message *msg,
	const struct envelope *env, struct arena *mem, struct spam_result *result, struct err *err);

/*
 * The same for learning. 1: the server learns nothing from this message, and ERR has its words.
 * PASSWORD may be NULL.
 */
int spam_servers_learn(const struct spam_servers *s, struct str message, const struct envelope *env,
	const char *password, bool is_spam, struct arena *mem, struct err *err);

#endif
