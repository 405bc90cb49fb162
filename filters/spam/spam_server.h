/* What anti-spam servers are asked, whatever their protocol. */
#ifndef FILTERS_SPAM_SPAM_SERVER_H
#define FILTERS_SPAM_SPAM_SERVER_H

#include "base/envelope.h"
#include "base/err.h"
#include "base/verdict.h"

enum { SPAM_ANSWER_MOST = 1024 * 1024 };

struct spam_question {
	const char *server; /* as in base/net.h */
	struct str message;
	const struct envelope *env;
	const char *password; /* rspamd's, for learning; NULL: none */
	long long deadline;   /* io_microseconds() */
	struct arena *mem;
};

/*
 * Asks one server. What RESULT holds is the question's arena's. -1 with the reason, which names the
 * server.
 */
typedef int spam_ask(const struct spam_question *q, struct spam_result *result, struct err *err);
/*
 * 1: the server is well, but learns nothing from this message; ERR has its words, or an empty text.
 */
typedef int spam_learn(const struct spam_question *q, bool is_spam, struct err *err);

/* A decimal number, as strtod() reads one, that takes the whole of S; no hex, no infinity. */
bool spam_number(struct str s, double *value);

#endif
