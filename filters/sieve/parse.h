/*
 * The syntax tree of a script (RFC 5228 section 8.2). It does not know what commands mean. Reading
 * continues after every error, so that all are reported at once. Nothing is nested deeper than the
 * limit.
 */
#ifndef FILTERS_SIEVE_PARSE_H
#define FILTERS_SIEVE_PARSE_H

#include "filters/sieve/errors.h"
#include "filters/sieve/lex.h"

enum parse_kind {
	PARSE_NUMBER,
	PARSE_STRING,
	PARSE_LIST,
	PARSE_TAG,
	PARSE_BAD, /* something that is wrong and was reported */
};

struct parse_argument {
	enum parse_kind kind;
	struct lex_token token;    /* its first token */
	struct lex_token *strings; /* string: one token; list: all of them */
	size_t count;
};

/* A command or test. */
struct parse_node {
	struct lex_token name;
	struct sv_place args_end; /* after its name and arguments */
	struct sv_place end;      /* after its tests too */
	struct parse_argument *args;
	size_t arg_count;
	struct parse_node *tests;
	size_t test_count;
	bool test_list; /* the tests are in parentheses */
	struct parse_node *block;
	size_t block_count;
	bool has_block;
	bool broken; /* an error in it was reported, so something may be missing */
};

struct parse_tree {
	struct parse_node *nodes;
	size_t count;
};

/* Parses SCRIPT, which must live as long as ERRORS->mem, which has the tree. */
struct parse_tree parse_script(
	struct str script, const struct sv_limits *limits, struct errors *errors);

/* The place of a token. */
struct sv_place parse_place(const struct lex_token *t);

#endif
