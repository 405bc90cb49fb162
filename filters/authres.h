/*
 * What our own MTA found out about the sender of a message, from its Authentication-Results fields.
 * A field counts when it has one of our ids and is above the last Received field of our own
 * servers; below that, the sender can write anything. Other fields with our id are removed (RFC
 * 8601 section 5).
 */
#ifndef FILTERS_AUTHRES_H
#define FILTERS_AUTHRES_H

#include "base/message.h"
#include "base/verdict.h"

enum authres_requires { ALLOW_NOT_FAILED, ALLOW_PASS, ALLOW_NOTHING };

struct authres_conf {
	const struct str_list *ids; /* our authserv-ids; empty: nothing is believed or removed */
	size_t own_received;        /* how many Received fields at the top are our servers' */
	enum authres_requires allow_requires;
	bool trust_arc; /* a passed ARC chain makes up for a failed DMARC */
};

/*
 * Fills verdict->auth, and removes the fields that only pretend to be ours. SENDER is the envelope
 * sender.
 */
void authres_judge(const struct authres_conf *conf, const struct message *msg, struct str sender,
	struct verdict *v);

/*
 * Why an allow entry for the From does not count for this message, in verdict->mem. NULL: it
 * counts.
 */
const char *authres_doubt(const struct authres_conf *conf, const struct verdict *v);
/*
 * The same for an allow entry for the envelope sender: SPF must have passed for its domain,
 * whatever `allow_requires` is.
 */
const char *authres_sender_doubt(const struct authres_conf *conf, const struct verdict *v);
/*
 * Why the From, which is inside or a contact, is not believed; NULL: it is. With SUBMITTED, a login
 * that our MTA has checked is enough, as for senders inside. Without authserv-ids no failure is
 * known, so there is no doubt.
 */
const char *authres_inside_doubt(
	const struct authres_conf *conf, bool submitted, const struct verdict *v);
/* Has a check failed? That is more than that none has passed. */
bool authres_failed(const struct verdict *v);

/* Converts a word such as "pass" or "softfail"; false when it is not a result. */
bool authres_result(struct str word, enum auth_result *result);

/* "dmarc=fail spf=pass dkim=none", in MEM; empty when nothing is known. */
struct str authres_text(const struct auth *auth, struct arena *mem);

#endif
