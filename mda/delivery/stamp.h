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
 * What anti-spam found about the message as it is sent. Not judged: no filter was asked (it is off,
 * failed, or was skipped because of an allow entry), or a script changed the message later. Then
 * the next mailbox asks its own filter.
 */
enum stamp_judged { STAMP_NOT_JUDGED, STAMP_CLEAN, STAMP_SPAM };

/* The contents of a stamp. */
struct stamp {
	struct str original, recipient;
	enum stamp_judged judged;
	struct str_list path; /* mailboxes, the first one first */
	long long time;       /* seconds */
};

/*
 * What a stamp covers, of a message that is stamped or has arrived: the bound fields, with empty
 * slices for missing ones, and the body.
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
/*
 * Of a message as it is sent, with the changes of the verdict and of a script. CHANGES may be NULL.
 */
struct stamp_message stamp_message_sent(
	const struct message *msg, const bool *removed, const struct changes *changes);

/* The whole field, with its LF. */
struct str stamp_write(const struct stamp *s, const struct stamp_message *m,
	const struct stamp_key *key, struct arena *mem);

/*
 * stamp_read() reads a field's value but does not check it; false if it is not a stamp.
 * stamp_holds() then checks with the keys that it was written for this message, at most LIFETIME
 * seconds ago; *WHY says why not.
 */
struct stamp_claim {
	struct stamp stamp;
	struct str key;
	struct str fields; /* h= */
	struct str signed_text;
	struct hash seal;
};
bool stamp_read(struct str value, struct arena *mem, struct stamp_claim *claim);
/* The original recipient in TEXT, the first of the parts that a valid seal covers. */
bool stamp_original(struct str signed_text, struct arena *mem, struct str *original);
bool stamp_holds(const struct stamp_claim *claim, const struct stamp_message *m,
	const struct stamp_keys *keys, long long now, long long lifetime, struct arena *mem,
	const char **why);

#endif
