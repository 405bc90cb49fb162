/* What our own MTA's Authentication-Results say of a message (RFC 8601 section 2.7). */
#ifndef BASE_AUTH_H
#define BASE_AUTH_H

#include "base/str.h"

/*
 * Ordered: of two results of one method the higher one counts, as a sender may have written the
 * other.
 */
enum auth_result {
	AUTH_ABSENT, /* nobody says anything */
	AUTH_PASS,
	AUTH_NONE, /* nothing to check, or no opinion */
	AUTH_ERROR,
	AUTH_FAIL,
};

struct auth {
	struct str by; /* the authserv-id of a field that counts; empty: there is none */
	enum auth_result dmarc, arc;
	/* Those whose domain is the From's, or above or below it: one that passes is enough. */
	enum auth_result dkim, spf;
	enum auth_result sender; /* SPF, for the very domain of the envelope sender */
	/* our MTA knows by a login who has submitted it; passed only when that may be the From */
	enum auth_result submission;
	/* our MTA wrote something that nobody can read: a sender's name may have broken it */
	bool unreadable;
};

#endif
