/*
 * Whom a message in a folder that acts is from. An allow entry is only made for somebody who has
 * proven to be the sender; a block entry is not made for somebody whose address was forged.
 */
#ifndef MDA_ACTS_ACTS_SENDER_H
#define MDA_ACTS_ACTS_SENDER_H

#include "mda/acts/acts.h"

struct acts_sender {
	struct str entry; /* for a list; empty: none, and `why` says why */
	struct str why;   /* or what is to be known of the entry; may be empty */
};

/*
 * With FOLDER NULL the entry is the key by which the screener remembers the sender, as
 * filters/label/screener_sender.h describes it.
 *
 * Judges the message in a confined process, whose answer is checked. -1 when it could not be judged
 * this time.
 */
int acts_sender_find(const struct acts *a, const struct acts_folder *folder, struct str message,
	struct acts_sender *sender, struct err *err);

/*
 * The addresses for which allow entries counted when the message came, by the settings of a
 * delivery: from address_key(), in a->mem. Judged in a confined process, too. -1 as above.
 */
int acts_sender_claims(
	const struct acts *a, struct str message, struct str_list *keys, struct err *err);

/* What that process does; for tests. */
void acts_sender_judge(const struct acts *a, const struct acts_folder *folder, struct str message,
	struct acts_sender *sender);
void acts_sender_judge_claims(const struct acts *a, struct str message, struct str_list *keys);

#endif
