/*
 * The program that a regular expression is compiled to; regex.c runs it in all its places at once.
 */
#ifndef FILTERS_SIEVE_REGEX_PROGRAM_H
#define FILTERS_SIEVE_REGEX_PROGRAM_H

#include "filters/sieve/regex_set.h"

enum regex_kind {
	REGEX_CHARACTER, /* VALUE */
	REGEX_ANY,
	REGEX_SET,    /* sets[VALUE] */
	REGEX_ASSERT, /* an enum regex_assertion in VALUE */
	REGEX_SAVE,   /* remembers this place in places[VALUE] */
	REGEX_JUMP,   /* goes to OFFSET operations further */
	REGEX_SPLIT,  /* the next operation or, as the second choice, OFFSET further */
	REGEX_REPEAT, /* OFFSET further or, as the second choice, the next operation */
	REGEX_MATCH,
};

enum regex_assertion {
	REGEX_START,
	REGEX_END,
	REGEX_WORD_EDGE,
	REGEX_NO_WORD_EDGE,
	REGEX_WORD_START,
	REGEX_WORD_END,
};

struct regex_op {
	enum regex_kind kind;
	union {
		uint32_t value;
		int32_t offset; /* relative, so that parts of a program can be copied */
	};
};

struct regex_program {
	struct regex_op *ops;
	size_t count;
	struct regex_set *sets;
	size_t set_count;
	/*
	 * groups that are remembered: a script cannot ask for more than
	 * LIMIT_SCRIPT_MATCH_VARIABLES
	 */
	size_t groups;
	size_t work; /* of compiling, in about nanoseconds; also of a broken expression */
	bool ignore_case;
	bool never; /* it is empty and matches nothing: its expression is not possible here */
};

/*
 * Compiles an extended regular expression (POSIX.1-2017 XBD 9.4) in UTF-8. LIMIT_REGEX_SIZE limits
 * time and memory, whatever its counts are. False with a sentence in *WHY (from MEM or constant)
 * when it is not such an expression. True with a sentence when it probably does not mean what its
 * author intended, or is not possible here; otherwise *WHY is NULL.
 */
bool regex_parse(struct str pattern, struct regex_program *p, struct arena *mem, const char **why);

#endif
