/* SpamAssassin's spamd, by its protocol (spamd/PROTOCOL, version 1.5). */
#ifndef FILTERS_SPAM_SPAMD_H
#define FILTERS_SPAM_SPAMD_H

#include "filters/spam/spam_protocol.h"

/* A spam_ask. */
int spamd_ask(const struct spam_question *q, struct spam_result *result, struct err *err);
/*
 * Tells spamd that the message is spam, or is not. -1 when it does not confirm that it has learned.
 */
int spamd_learn(const struct spam_question *q, bool is_spam, struct err *err);

/*
 * Reads an answer to SYMBOLS. False, with a sentence in *WHY, when it is not one. RESULT's strings
 * are in MEM.
 */
bool spamd_read(struct str answer, struct arena *mem, struct spam_result *result, const char **why);

#endif
