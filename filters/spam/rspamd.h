/* rspamd, over HTTP (rspamd.com, "Protocol"). */
#ifndef FILTERS_SPAM_RSPAMD_H
#define FILTERS_SPAM_RSPAMD_H

#include "filters/spam/spam_protocol.h"

/* A spam_ask. */
int rspamd_ask(const struct spam_question *q, struct spam_result *result, struct err *err);
/* Asks the controller to learn. A message that it has already learned counts as learned. */
int rspamd_learn(const struct spam_question *q, bool is_spam, struct err *err);

/*
 * Reads an answer of /checkv2. False, with a sentence in *WHY, when it is not one. RESULT's strings
 * are in MEM.
 */
bool rspamd_read(
	struct str answer, struct arena *mem, struct spam_result *result, const char **why);

#endif
