#include "mda/judgement.h"

#include "base/address.h"
#include "base/frame_rows.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "filters/sieve/programs.h"
#include "mda/account/account_frame.h"
#include "mda/outgoing/submit.h"
#include "store/store.h"

#include <stddef.h>
#include <string.h>

/* ---- limits of single things ---- */

enum {
	ADDRESS_MOST = 1000,
	LINE_MOST = 64 * 1024, /* reasons, notes */
	TEXT_MOST = 1 << 20,   /* text that a person wrote */
	LIST_MOST = 1000,
	FLAGS_MOST = 100000,
	PIECES_MOST = 2 * MESSAGE_MAX_FIELDS + LIST_MOST,
};
#define BYTES_MOST   (1ULL << 40)
#define SECONDS_MOST (1ULL << 40)

/* ---- what a text may be ---- */

static const char *path(struct str s)
{
	return str_find(s, '\0') < s.n ? "it is not a path" : NULL;
}

/* An address of the envelope, which may lack a domain. */
static const char *address(struct str s)
{
	return frame_one_line(s) ? "it is not an address" : NULL;
}

/* An address that something is sent to. */
static const char *target(struct str s)
{
	/* Line ends around it are no part of the address, but of the text. */
	return !frame_one_line(s) && submit_can(s)
		       ? NULL
		       : "it is not an address that mail can be sent to";
}

/* ---- the rows ---- */

FRAME_TEXTS(line, LINE_MOST, frame_one_line);
FRAME_TEXTS(mailbox, ADDRESS_MOST, address);
FRAME_TEXTS(recipient, ADDRESS_MOST, target);
FRAME_TEXTS(flag, ADDRESS_MOST, frame_one_line);
FRAME_TEXTS(field, TEXT_MOST, NULL);
FRAME_TEXTS(argument, ADDRESS_MOST + 24, programs_bad_argument);

FRAME_PARTS(piece, BYTES_MOST);

FRAME_ROWS(step, ROW_NUMBER(1, struct step, kind, ACTION_PIPE),
	ROW_TEXT(2, struct step, argument, TEXT_MOST, NULL), ROW_NUMBER(3, struct step, flags, 63),
	ROW_LIST(4, struct step, keywords.items, keywords.count, LIST_MOST, flag),
	ROW_NUMBER(5, struct step, form, LIST_MOST), ROW_NUMBER(6, struct step, by_message, 1),
	ROW_STRUCT(7, struct step, reason, account_frame_reason),
	ROW_LIST(8, struct step, arguments.items, arguments.count, LIST_MOST, argument),
	ROW_NUMBER(9, struct step, may_fail, 1));

FRAME_ROWS(form, ROW_LIST(1, struct form, stored.items, stored.count, PIECES_MOST, piece),
	ROW_LIST(2, struct form, sent.items, sent.count, PIECES_MOST, piece),
	ROW_BYTES(3, struct form, sealed[0], BYTES_MOST),
	ROW_BYTES(4, struct form, sealed[1], BYTES_MOST),
	ROW_BYTES(5, struct form, sealed[2], BYTES_MOST),
	ROW_BYTES(6, struct form, sealed[3], BYTES_MOST),
	ROW_BYTES(7, struct form, sealed_body, BYTES_MOST),
	ROW_NUMBER(8, struct form, judged, STAMP_SPAM), ROW_NUMBER(9, struct form, is_bare, 1));

FRAME_ROWS(auth, ROW_TEXT(1, struct auth, by, LINE_MOST, frame_one_line),
	ROW_NUMBER(2, struct auth, dmarc, AUTH_FAIL), ROW_NUMBER(3, struct auth, arc, AUTH_FAIL),
	ROW_NUMBER(4, struct auth, dkim, AUTH_FAIL), ROW_NUMBER(5, struct auth, spf, AUTH_FAIL),
	ROW_NUMBER(6, struct auth, unreadable, 1));

FRAME_ROWS(tracked, ROW_TEXT(1, struct tracked, handle, TEXT_MOST, NULL),
	ROW_TEXT(2, struct tracked, id, TEXT_MOST, NULL),
	ROW_NUMBER(3, struct tracked, seconds, SECONDS_MOST));

FRAME_ROWS(report, ROW_TEXT(1, struct report, path, LINE_MOST, path),
	ROW_TEXT(2, struct report, text, TEXT_MOST, NULL));

FRAME_ROWS(facts, ROW_TEXT(1, struct facts, message_id, LINE_MOST, NULL),
	ROW_NUMBER(2, struct facts, has_received, 1),
	ROW_NUMBER(3, struct facts, received, UINT64_MAX),
	ROW_NUMBER(4, struct facts, says_original_to, 1),
	ROW_NUMBER(5, struct facts, says_delivered_to, 1));

FRAME_ROWS(listed, ROW_NUMBER(1, struct listed, listing, LISTED_ALLOW),
	ROW_NUMBER(2, struct listed, is_global, 1),
	ROW_TEXT(3, struct listed, entry, LIMIT_PATTERN, frame_one_line));

/* Fields of the verdict that nobody reads after the stages are left out. */
FRAME_ROWS(verdict, ROW_STRUCT(1, struct verdict, auth, auth),
	ROW_NUMBER(2, struct verdict, lists.listing, LISTED_ALLOW),
	ROW_STRUCT(3, struct verdict, lists.reason, account_frame_reason),
	ROW_NUMBER(4, struct verdict, spam.state, SPAM_SKIPPED),
	ROW_STRUCT(5, struct verdict, spam.reason, account_frame_reason),
	ROW_STRUCT(6, struct verdict, spam.scan, account_frame_scan),
	ROW_NUMBER(7, struct verdict, label.kind, LABEL_UNKNOWN),
	ROW_STRUCT(8, struct verdict, label.reason, account_frame_reason),
	ROW_LIST(9, struct verdict, notes.items, notes.count, LIST_MOST, line),
	ROW_LIST(10, struct verdict, found.items, found.count, LIST_MOST, account_frame_finding),
	ROW_LIST(11, struct verdict, lists.used, lists.used_count, LIST_MOST, listed),
	ROW_NUMBER(12, struct verdict, lists.allowed_spam, 1));

FRAME_ROWS(outmail, ROW_WORD(1, struct outmail, kind, frame_one_line),
	ROW_TEXT(2, struct outmail, what, TEXT_MOST, NULL),
	ROW_TEXT(3, struct outmail, sender, ADDRESS_MOST, target),
	ROW_LIST(4, struct outmail, recipients.items, recipients.count, LIST_MOST, recipient),
	ROW_BYTES(5, struct outmail, text, BYTES_MOST),
	ROW_TEXT(6, struct outmail, handle, TEXT_MOST, NULL),
	ROW_TEXT(7, struct outmail, key, TEXT_MOST, NULL),
	ROW_NUMBER(8, struct outmail, seconds, SECONDS_MOST),
	ROW_STRUCT(9, struct outmail, reason, account_frame_reason),
	ROW_NUMBER(10, struct outmail, has_fcc, 1),
	ROW_TEXT(11, struct outmail, fcc, TEXT_MOST, NULL),
	/* verdict_add_flags() checks these later. */
	ROW_LIST(12, struct outmail, fcc_flags.items, fcc_flags.count, FLAGS_MOST, field));

FRAME_ROWS(plan, ROW_LIST(1, struct plan, steps, step_count, LIST_MOST, step),
	ROW_LIST(2, struct plan, forms, form_count, LIST_MOST, form),
	ROW_LIST(3, struct plan, outmails.items, outmails.count, LIST_MOST, outmail),
	ROW_LIST(
		4, struct plan, outmails.declined.items, outmails.declined.count, LIST_MOST, field),
	ROW_LIST(5, struct plan, reports, report_count, LIST_MOST, report),
	ROW_LIST(6, struct plan, tracked, tracked_count, LIST_MOST, tracked),
	ROW_STRUCT(7, struct plan, facts, facts),
	ROW_LIST(8, struct plan, notes.items, notes.count, LIST_MOST, line),
	ROW_TEXT(9, struct plan, screened, TEXT_MOST, NULL),
	ROW_TEXT(10, struct plan, screened_about, LINE_MOST, frame_one_line),
	ROW_NUMBER(11, struct plan, screener_digest, 1));

FRAME_ROWS(spent, ROW_NUMBER(1, struct spent, microseconds, UINT64_MAX));

FRAME_ROWS(judgement, ROW_NUMBER(1, struct judgement, failed, 1),
	ROW_NUMBER(2, struct judgement, failure.fault, FAULT_REFUSED),
	ROW_WORD(3, struct judgement, failure.dsn, frame_one_line),
	ROW_TEXT(4, struct judgement, failure.text, sizeof((struct err *)NULL)->text,
		frame_one_line),
	ROW_STRUCT(5, struct judgement, verdict, verdict),
	ROW_STRUCT(6, struct judgement, plan, plan),
	ROW_TEXT(7, struct judgement, sender, ADDRESS_MOST, address),
	ROW_TEXT(8, struct judgement, original_recipient, ADDRESS_MOST, address),
	ROW_LIST(9, struct judgement, passed.items, passed.count, STAMP_MOST_HOPS, mailbox),
	ROW_LIST(10, struct judgement, spent, spent_count, 100, spent),
	ROW_TEXT(11, struct judgement, trace, BYTES_MOST, NULL));

void judgement_write(struct buf *to, const struct judgement *j, struct str message)
{
	frame_write(to, JUDGEMENT_VERSION, &judgement, j, message);
}

/* ---- what rows cannot say ---- */

static bool is_part_of(struct str s, struct str message)
{
	const char *end = message.p + message.n;
	return s.p >= message.p && s.p <= end && s.n <= (size_t)(end - s.p);
}

/*
 * The parts of the message must be in their order and without repetition. All other text together
 * must not be longer than the frame, although the frame may name a part of itself many times. So
 * the stored message is not larger than the message that came plus the frame.
 */
static int check_pieces(const struct pieces *p, struct str message, size_t most, struct err *err)
{
	const char *from = message.p;
	for (size_t i = 0; i < p->count; i++) {
		struct str s = p->items[i];
		bool is_part = is_part_of(s, message);
		if (!is_part && s.n > most)
			return err_temp(err, "what is written is larger than the frame");
		if (!is_part) {
			most -= s.n;
			continue;
		}
		if (s.p < from)
			return err_temp(err, "a part of the message is written twice");
		from = s.p + s.n;
	}
	return 0;
}

static bool is_within(struct str part, const struct pieces *p)
{
	if (part.n == 0)
		return true;
	for (size_t i = 0; i < p->count; i++) {
		struct str whole = p->items[i];
		if (whole.n && part.p >= whole.p && part.p + part.n <= whole.p + whole.n)
			return true;
	}
	return false;
}

/* Only what is sent may be sealed by a stamp. */
static int check_form(const struct form *f, struct str message, size_t most, struct err *err)
{
	if (check_pieces(&f->stored, message, most, err) < 0 ||
		check_pieces(&f->sent, message, most, err) < 0)
		return -1;
	for (size_t i = 0; i < STAMP_FIELDS; i++)
		if (f->sealed[i].p && !is_within(f->sealed[i], &f->sent))
			return err_temp(err, "a field is sealed that is not sent");
	return is_within(f->sealed_body, &f->sent)
		       ? 0
		       : err_temp(err, "a body is sealed that is not sent");
}

/* Each step is allowed by itself, but together they must not fill the disk. */
static int check_copies(const struct plan *p, struct str message, struct err *err)
{
	unsigned long long added = 0;
	/* Each script keeps the message, at most. */
	if (p->step_count > 2 * (size_t)LIMIT_RUN_ALL_ACTIONS)
		return err_temp(err, "more actions than scripts may have");
	for (size_t i = 0; i < p->step_count; i++) {
		const struct pieces *stored = &p->forms[p->steps[i].form].stored;
		for (size_t k = 0; k < stored->count && p->steps[i].kind == ACTION_STORE; k++)
			if (!is_part_of(stored->items[k], message))
				added += stored->items[k].n;
	}
	return added > LIMIT_CHILD_STORED ? err_temp(err, "the copies add too much") : 0;
}

static int check_step(
	const struct plan *p, const struct step *s, struct arena *mem, struct err *err)
{
	struct str folder;
	const char *why = NULL;
	if (s->form >= p->form_count)
		return err_temp(err, "a step has a form that does not exist");
	if (s->kind == ACTION_STORE &&
		(store_folder(s->argument, mem, &folder, err) < 0 || !str_eq(folder, s->argument)))
		why = "it is not a folder";
	if (s->kind == ACTION_REDIRECT)
		why = target(s->argument);
	if (s->kind == ACTION_PIPE)
		why = programs_bad_name(s->argument);
	return why ? err_temp(err, "a step: %s", why) : 0;
}

/* The journal knows it by WHAT, which starts with its kind, so it cannot pass for a redirect. */
static int check_outmail(const struct outmail *o, struct err *err)
{
	static const char *const kinds[] = {"vacation", "notify", "report", "reject", "receipt"};
	bool known = false;
	for (size_t i = 0; o->kind && i < sizeof kinds / sizeof *kinds; i++)
		known = known || strcmp(o->kind, kinds[i]) == 0;
	/* Rows check no text that is empty or absent. */
	for (size_t i = 0; i < o->recipients.count; i++)
		known = known && o->recipients.items[i].n > 0;
	if (!known || o->recipients.count == 0)
		return err_temp(err, "something to be sent is invalid");
	if (!str_istarts(o->what, str_of(o->kind)))
		return err_temp(err, "something to be sent is of another kind than its record");
	return 0;
}

static int check(const struct plan *p, struct str frame, struct str message, struct arena *mem,
	struct err *err)
{
	for (size_t i = 0; i < p->form_count; i++)
		if (check_form(&p->forms[i], message, frame.n, err) < 0)
			return -1;
	for (size_t i = 0; i < p->step_count; i++)
		if (check_step(p, &p->steps[i], mem, err) < 0)
			return -1;
	if (check_copies(p, message, err) < 0)
		return -1;
	for (size_t i = 0; i < p->outmails.count; i++)
		if (check_outmail(&p->outmails.items[i], err) < 0)
			return -1;
	return 0;
}

int judgement_read(struct str frame, struct str message, struct arena *mem, struct judgement *j,
	struct err *err)
{
	*j = (struct judgement){0};
	if (frame_read(frame, JUDGEMENT_VERSION, &judgement, j, message, mem, err) < 0)
		return -1;
	j->verdict.mem = j->verdict.notes.mem = mem;
	j->plan.mem = j->plan.notes.mem = mem;
	if (check(&j->plan, frame, message, mem, err) < 0)
		return -1;
	if (!j->failed && (j->plan.step_count == 0 || j->plan.form_count == 0))
		return err_temp(err, "nothing is decided");
	return 0;
}
