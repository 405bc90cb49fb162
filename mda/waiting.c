#include "mda/waiting.h"

#include "mda/acts/acts_screener.h"
#include "mda/delivery/compose.h"
#include "store/base_name.h"
#include "store/folder.h"
#include "store/screened.h"

#include <time.h>

static int note(
	const struct delivery *d, const struct done *done, const struct acts *acts, struct err *err)
{
	struct pieces pieces = compose_stored(d, &done->step);
	struct screened_message m = {.base = base_name_of(done->receipt.file_name),
		.when = (int64_t)time(NULL),
		.about = d->plan->screened_about};
	if (folder_directory(done->folder, d->mem, &m.directory, err) < 0)
		return -1;
	/* Nothing waits in the INBOX, whatever the process that judged has written. */
	if (m.directory.n == 0)
		return 0;
	digest_of_pieces(pieces.items, pieces.count, m.digest);
	if (screened_wait(acts->state, &m, err) < 0)
		return -1;
	return acts_screener_watch(acts, m.directory, err);
}

bool waiting_note(
	const struct delivery *d, const char *maildir, const char *state_dir, struct outcome *out)
{
	const struct acts acts = {
		.conf = d->conf, .maildir = maildir, .state = state_dir, .mem = d->mem};
	struct err err;
	for (size_t i = 0; d->plan->screened.n && i < out->count; i++) {
		const struct done *done = &out->items[i];
		if (str_eq(done->folder, d->plan->screened) && done->receipt.file_name.n &&
			note(d, done, &acts, &err) < 0)
			notes_add(&out->notes, "screener: %s", err.text);
	}
	int due = d->plan->screener_digest
			  ? screened_claim_notice(state_dir, (int64_t)time(NULL), &err)
			  : 0;
	if (due < 0)
		notes_add(&out->notes, "screener: no notice: %s", err.text);
	return due > 0;
}
