/*
 * The label External or Unknown: is the sender inside the recipient's organization, or one of the
 * recipient's contacts? It is based on the From that the recipient sees, and on what our MTA found
 * out about the sender.
 */
#ifndef FILTERS_LABEL_TAG_H
#define FILTERS_LABEL_TAG_H

#include "base/envelope.h"
#include "filters/authres.h"
#include "filters/label/contacts.h"
#include "filters/label/organization.h"

/* How a label is shown, as bits of tag_conf.shows. */
enum { TAG_HEADER = 1, TAG_KEYWORD = 2, TAG_SUBJECT = 4 };

struct tag_conf {
	bool enabled;
	const struct organization *organizations;
	size_t organization_count;
	struct contacts contacts;
	/* whether our MTA's results fit the From: `allow_requires` is an enum authres_requires */
	struct authres_conf auth;
	/*
	 * Has the recipient had mail from this address_key() before? 1, 0, -1 unknown. May be NULL.
	 */
	int (*seen)(void *context, struct str key);
	void *context;
};

/* Indexed by enum label: none, External, Unknown. */
extern const char *const tag_label_names[];

/*
 * Computes verdict->label and its reason, if it is not known yet. A file that cannot be read gives
 * a note and counts as empty.
 */
void tag_decide(const struct tag_conf *conf, const struct message *msg, const struct envelope *env,
	struct verdict *v);

/*
 * Is the author of the message certain, proven by our MTA's results as CONF's `auth` requires, and
 * a contact? Then *FOUND has the reason.
 */
bool tag_proven_contact(const struct tag_conf *conf, const struct message *msg, struct verdict *v,
	struct contact *found);

/*
 * Would the author get no label, because they are certain and inside, or a contact? Then *REASON
 * says which. `enabled` does not matter.
 */
bool tag_knows(const struct tag_conf *conf, const struct message *msg, const struct envelope *env,
	struct verdict *v, struct reason *reason);

/*
 * Adds the label to what will be stored: the field X-Mda-Label, a keyword, a word before the
 * subject.
 */
void tag_write(unsigned shows, struct verdict *v);
/* Every word that tag_write() may put before a subject. */
extern const struct str_list tag_subject_marks;

/*
 * The handle for remembering an address_key() after a message from it was delivered (struct
 * tracked).
 */
extern const struct str tag_seen_handle;

#endif
