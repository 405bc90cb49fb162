/*
 * Who sent a message, as the screener remembers it. What is remembered of one sender must not count
 * for anybody else, so the key says what was proven about the message: a sender who was proven when
 * they were approved is not believed without proof later.
 */
#ifndef FILTERS_LABEL_SCREENER_SENDER_H
#define FILTERS_LABEL_SCREENER_SENDER_H

#include "base/envelope.h"
#include "filters/authres.h"

struct screener_sender {
	/*
	 * "author FROM" if the From was proven; "envelope SENDER FROM" if only the envelope sender
	 * was; "claim FROM DOMAIN" if nothing was proven and nothing failed, with the domain of the
	 * envelope sender. Empty: nothing may be remembered of this sender, for the reason WHY.
	 */
	struct str key;
	const char *why;
	bool is_proven;    /* it is an author */
	struct str from;   /* address_key() of the one author; empty: not certain */
	struct str domain; /* of FROM */
};

/*
 * V has what our MTA found out (authres_judge()). The result is in V's memory. `allow_requires` of
 * AUTH is not used: only what has passed is proven.
 */
struct screener_sender screener_sender_of(const struct authres_conf *auth,
	const struct message *msg, const struct envelope *env, const struct verdict *v);

/* The parts of such a key. */
enum screener_proof { SCREENER_AUTHOR, SCREENER_ENVELOPE, SCREENER_CLAIM };
struct screener_key {
	enum screener_proof proof;
	struct str from;
	struct str through; /* the envelope sender; its domain for a claim; empty for an author */
};
/* False if TEXT is not such a key. The parts point into it. */
bool screener_sender_read(struct str text, struct screener_key *key);

/* Is TEXT a key as above? It may come from a process that is not trusted. */
bool screener_sender_is_key(struct str text);

#endif
