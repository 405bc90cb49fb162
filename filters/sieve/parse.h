/*
 * The syntax tree of a script (RFC 5228 section 8.2). What a command means is not known here.
 * Reading goes on behind every error, so that all of them are told at once; nothing nests deeper
 * than the limit.
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
	PARSE_BAD, /* something stood there; its error is told */
};

struct parse_argument {
	enum parse_kind kind;
	struct lex_token token;    /* the first one of it */
	struct lex_token *strings; /* string: one; list: all */
	size_t count;
};

/* A command or test. */
struct parse_node {
	struct lex_token name;
	struct sv_place args_end; /* behind its name and arguments */
	struct sv_place end;      /* behind its tests as well */
	struct parse_argument *args;
	size_t arg_count;
	struct parse_node *tests;
	size_t test_count;
	bool test_list; /* the tests stand in parentheses */
	struct parse_node *block;
	size_t block_count;
	bool has_block;
	bool broken; /* an error was told, so that something may be missing in it */
};

struct parse_tree {
	struct parse_node *nodes;
	size_t count;
};

/* Parses SCRIPT, which must live as long as ERRORS->mem, where the tree is. */
struct parse_tree parse_script(
	struct str script, const struct sv_limits *limits, struct errors *errors);

/* Where a token stands. */
struct sv_place parse_place(const struct lex_token *t);

#endif
