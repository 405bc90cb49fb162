#include "mda/outgoing/send_own.h"

#include "mda/conf/conf.h"
#include "mda/outgoing/notice.h"
#include "mda/outgoing/send_once.h"
#include "store/screened.h"
#include "store/seen.h"
#include "store/tally.h"

#include <time.h>

enum { HOUR = 3600, DAY = 24 * HOUR };

/* ---- answers and notifications ---- */

/* Stores a copy of what was sent (RFC 8580). */
static int file_copy(struct send_job *s, const struct outmail *o, struct err *err)
{
	struct arena *mem = s->delivery->mem;
	struct action flags = {.kind = ACTION_STORE};
	verdict_add_flags(&flags, &o->fcc_flags, &s->out->notes);
	/* The user need not read what they sent themselves. */
	struct store_item item = {.folder = plan_folder(o->fcc, &s->out->notes),
		.pieces = &o->text,
		.piece_count = 1,
		.flags = flags.flags | FLAG_SEEN,
		.keywords = flags.keywords.items,
		.keyword_count = flags.keywords.count};
	struct str name = arena_fmt(mem, "fcc" STR_FMT, STR_ARGS(o->what));
	return send_once_put_beside(s, name, &item, err);
}

static bool is_over_limit(const struct send_job *s, const struct outmail *o)
{
	const struct delivery *d = s->delivery;
	bool over = false;
	struct err err;
	if (tally_add(s->state_dir, STR_LIT("answer"), HOUR, (uint32_t)d->conf->answers_per_hour,
		    (int64_t)time(NULL), &over, &err) < 0)
		notes_add(&s->out->notes, "%s: %s", o->kind, err.text);
	else if (over)
		notes_add(&s->out->notes, "no %s: there were %zu within an hour (answers_per_hour)",
			o->kind, d->conf->answers_per_hour);
	return over;
}

/*
 * Only one of several deliveries at the same moment may answer a person. 1: they have an answer
 * already, 0: they have not, -1: it cannot be found out now, so the retry answers.
 */
static int is_answered(const struct send_job *s, const struct outmail *o, struct err *err)
{
	const struct seen_item item = {
		.key = seen_tracked_key(o->handle, o->key), .seconds = o->seconds};
	bool seen = false;
	if (o->key.n == 0 || o->seconds == 0)
		return 0;
	if (seen_claim(s->state_dir, &item, s->id, (int64_t)time(NULL), &seen, err) < 0)
		return -1;
	if (seen)
		notes_add(
			&s->out->notes, "no %s: another delivery answers at this moment", o->kind);
	return seen;
}

int send_own(struct send_job *s, const struct outmail *o, struct err *err)
{
	struct outcome *out = s->out;
	struct str text = o->text;
	const struct pieces pieces = {&text, 1};
	struct handover h;
	bool again;
	if (send_once_begin(s, o->what, true, &h, &again, err) < 0)
		return -1;
	int answered = again ? 0 : is_over_limit(s, o) ? 1 : is_answered(s, o, err);
	if (answered != 0) {
		handover_end(&h, false);
		return answered < 0 ? -1 : 0;
	}
	if (!again && send_once_submit(s, o->what, &h, o->sender, &o->recipients, &pieces, err) < 0)
		return -1;
	out->answered = arena_fmt(out->mem, STR_FMT "%s%s:" STR_FMT, STR_ARGS(out->answered),
		out->answered.n ? "," : "", o->kind, STR_ARGS(o->recipients.items[0]));
	return o->has_fcc ? file_copy(s, o, err) : 0;
}

/* ---- errors of the rules ---- */

void send_own_notice(struct send_job *s)
{
	const struct seen_item item = {
		.key = seen_tracked_key(STR_LIT("errors of rules"), STR_LIT("told")),
		.seconds = DAY};
	bool seen = false;
	struct err err;
	int r = seen_claim(s->state_dir, &item, s->id, (int64_t)time(NULL), &seen, &err);
	if (r == 0 && seen)
		return;
	if (r == 0) {
		struct str text = notice_compose(s->delivery, s->out, s->id);
		const struct store_item stored = {.pieces = &text, .piece_count = 1};
		r = send_once_put_beside(s, STR_LIT("errors"), &stored, &err);
	}
	if (r < 0)
		notes_add(&s->out->notes, "the errors of the rules are not told by a message: %s",
			err.text);
}

/* ---- what waits in the screener's folder ---- */

void send_own_waiting(struct send_job *s)
{
	struct arena *mem = s->delivery->mem;
	struct screened_list waiting = {NULL, 0};
	struct store_receipt receipt;
	struct err err;
	int r = screened_waiting(s->state_dir, STR_EMPTY, mem, &waiting, &err);
	if (r == 0 && waiting.count) {
		struct str text = notice_compose_waiting(s->delivery, &waiting, s->id);
		const struct store_item stored = {.pieces = &text, .piece_count = 1};
		r = send_once_put(s, STR_LIT("waiting"), &stored, &receipt, &err);
	}
	if (r < 0)
		notes_add(&s->out->notes, "screener: no notice: %s", err.text);
}
