/* What is kept of a delivery: its record, for `mda explain` and `mda log`, and what it used. */
#ifndef MDA_RECORD_H
#define MDA_RECORD_H

#include "mda/delivery/outcome.h"
#include "mda/judgement.h"
#include "mda/session.h"

/*
 * Keeps the account of a delivery that has ended with ERR, or well if that is NULL. Returns the
 * record's id; empty: nothing is kept. A failure is a note of OUT, and changes nothing else.
 */
struct str record_delivery(const struct delivery *d, struct outcome *out, const struct spent *spent,
	const struct err *err);

/*
 * The same for a delivery whose message could not be read or whose folder could not be looked for.
 * Nothing is kept while the process is not yet the user's.
 */
struct str record_failure(struct session *s, const struct err *err);

/*
 * Counts the entries of the lists that matched (store/uses.h), once the delivery is done. A failure
 * is a note of OUT.
 */
void record_uses(const struct delivery *d, struct outcome *out);

#endif
