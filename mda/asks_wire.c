#include "mda/asks_wire.h"

#include "base/frame_rows.h"
#include "base/limits.h"
#include "filters/label/screener.h"
#include "filters/sieve/libsieve/libsieve.h"
#include "mda/outgoing/programs.h"

enum { TEXT_MOST = 1 << 20, PARTS_MOST = 64, ARGUMENTS_MOST = 128, INPUT_MOST = 4 };

FRAME_TEXTS(part, TEXT_MOST, NULL);

FRAME_ROWS(seal_question, ROW_TEXT(1, struct seal_question, id, TEXT_MOST, NULL),
	ROW_TEXT(2, struct seal_question, seal, TEXT_MOST, NULL),
	ROW_LIST(3, struct seal_question, parts.items, parts.count, PARTS_MOST, part));
FRAME_ROWS(yes_no, ROW_NUMBER(1, struct yes_no, yes, 1),
	ROW_TEXT(2, struct yes_no, why, TEXT_MOST, NULL));
FRAME_ROWS(text, ROW_TEXT(1, struct pair, key, TEXT_MOST, NULL));
/* The request to libsieve: a script, and the header fields that the script looks at. */
FRAME_ROWS(bulk, ROW_TEXT(1, struct pair, key, LIBSIEVE_REQUEST_MOST, NULL));
FRAME_ROWS(pair, ROW_TEXT(1, struct pair, handle, TEXT_MOST, NULL),
	ROW_TEXT(2, struct pair, key, TEXT_MOST, NULL));
FRAME_ROWS(known_answer, ROW_NUMBER(1, struct known_answer, found, 1),
	ROW_TEXT(2, struct known_answer, known.name, TEXT_MOST, NULL),
	ROW_NUMBER(3, struct known_answer, known.count, UINT32_MAX),
	ROW_NUMBER(4, struct known_answer, known.flags, UINT32_MAX),
	ROW_NUMBER(5, struct known_answer, known.last, INT64_MAX));
FRAME_ROWS(spam_answer, ROW_TEXT(1, struct spam_answer, result.by, TEXT_MOST, NULL),
	ROW_NUMBER(2, struct spam_answer, result.is_spam, 1),
	ROW_NUMBER(3, struct spam_answer, result.has_score, 1),
	ROW_REAL(4, struct spam_answer, result.score),
	ROW_REAL(5, struct spam_answer, result.limit),
	ROW_TEXT(6, struct spam_answer, result.symbols, TEXT_MOST, NULL),
	ROW_TEXT(7, struct spam_answer, result.action, TEXT_MOST, NULL));

/* The body is most often the message's own; then it is not sent. */
FRAME_TEXTS(argument, TEXT_MOST, programs_bad_argument);
FRAME_PARTS(piece, 1ULL << 40);
FRAME_ROWS(sv_program, ROW_TEXT(1, struct sv_program, name, TEXT_MOST, programs_bad_name),
	ROW_LIST(2, struct sv_program, arguments.items, arguments.count, ARGUMENTS_MOST, argument),
	ROW_LIST(3, struct sv_program, input.items, input.count, INPUT_MOST, piece),
	ROW_NUMBER(4, struct sv_program, wants_output, 1),
	ROW_NUMBER(5, struct sv_program, is_test, 1));
FRAME_ROWS(program_answer, ROW_NUMBER(1, struct program_answer, ran, SV_RAN_NEVER),
	ROW_BYTES(2, struct program_answer, output, LIMIT_PROGRAM_OUTPUT),
	ROW_TEXT(3, struct program_answer, why, TEXT_MOST, NULL));

FRAME_ROWS(screener_question, ROW_TEXT(1, struct screener_question, sender, TEXT_MOST, NULL),
	ROW_TEXT(2, struct screener_question, domain, TEXT_MOST, NULL),
	ROW_LIST(3, struct screener_question, ids.items, ids.count, SCREENER_IDS_MOST, part));
FRAME_ROWS(screener_answer, ROW_NUMBER(1, struct screener_answer, kind, SCREENER_REPLY),
	ROW_NUMBER(2, struct screener_answer, when, INT64_MAX));

const struct asks_wire asks_wire[ASKS_KINDS] = {
	[ASK_SEAL] = {&seal_question, &yes_no},
	[ASK_REMEMBERED] = {&pair, &yes_no},
	[ASK_KNOWN] = {&text, &known_answer},
	[ASK_SPAM] = {&text, &spam_answer},
	[ASK_FOLDER] = {&text, &text},
	[ASK_LIBSIEVE] = {&bulk, &bulk},
	[ASK_PROGRAM] = {&sv_program, &program_answer},
	[ASK_ALIAS] = {&text, &yes_no},
	[ASK_SETTINGS] = {&text, &yes_no},
	[ASK_SCREENER] = {&screener_question, &screener_answer},
};
