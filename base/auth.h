/* What our own MTA's Authentication-Results report about a message (RFC 8601 section 2.7). */
#ifndef BASE_AUTH_H
#define BASE_AUTH_H

#include "base/str.h"

/*
 * Ordered: if one method has two results, the higher one counts, because a sender may have written
 * the other.
 */
enum auth_result {
	AUTH_ABSENT, /* no field has a result */
	AUTH_PASS,
	AUTH_NONE, /* nothing to check, or no opinion */
	AUTH_ERROR,
	AUTH_FAIL,
};

struct auth {
	struct str by; /* the authserv-id of the field that counts; empty: there is none */
	enum auth_result dmarc, arc;
	/* Results for the From's domain, or one above or below it: one that passes is enough. */
	enum auth_result dkim, spf;
	enum auth_result sender; /* SPF for exactly the domain of the envelope sender */
	/* the submitter has logged in to our MTA; passed only when that login may be the From */
	enum auth_result submission;
	/* our MTA wrote a field that cannot be read: a sender's name may have broken it */
	bool unreadable;
};

#endif
