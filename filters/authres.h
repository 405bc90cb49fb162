/*
 * What our own MTA found out about who sent a message, by its Authentication-Results. A field counts when it bears one of
 * our ids and stands above the last Received of our own servers, below which the sender writes what he likes; others with
 * our id are removed (RFC 8601 section 5).
 */
#ifndef FILTERS_AUTHRES_H
#define FILTERS_AUTHRES_H

#include "mda/base/message.h"
#include "mda/base/verdict.h"

enum authres_requires { ALLOW_NOT_FAILED, ALLOW_PASS, ALLOW_NOTHING };

struct authres_conf {
	const struct str_list
		*ids;        /* our authserv-ids; empty: nothing is believed, nothing removed */
	size_t own_received; /* Received fields at the top that are our servers' */
	int allow_requires;  /* enum authres_requires */
	bool trust_arc;      /* a passed ARC chain makes up for a failed DMARC */
};

/* Fills verdict->auth, and removes the fields that only seem to be ours. */
void authres_judge(const struct authres_conf *conf, const struct message *msg, struct verdict *v);

/* Why an allow entry does not count for this message; NULL: it counts. In verdict->mem. */
const char *authres_doubt(const struct authres_conf *conf, const struct verdict *v);

/* The result that WORD stands for, such as "pass" or "softfail"; false when it is none. */
bool authres_result(struct str word, enum auth_result *result);

/* "dmarc=fail spf=pass dkim=none", in MEM; empty when nothing is known. */
struct str authres_text(const struct auth *auth, struct arena *mem);

#endif
