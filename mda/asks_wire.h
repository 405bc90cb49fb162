/* The questions of asks.h and their answers, as they go from one process to the other. */
#ifndef MDA_ASKS_WIRE_H
#define MDA_ASKS_WIRE_H

#include "base/frame.h"
#include "base/str_list.h"
#include "filters/label/contacts_known.h"
#include "filters/spam/spam_protocol.h"

enum asks_kind {
	ASK_SEAL = 1,
	ASK_REMEMBERED,
	ASK_KNOWN,
	ASK_SPAM,
	ASK_FOLDER,
	ASK_LIBSIEVE,
	ASK_PROGRAM,
	ASK_ALIAS,
	ASK_SETTINGS,
	ASK_SCREENER,
	ASKS_KINDS
};

enum { ASKS_VERSION = 1 };

struct seal_question {
	struct str id, seal;
	struct str_list parts;
};

struct yes_no {
	bool yes;
	struct str why; /* not; of a table, the value */
};

struct pair {
	struct str handle, key;
};

struct known_answer {
	bool found;
	struct known known;
};

struct spam_answer {
	struct spam_result result;
};

struct program_answer {
	uint32_t ran; /* enum sv_ran */
	struct str output, why;
};

struct asks_wire {
	const struct frame_type *question, *answer;
};
extern const struct asks_wire asks_wire[ASKS_KINDS];

#endif
