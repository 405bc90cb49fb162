/*
 * What a regular expression is compiled to: a program that regex.c runs in all its places at once.
 */
#ifndef FILTERS_SIEVE_REGEX_PROGRAM_H
#define FILTERS_SIEVE_REGEX_PROGRAM_H

#include "filters/sieve/regex_set.h"

enum regex_kind {
	REGEX_CHARACTER, /* VALUE */
	REGEX_ANY,
	REGEX_SET,    /* sets[VALUE] */
	REGEX_ASSERT, /* an enum regex_assertion in VALUE */
	REGEX_SAVE,   /* places[VALUE] is here */
	REGEX_JUMP,   /* OFFSET operations on */
	REGEX_SPLIT,  /* the next operation; or, as the second choice, OFFSET on */
	REGEX_REPEAT, /* OFFSET on; or, as the second choice, the next operation */
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
		int32_t offset; /* relative, so that a part of a program can be copied */
	};
};

struct regex_program {
	struct regex_op *ops;
	size_t count;
	struct regex_set *sets;
	size_t set_count;
	/* that are remembered: more than LIMIT_SCRIPT_MATCH_VARIABLES nobody can ask for */
	size_t groups;
	size_t work; /* that it was: about a nanosecond each, of a broken expression too */
	bool ignore_case;
	bool never; /* it is empty, and matches nothing: its expression is more than can be done */
};

/*
 * Compiles an extended regular expression (POSIX.1-2017 XBD 9.4), which is UTF-8. Time and memory
 * are bounded by LIMIT_REGEX_SIZE, whatever its counts are. False with a sentence in *WHY (from MEM
 * or constant) when it is no such expression. True with one when it hardly means what was meant, or
 * is more than can be done; otherwise *WHY is NULL.
 */
bool regex_parse(struct str pattern, struct regex_program *p, struct arena *mem, const char **why);

#endif
