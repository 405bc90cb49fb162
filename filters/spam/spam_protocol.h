/* The question to an anti-spam server, whatever its protocol. */
#ifndef FILTERS_SPAM_SPAM_PROTOCOL_H
#define FILTERS_SPAM_SPAM_PROTOCOL_H

#include "base/envelope.h"
#include "base/err.h"
#include "base/verdict.h"

enum { SPAM_ANSWER_MOST = 1024 * 1024 };

struct spam_question {
	const char *server; /* an address as in base/net.h */
	struct str message;
	const struct envelope *env;
	const char *password; /* for learning with rspamd; NULL: none */
	long long deadline;   /* a time of io_microseconds() */
	struct arena *mem;
};

/*
 * Asks one server. RESULT's strings are in the question's arena. -1 with the reason, which names
 * the server.
 */
typedef int spam_ask(const struct spam_question *q, struct spam_result *result, struct err *err);
/*
 * Makes the server learn. 0 done, -1 error. 1: the server works, but learns nothing from this
 * message; ERR has its words or is empty.
 */
typedef int spam_learn(const struct spam_question *q, bool is_spam, struct err *err);

/*
 * Reads all of S as a decimal number, like strtod() but without hexadecimal numbers and infinity.
 */
bool spam_number(struct str s, double *value);

#endif
