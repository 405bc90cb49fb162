/*
 * Writing the Sieve script that another program's rules become. What cannot be converted exactly is
 * kept as a comment, and reported.
 */
#ifndef MDA_TOOLS_CONVERT_CONVERT_H
#define MDA_TOOLS_CONVERT_CONVERT_H

#include "base/arena.h"
#include "base/buf.h"

#include <stdbool.h>

enum {
	CONVERT_LARGEST = 1 << 20, /* bytes of a file */
	CONVERT_NESTING = 12,      /* levels of blocks; deeper ones are comments */
	CONVERT_TEXT = 4096,       /* bytes of a text with its variables */
	CONVERT_INCLUDED = 64,     /* files that are included */
	CONVERT_MATCH = '\001',    /* in a value: what is found when mail comes, ${match} */
};

/* What the script requires. */
enum convert_needs {
	NEEDS_FILEINTO = 1,
	NEEDS_MAILBOX = 2,
	NEEDS_COPY = 4,
	NEEDS_REGEX = 8,
	NEEDS_BODY = 16,
	NEEDS_ENVELOPE = 32,
	NEEDS_VARIABLES = 64,
};

struct convert_problem {
	struct str file; /* one that is included; else empty */
	size_t line;
	struct str reason;
};

struct convert {
	struct arena *mem;
	struct str home;   /* that of the rules' owner; empty if it is not known */
	struct str file;   /* which file is included; empty: none */
	struct str source; /* the whole file */
	struct buf out;    /* the script without its first line */
	unsigned needs;
	size_t line_at, line; /* a place whose line is known, and that line from 0 on */
	unsigned level;       /* of blocks: how far lines are indented */
	unsigned included;    /* how many files */
	size_t included_bytes;
	unsigned match;    /* the group of the last test that is procmail's $MATCH; 0: none */
	struct str reason; /* why something is not converted */
	struct convert_problem *problems;
	size_t problem_count;
};

/* ---- from the languages: one file each ---- */

/* Converts all of SOURCE into OUT. */
void convert_procmail(struct convert *c);
void convert_maildrop(struct convert *c);
void convert_fdm(struct convert *c);

/* ---- for them ---- */

/* The reason for which something is not converted; returns false. */
bool convert_fail(struct convert *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* A state to which the script can be set back, if what was written since is not to be there. */
struct convert_mark {
	size_t bytes, problems;
	unsigned needs;
};
struct convert_mark convert_mark(const struct convert *c);
void convert_reset(struct convert *c, struct convert_mark mark);

/* A line of the script, indented. */
void convert_line(struct convert *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The bytes FROM to TO of the source as a comment, with the reason of convert_fail(). */
void convert_comment(struct convert *c, size_t from, size_t to);
/*
 * Has READ(OF) read the file PATH, which is in HOME or absolute, in the place of the source. False
 * after convert_fail().
 */
bool convert_include(struct convert *c, struct str path, void (*read)(void *of), void *of);
/* The number of the line at this place of the source. */
size_t convert_line_number(struct convert *c, size_t at);

/* TEXT in quotation marks, in MEM; what cannot be in a script makes convert_fail() and is empty. */
struct str convert_string(struct convert *c, struct str text);
/* One string, or several in brackets; empty after convert_fail(). */
struct str convert_strings(struct convert *c, const struct str *items, size_t count);
/* "allof (A, B)", or the one test of the list. */
struct str convert_tests(
	struct convert *c, const char *word, const struct str *items, size_t count);

/* The command that files into FOLDER (levels separated by '/'), with or without a copy. */
bool convert_fileinto(struct convert *c, struct str folder, bool copy);
/* The command that sends the message on. */
bool convert_redirect(struct convert *c, struct str address, bool copy);

/*
 * The folder that a path of the other program's is, below the Maildir MAILDIR: "" is the INBOX.
 * False with a reason when it is not one of mda's.
 */
bool convert_folder(struct convert *c, struct str path, struct str maildir, struct str *folder);

/* The whole script: a head, what it requires, and OUT. */
void convert_finish(struct convert *c, const char *from, struct buf *script);

#endif
