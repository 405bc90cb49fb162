/*
 * The stamp that our redirects carry, so that the delivery at the other end knows for whom the
 * message was first, and whether a filter has judged it there:
 *
 *   X-Mda-Original: v=2; k=1f2e3d4c; t=1795000000; o=abc@example.com; r=def@example.com; s=clean;
 *    p=abc@example.com;
 *     h=from,date,message-id,subject; b=HMAC
 *
 * k is the key's id, t when it was written, o the original recipient, r who is to get it, s what a
 * filter said, p the mailboxes that have redirected it, h the fields that are bound. HMAC-SHA-256
 * is over all of that, the first field of each name in h, and the body. So a stamp is worth nothing
 * with another message or at another address.
 *
 * A stamp of version 1 said the spam state, where "no" and "skipped" could be the work of the
 * mailbox that redirected the message: its allow list, its script. Such a stamp still says for whom
 * the message was, and that a message is spam.
 */
#ifndef MDA_DELIVERY_STAMP_H
#define MDA_DELIVERY_STAMP_H

#include "base/changes.h"
#include "base/message.h"
#include "mda/delivery/stamp_key.h"

enum { STAMP_MOST_HOPS = 10 };

/*
 * What anti-spam said of the message as it is sent. Not judged: no filter was asked, as it is off,
 * failed or was skipped for an allow entry, or a script has changed the message since. Then the
 * next mailbox asks its own filter.
 */
enum stamp_judged { STAMP_NOT_JUDGED, STAMP_CLEAN, STAMP_SPAM };

/* What a stamp asserts. */
struct stamp {
	struct str original, recipient;
	enum stamp_judged judged;
	struct str_list path; /* mailboxes, the first one first */
	long long time;       /* seconds */
};

/*
 * The message as it is stamped or arrives: its bound fields, empty slices for those that are not
 * there, and its body.
 */
enum { STAMP_FIELDS = 4 };
struct stamp_message {
	struct str fields[STAMP_FIELDS]; /* in the order of stamp_field_names; raw values */
	bool has[STAMP_FIELDS];
	struct str body;
};
extern const char *const stamp_field_names[STAMP_FIELDS];
extern const char stamp_header[];

/* Of a message as it came. */
struct stamp_message stamp_message_of(const struct message *msg);
/* Of a message with the verdict's and a script's changes, as it is sent. CHANGES may be NULL. */
struct stamp_message stamp_message_sent(
	const struct message *msg, const bool *removed, const struct changes *changes);

/* The field with its LF. */
struct str stamp_write(const struct stamp *s, const struct stamp_message *m,
	const struct stamp_key *key, struct arena *mem);

/*
 * Reads a field's value, without believing it: false when it is none. Then stamp_holds() tells,
 * with the keys, whether it was written for this message no longer than LIFETIME seconds ago; *WHY
 * says why not.
 */
struct stamp_claim {
	struct stamp stamp;
	struct str key;
	struct str fields; /* h= */
	struct str signed_text;
	struct hash seal;
};
bool stamp_read(struct str value, struct arena *mem, struct stamp_claim *claim);
/* The original recipient of the text that a seal which holds is over (the first of its parts). */
bool stamp_original(struct str signed_text, struct arena *mem, struct str *original);
bool stamp_holds(const struct stamp_claim *claim, const struct stamp_message *m,
	const struct stamp_keys *keys, long long now, long long lifetime, struct arena *mem,
	const char **why);

#endif
