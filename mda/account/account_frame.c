#include "mda/account/account_frame.h"

#include "base/frame_rows.h"

#include <stddef.h>
#include <string.h>

enum {
	LINE_MOST = 64 * 1024,
	TEXT_MOST = 1 << 20,
	LIST_MOST = 1000,
};
#define TIME_MOST (253402300799ULL * 1000000) /* the end of the year 9999 */

static const char *is_id(struct str s)
{
	bool after = false, digit = false;
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		if (c == '-' && !after && digit) {
			after = true;
			digit = false;
		} else if (ascii_isdigit(c) || (c >= 'a' && c <= 'f')) {
			digit = true;
		} else {
			return "it is not an id";
		}
	}
	return after && digit ? NULL : "it is not an id";
}

static bool is_one_of(struct str s, const char *words)
{
	struct str rest = str_of(words), word;
	while (str_word(&rest, &word))
		if (str_eq(s, word))
			return true;
	return false;
}

static const char *is_kind(struct str s)
{
	return is_one_of(s, "store redirect reject discard pipe") ? NULL : "it is not an action";
}

static const char *is_listing(struct str s)
{
	return is_one_of(s, "none block allow") ? NULL : "it is not what lists say";
}

static const char *is_spam(struct str s)
{
	return is_one_of(s, "unknown no yes skipped") ? NULL : "it is not a word for spam";
}

static const char *is_label(struct str s)
{
	return is_one_of(s, "none External Unknown") ? NULL : "it is not a label";
}

static const char *is_fault(struct str s)
{
	if (str_eq(s, STR_LIT("no user")))
		return NULL;
	return is_one_of(s, "temporary refused") ? NULL : "it is not a fault";
}

/* ---- the rows ---- */

#define EXPORTED_ROWS(name, ...)                                                                   \
	static const struct frame_row name##_rows[] = {__VA_ARGS__};                               \
	const struct frame_type name = FRAME_TYPE(name##_rows)

/* The name of a file, which a person chose, may have any bytes. */
EXPORTED_ROWS(account_frame_reason, ROW_TEXT(1, struct reason, file, LINE_MOST, NULL),
	ROW_NUMBER(2, struct reason, line, UINT32_MAX),
	ROW_TEXT(3, struct reason, text, TEXT_MOST, NULL));

EXPORTED_ROWS(account_frame_scan, ROW_TEXT(1, struct spam_result, by, LINE_MOST, frame_one_line),
	ROW_NUMBER(2, struct spam_result, failed, 1), ROW_NUMBER(3, struct spam_result, is_spam, 1),
	ROW_NUMBER(4, struct spam_result, has_score, 1), ROW_REAL(5, struct spam_result, score),
	ROW_REAL(6, struct spam_result, limit),
	ROW_TEXT(7, struct spam_result, symbols, TEXT_MOST, NULL),
	ROW_TEXT(8, struct spam_result, action, LINE_MOST, NULL));

EXPORTED_ROWS(account_frame_finding, ROW_WORD(1, struct finding, stage, frame_one_line),
	ROW_NUMBER(2, struct finding, kind, FINDING_SAID),
	ROW_TEXT(3, struct finding, field, LINE_MOST, NULL),
	ROW_TEXT(4, struct finding, value, LINE_MOST, NULL),
	ROW_STRUCT(5, struct finding, at, account_frame_reason),
	ROW_TEXT(6, struct finding, why, LINE_MOST, NULL));

FRAME_TEXTS(line, TEXT_MOST, NULL);

FRAME_ROWS(stage, ROW_TEXT(1, struct account_stage, name, 64, frame_one_line),
	ROW_TEXT(2, struct account_stage, result, TEXT_MOST, NULL),
	ROW_STRUCT(3, struct account_stage, why, account_frame_reason),
	ROW_NUMBER(4, struct account_stage, microseconds, UINT64_MAX));

FRAME_ROWS(action, ROW_TEXT(1, struct account_action, kind, 64, is_kind),
	ROW_TEXT(2, struct account_action, target, TEXT_MOST, NULL),
	ROW_TEXT(3, struct account_action, flags, TEXT_MOST, NULL),
	ROW_STRUCT(4, struct account_action, why, account_frame_reason),
	ROW_NUMBER(5, struct account_action, done, 1),
	ROW_NUMBER(6, struct account_action, again, 1),
	ROW_TEXT(7, struct account_action, folder, LINE_MOST, NULL),
	ROW_TEXT(8, struct account_action, file, LINE_MOST, NULL),
	ROW_NUMBER(9, struct account_action, uid, UINT32_MAX),
	ROW_NUMBER(10, struct account_action, uidvalidity, UINT32_MAX));

FRAME_ROWS(letter, ROW_TEXT(1, struct account_letter, kind, 64, frame_one_line),
	ROW_TEXT(2, struct account_letter, to, LINE_MOST, NULL),
	ROW_STRUCT(3, struct account_letter, why, account_frame_reason));

FRAME_ROWS(account, ROW_TEXT(1, struct account, id, 64, is_id),
	ROW_NUMBER(2, struct account, time, TIME_MOST),
	ROW_TEXT(3, struct account, status, 200, frame_one_line),
	ROW_TEXT(4, struct account, mailbox, LINE_MOST, NULL),
	ROW_TEXT(5, struct account, recipient, LINE_MOST, NULL),
	ROW_TEXT(6, struct account, original, LINE_MOST, NULL),
	ROW_TEXT(7, struct account, sender, LINE_MOST, NULL),
	ROW_TEXT(8, struct account, submitter, LINE_MOST, NULL),
	ROW_TEXT(9, struct account, queue_id, LINE_MOST, NULL),
	ROW_TEXT(10, struct account, message_id, LINE_MOST, NULL),
	ROW_NUMBER(11, struct account, size, UINT64_MAX),
	ROW_TEXT(12, struct account, list, 64, is_listing),
	ROW_TEXT(13, struct account, spam, 64, is_spam),
	ROW_TEXT(14, struct account, label, 64, is_label),
	ROW_TEXT(15, struct account, auth, LINE_MOST, NULL),
	ROW_STRUCT(16, struct account, scan, account_frame_scan),
	ROW_LIST(17, struct account, stages, stage_count, 100, stage),
	ROW_LIST(18, struct account, findings, finding_count, LIST_MOST, account_frame_finding),
	ROW_LIST(19, struct account, actions, action_count, LIST_MOST, action),
	ROW_LIST(20, struct account, letters, letter_count, LIST_MOST, letter),
	ROW_TEXT(21, struct account, answered, TEXT_MOST, NULL),
	ROW_LIST(22, struct account, unanswered.items, unanswered.count, LIST_MOST, line),
	ROW_LIST(23, struct account, notes.items, notes.count, LIST_MOST, line),
	ROW_TEXT(24, struct account, error.fault, 64, is_fault),
	ROW_TEXT(25, struct account, error.dsn, 64, frame_one_line),
	ROW_TEXT(26, struct account, error.text, LINE_MOST, NULL));

void account_frame_write(struct buf *to, const struct account *a)
{
	frame_write(to, ACCOUNT_VERSION, &account, a, STR_EMPTY);
}

int account_frame_read(struct str frame, struct arena *mem, struct account *a, struct err *err)
{
	*a = (struct account){.time = 0};
	if (frame_read(frame, ACCOUNT_VERSION, &account, a, STR_EMPTY, mem, err) < 0)
		return -1;
	if (a->id.n == 0 || a->status.n == 0 || a->time == 0)
		return err_temp(err, "it has no id, time or status");
	return 0;
}
