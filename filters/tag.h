/* The label External or Unknown: is the sender one of the recipient's own, or known to him? */
#ifndef FILTERS_TAG_H
#define FILTERS_TAG_H

#include "mda/base/envelope.h"
#include "mda/base/err.h"
#include "mda/base/message.h"
#include "mda/base/verdict.h"

struct tag_organization {
	struct str name;
	struct str_list domains;   /* inside, with their synonyms; `*.d` for the subdomains of d */
	struct str_list addresses; /* single outside addresses that count as inside */
};

struct tag_conf {
	bool enabled;
	const struct tag_organization *organizations;
	size_t organization_count;
	/* path of the recipient's contacts: one address or pattern a line; NULL for none */
	const char *contacts;
};

/* By enum label: none, External, Unknown. */
extern const char *const tag_label_names[];

/*
 * Works the label out when it is not known yet: verdict->label with its reason. A contacts file that cannot be read is
 * a note, and counts as empty.
 */
void tag_decide(const struct tag_conf *conf, const struct message *msg, const struct envelope *env,
	struct verdict *v);

/* Adds the header X-Mda-Label to what will be stored. */
void tag_write(struct verdict *v);

#endif
