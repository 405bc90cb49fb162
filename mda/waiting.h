/*
 * Notes what the screener holds (store/screened.h), so that it is known again when the user moves
 * it.
 */
#ifndef MDA_WAITING_H
#define MDA_WAITING_H

#include "mda/delivery/delivery.h"
#include "mda/delivery/outcome.h"

/*
 * After the message was stored. A failure is a note, because the message is delivered; then the
 * next look at the folder notes it. Returns whether a notice of what waits is due, which is
 * claimed.
 */
bool waiting_note(
	const struct delivery *d, const char *maildir, const char *state_dir, struct outcome *out);

#endif
