/*
 * What the pairs*.c files share: random numbers, and the words from which scripts and messages are
 * made, so that they match each other.
 */
#ifndef TESTS_LIB_PAIRS_INSIDE_H
#define TESTS_LIB_PAIRS_INSIDE_H

#include "tests/lib/pairs.h"

#define COUNT(list)     (sizeof(list) / sizeof *(list))
#define ONE_OF(p, list) ((list)[below((p), COUNT(list))])

/* splitmix64: any seed works. */
static inline uint64_t next(struct pair *p)
{
	uint64_t z = (p->chance += 0x9e3779b97f4a7c15ULL);
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
}

static inline size_t below(struct pair *p, size_t n)
{
	return (size_t)(next(p) % n);
}

static inline bool one_in(struct pair *p, size_t n)
{
	return below(p, n) == 0;
}

static inline bool is_full(const struct pair *p)
{
	return p->dialect == PAIRS_FULL;
}

/* References to variables and encoded characters; in a message they are plain text. */
enum { PAIR_EXPRESSIONS = 20 };
extern const char *const pair_expressions[PAIR_EXPRESSIONS];

/* Names of fields, and a text as it is written in a quoted string of a script. */
const char *pair_text_header(struct pair *p);
const char *pair_address_header(struct pair *p);
const char *pair_text(struct pair *p);

void pair_make_message(struct pair *p);
/* A body with parts. Their header is at the end of the message so far. */
void pair_make_parts(struct pair *p);

/* ---- words of the script ---- */

static inline void put(struct pair *p, const char *words)
{
	buf_text(&p->script, words);
}

static inline void put_string(struct pair *p, const char *string)
{
	buf_fmt(&p->script, "\"%s\"", string);
}

/* A string, or a list of up to three. */
void put_strings(struct pair *p, const char *(*choose)(struct pair *p));

/* ---- tests and commands of extensions that look at the parts of a message ---- */

void pair_body_test(struct pair *p);
void pair_mime_test(struct pair *p);
void pair_regex_test(struct pair *p);
void pair_small_test(struct pair *p);
void pair_small_command(struct pair *p);
void pair_edit(struct pair *p);
void pair_loop(struct pair *p);
void pair_answer(struct pair *p);

/* ---- scripts in other places (pairs_scripts.c) ---- */

/* Some commands of a script, after the `require` that they need (pairs.c). */
void pair_commands(struct pair *p, size_t n);
void pair_require(struct pair *p);
void pair_include(struct pair *p);
/* Scripts to include, and scripts to run before and after. */
void pair_make_included(struct pair *p);
void pair_make_others(struct pair *p);

#endif
