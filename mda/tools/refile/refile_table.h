/*
 * What the rules would change, counted: the result of mda-try, and the plan of mda-apply. How it is
 * shown is not known here.
 */
#ifndef MDA_TOOLS_REFILE_REFILE_TABLE_H
#define MDA_TOOLS_REFILE_REFILE_TABLE_H

#include "mda/tools/refile/refile_mail.h"
#include "mda/tools/refile/refile_session.h"

/* In what an outcome differs from the old one, as bits. */
enum {
	REFILE_FOLDER = 1,
	REFILE_FLAGS = 2,
	REFILE_DISCARD = 4,
	REFILE_REFUSAL = 8,
	REFILE_REDIRECT = 16,
	REFILE_ANSWER = 32, /* a vacation answer, a notification */
	REFILE_PROGRAM = 64,
	REFILE_FAILURE = 128, /* a delivery would be put off */
};
enum { REFILE_DIFFERENCES = 8 };
/* Their names, in the order of the bits: "folder" and so on. */
extern const char *const refile_table_differences[REFILE_DIFFERENCES];

/* A message that is shown. */
struct refile_example {
	struct str folder, file, from, subject, message_id, reason;
	uint64_t date; /* seconds since 1970; 0: unknown */
	unsigned differs;
	size_t number; /* of the message in the mail */
};

/* The messages with one old and one new outcome: a row of the table. */
struct refile_row {
	struct str old, new;             /* "INBOX", "Lists/a + Work", "(discarded)" */
	size_t count, changed;           /* CHANGED: how many differ */
	struct refile_example *examples; /* the first that differ; the first when none does */
	size_t example_count;
};

struct refile_tally {
	struct refile_rule rule;
	size_t tested, matched; /* messages */
};

struct refile_note {
	struct str text;
	size_t count; /* messages */
	/* If the text begins with "FILE:LINE:COLUMN: ", its parts; else FILE is empty. */
	struct str file;
	unsigned line, column;
};

struct refile_failure {
	struct str folder, file, why;
};

struct refile_table {
	struct arena *mem;
	size_t examples_most;    /* of a row */
	struct refile_row *rows; /* after refile_table_sort() with the most messages first */
	size_t row_count;
	struct refile_tally *rules; /* after it by script and line */
	size_t rule_count;
	struct refile_note *notes;
	size_t note_count;
	struct refile_failure *failures; /* messages that could not be read or judged */
	size_t failure_count;
	size_t judged, changed, gone;
	size_t differences[REFILE_DIFFERENCES]; /* messages that differ in each of them */
};

/* Counts the message M of MAIL. COMPARED: its old outcome was judged too; else it is its folder. */
void refile_table_add(struct refile_table *t, const struct refile_mail *mail, size_t m,
	const struct refile_judged *judged, bool compared);
/* M was not judged; WHY empty: it is gone. */
void refile_table_fail(
	struct refile_table *t, const struct refile_mail *mail, size_t m, struct str why);
void refile_table_sort(struct refile_table *t);

/* The outcome in words, as in a row. In MEM. */
struct str refile_table_words(const struct refile_outcome *o, struct arena *mem);

#endif
