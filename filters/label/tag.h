/*
 * The label External or Unknown: is the sender one of the recipient's own, or known to him? It goes
 * by the From that the recipient is shown, and by what our MTA found out about who sent it.
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
	/*
	 * whether what our MTA found out fits the From: enum authres_requires in `allow_requires`
	 */
	struct authres_conf auth;
	/*
	 * Has the recipient had mail from this address_key() before? 1, 0, -1 unknown. May be NULL.
	 */
	int (*seen)(void *context, struct str key);
	void *context;
};

/* By enum label: none, External, Unknown. */
extern const char *const tag_label_names[];

/*
 * Works the label out when it is not known yet: verdict->label with its reason. A file that cannot
 * be read is a note, and counts as empty.
 */
void tag_decide(const struct tag_conf *conf, const struct message *msg, const struct envelope *env,
	struct verdict *v);

/*
 * Shows the label with what will be stored: the field X-Mda-Label, a keyword, a word in front of
 * the subject.
 */
void tag_write(unsigned shows, struct verdict *v);
/* Every word that tag_write() may have put there. */
extern const struct str_list tag_subject_marks;

/*
 * What an address_key() is remembered under, once a message from there was delivered (struct
 * tracked).
 */
extern const struct str tag_seen_handle;

#endif
