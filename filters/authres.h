/*
 * What our own MTA found out about who sent a message, by its Authentication-Results. A field
 * counts when it bears one of our ids and stands above the last Received of our own servers, below
 * which the sender writes what he likes; others with our id are removed (RFC 8601 section 5).
 */
#ifndef FILTERS_AUTHRES_H
#define FILTERS_AUTHRES_H

#include "base/message.h"
#include "base/verdict.h"

enum authres_requires { ALLOW_NOT_FAILED, ALLOW_PASS, ALLOW_NOTHING };

struct authres_conf {
	const struct str_list
		*ids;        /* our authserv-ids; empty: nothing is believed, nothing removed */
	size_t own_received; /* Received fields at the top that are our servers' */
	enum authres_requires allow_requires;
	bool trust_arc;      /* a passed ARC chain makes up for a failed DMARC */
};

/*
 * Fills verdict->auth, and removes the fields that only seem to be ours. SENDER is the envelope's.
 */
void authres_judge(const struct authres_conf *conf, const struct message *msg, struct str sender,
	struct verdict *v);

/*
 * Why an allow entry for the From does not count for this message; NULL: it counts. In
 * verdict->mem.
 */
const char *authres_doubt(const struct authres_conf *conf, const struct verdict *v);
/*
 * The same of an allow entry for the envelope sender: SPF must have passed for its domain, whatever
 * `allow_requires` is.
 */
const char *authres_sender_doubt(const struct authres_conf *conf, const struct verdict *v);
/*
 * Why the From is not taken for the person that it names, who is inside or a contact. With
 * SUBMITTED a login that our MTA has checked is enough, as for somebody inside. Without ids nobody
 * is known to have failed, and there is no doubt.
 */
const char *authres_inside_doubt(
	const struct authres_conf *conf, bool submitted, const struct verdict *v);
/* Something has failed, which is more than that nothing passed. */
bool authres_failed(const struct verdict *v);

/* The result that WORD stands for, such as "pass" or "softfail"; false when it is none. */
bool authres_result(struct str word, enum auth_result *result);

/* "dmarc=fail spf=pass dkim=none", in MEM; empty when nothing is known. */
struct str authres_text(const struct auth *auth, struct arena *mem);

#endif
