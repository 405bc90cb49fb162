#include "mda/tools/refile/refile_wire.h"

#include "base/frame_rows.h"
#include "store/store.h"

enum {
	VERSION = 2,
	TEXT_MOST = 1 << 20,
	LIST_MOST = 1000,
	TESTS_MOST = 100000,
	BYTES_MOST = 1 << 30,
};

static const char *word(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!ascii_isalnum(s.p[i]))
			return "it is not a word";
	return NULL;
}

/* An envelope sender. */
static const char *line(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] == '\n' || s.p[i] == '\r' || s.p[i] == '\0')
			return "it is not one line";
	return NULL;
}

FRAME_TEXTS(text, TEXT_MOST, NULL);

FRAME_ROWS(reason, ROW_TEXT(1, struct reason, file, TEXT_MOST, NULL),
	ROW_NUMBER(2, struct reason, line, UINT32_MAX),
	ROW_TEXT(3, struct reason, text, TEXT_MOST, NULL));

FRAME_ROWS(step, ROW_NUMBER(1, struct refile_step, kind, ACTION_PIPE),
	ROW_TEXT(2, struct refile_step, argument, TEXT_MOST, NULL),
	ROW_NUMBER(3, struct refile_step, flags, 63),
	ROW_LIST(4, struct refile_step, keywords.items, keywords.count, LIST_MOST, text),
	ROW_STRUCT(5, struct refile_step, reason, reason));

FRAME_ROWS(answer, ROW_WORD(1, struct refile_answer, kind, word),
	ROW_LIST(2, struct refile_answer, recipients.items, recipients.count, LIST_MOST, text));

FRAME_ROWS(test, ROW_TEXT(1, struct refile_test, script, TEXT_MOST, NULL),
	ROW_NUMBER(2, struct refile_test, line, UINT32_MAX),
	ROW_NUMBER(3, struct refile_test, column, UINT32_MAX),
	ROW_NUMBER(4, struct refile_test, matched, 1));

FRAME_ROWS(rule, ROW_TEXT(1, struct refile_rule, script, TEXT_MOST, NULL),
	ROW_TEXT(2, struct refile_rule, text, TEXT_MOST, NULL),
	ROW_NUMBER(3, struct refile_rule, line, UINT32_MAX),
	ROW_NUMBER(4, struct refile_rule, column, UINT32_MAX));

FRAME_ROWS(outcome, ROW_NUMBER(1, struct refile_outcome, failed, 1),
	ROW_TEXT(2, struct refile_outcome, failure, TEXT_MOST, NULL),
	ROW_LIST(3, struct refile_outcome, steps, step_count, LIST_MOST, step),
	ROW_LIST(4, struct refile_outcome, answers, answer_count, LIST_MOST, answer),
	ROW_LIST(5, struct refile_outcome, tests, test_count, TESTS_MOST, test),
	ROW_LIST(6, struct refile_outcome, notes.items, notes.count, LIST_MOST, text));

FRAME_ROWS(judged, ROW_STRUCT(1, struct refile_judged, outcomes[REFILE_NEW], outcome),
	ROW_STRUCT(2, struct refile_judged, outcomes[REFILE_OLD], outcome),
	ROW_TEXT(3, struct refile_judged, from, TEXT_MOST, NULL),
	ROW_TEXT(4, struct refile_judged, subject, TEXT_MOST, NULL),
	ROW_TEXT(5, struct refile_judged, message_id, TEXT_MOST, NULL),
	ROW_NUMBER(6, struct refile_judged, date, UINT64_MAX),
	ROW_LIST(7, struct refile_judged, rules, rule_count, TESTS_MOST, rule),
	ROW_BYTES(8, struct refile_judged, message, BYTES_MOST),
	ROW_TEXT(9, struct refile_judged, sender, TEXT_MOST, line),
	ROW_BYTES(10, struct refile_judged, judgement, BYTES_MOST));

void refile_wire_write(struct buf *to, const struct refile_judged *value)
{
	frame_write(to, VERSION, &judged, value, STR_EMPTY);
}

/* The name must be in its one form, as settle() makes it. */
static int check_outcome(const struct refile_outcome *o, struct arena *mem, struct err *err)
{
	for (size_t i = 0; i < o->step_count; i++) {
		const struct refile_step *s = &o->steps[i];
		struct str folder;
		if (s->kind == ACTION_STORE && (store_folder(s->argument, mem, &folder, err) < 0 ||
						       !str_eq(folder, s->argument)))
			return err_temp(err, "a step has a folder that cannot exist");
	}
	for (size_t i = 0; i < o->answer_count; i++)
		if (!o->answers[i].kind)
			return err_temp(err, "an answer has no kind");
	return 0;
}

int refile_wire_read(
	struct str frame, struct arena *mem, struct refile_judged *value, struct err *err)
{
	*value = (struct refile_judged){.date = 0};
	if (frame_read(frame, VERSION, &judged, value, STR_EMPTY, mem, err) < 0)
		return -1;
	for (int i = 0; i < REFILE_SIDES; i++)
		if (check_outcome(&value->outcomes[i], mem, err) < 0)
			return -1;
	return 0;
}
