#include "mda/acts/acts_decide.h"

#include "mda/acts/acts_list.h"
#include "mda/acts/acts_sender.h"
#include "mda/conf/folders.h"

#include <time.h>

static int64_t now(void)
{
	return (int64_t)time(NULL);
}

/* Nothing is decided by a message that is gone, or whose sender cannot be remembered. */
static int forget(
	const struct acts *a, const struct screened_message *m, struct str why, struct err *err)
{
	if (why.n)
		notes_add(a->notes, "screener: nobody is remembered: " STR_FMT, STR_ARGS(why));
	const struct screened_sender nobody = {.key = STR_EMPTY};
	return screened_decide(a->state, m, &nobody, err);
}

int acts_decide_approve(const struct acts *a, const struct screened_message *m, struct str bytes,
	struct str folder, struct err *err)
{
	struct acts_sender sender;
	if (acts_sender_find(a, NULL, bytes, &sender, err) < 0)
		return -1;
	if (sender.entry.n == 0)
		return forget(a, m, sender.why, err);
	const struct screened_sender approved = {sender.entry, SCREENED_APPROVED, now(), folder};
	if (screened_decide(a->state, m, &approved, err) < 0)
		return -1;
	notes_add(a->notes, "screener: approved: " STR_FMT, STR_ARGS(sender.entry));
	return 0;
}

static bool is_author(struct str key)
{
	return str_starts(key, STR_LIT("author "));
}

/*
 * Who has proven to be the author goes into the person's own list, where mda-lists shows it.
 * Anybody else could be a forger, so that only their own mail is blocked.
 */
int acts_decide_block(
	const struct acts *a, const struct screened_message *m, struct str bytes, struct err *err)
{
	const struct acts_folder junk = {.name = folders_junk(a->conf, a->mem)};
	struct acts_sender sender, listed = {STR_EMPTY, STR_EMPTY};
	if (acts_sender_find(a, NULL, bytes, &sender, err) < 0)
		return -1;
	if (sender.entry.n == 0)
		return forget(a, m, sender.why, err);
	if (is_author(sender.entry) && acts_list_path(a, false) &&
		acts_sender_find(a, &junk, bytes, &listed, err) < 0)
		return -1;
	if (listed.entry.n && acts_list_add(a, &junk, listed.entry, STR_EMPTY, err) < 0)
		return -1;
	enum screened_kind kind = listed.entry.n ? SCREENED_NEW : SCREENED_BLOCKED;
	const struct screened_sender blocked = {sender.entry, kind, now(), junk.name};
	if (screened_decide(a->state, m, &blocked, err) < 0)
		return -1;
	notes_add(a->notes, "screener: blocked: " STR_FMT, STR_ARGS(sender.entry));
	return 0;
}

int acts_decide_nothing(const struct acts *a, const struct screened_message *m, struct err *err)
{
	return forget(a, m, STR_EMPTY, err);
}

int acts_decide_take_back(const struct acts *a, struct str bytes, int64_t moved, struct err *err)
{
	const struct acts_folder junk = {.name = folders_junk(a->conf, a->mem)},
				 unblocks = {.name = junk.name, .allows = true};
	struct acts_sender sender, listed;
	struct screened_answer known;
	if (acts_sender_find(a, NULL, bytes, &sender, err) < 0)
		return -1;
	const struct screened_question q = {.sender = sender.entry};
	if (sender.entry.n == 0 || screened_find(a->state, &q, now(), &known, err) < 0)
		return sender.entry.n ? -1 : 0;
	if (is_author(sender.entry) && acts_list_path(a, false)) {
		if (acts_sender_find(a, &junk, bytes, &listed, err) < 0)
			return -1;
		if (listed.entry.n && acts_list_undoes(a, &unblocks, listed.entry, err) > 0 &&
			acts_list_take_back(a, &unblocks, listed.entry, err) < 0)
			return -1;
	}
	if (known.kind == SCREENED_NEW || known.when > moved)
		return 0;
	notes_add(a->notes, "screener: new again: " STR_FMT, STR_ARGS(sender.entry));
	const struct screened_sender again = {.key = sender.entry, .kind = SCREENED_NEW};
	return screened_decide(a->state, NULL, &again, err);
}
