/* What the commands of mda-sieve share. Each command is a row of a table, in a file of its own. */
#ifndef MDA_TOOLS_SIEVE_SIEVE_TOOL_H
#define MDA_TOOLS_SIEVE_SIEVE_TOOL_H

#include "base/json.h"
#include "filters/sieve/engine.h"
#include "mda/session.h"
#include "mda/tools/program.h"
#include "mda/trace.h"

/* Exit statuses other than 0 and 75. */
enum { SIEVE_WRONG = 1 };

/* The command line. A pointer is NULL if its option was not given. */
struct sieve_tool {
	const char *conf, *user, *maildir;
	const char *sender, *recipient, *original, *submitter, *at;
	bool json, trace, in_place, programs, help, version;
	struct session session;      /* of the user of -d, or of nobody */
	const struct conf *settings; /* the session's: the user's, or the defaults */
	const long long *now;        /* the time of --at; NULL: not given */
	bool has_owner;              /* the session's user is the owner of the mailbox */
	struct sieve_input *inputs;
	size_t input_count;
	const struct sv_engine *engine;
	struct arena *mem;
};

/* A file that root opened before it gave up its rights; PATH is as on the command line. */
struct sieve_input {
	const char *path;
	int fd;
};

struct sieve_command {
	struct command is;
	/* The exit status, or -1 with *ERR filled. */
	int (*run)(struct sieve_tool *tool, size_t count, char **words, struct err *err);
};

extern const struct sieve_command sieve_check, sieve_test, sieve_capabilities, sieve_fmt;

/* A script and its errors and warnings. */
struct sieve_script {
	struct str name, text;
	struct sv_errors errors;
	struct sv_script *compiled; /* NULL: it has errors, or was not compiled */
};

struct delivery;
struct verdict;

/* The callbacks that the engine needs. D, with its verdict V, and TRACE may be NULL. */
const struct sv_host *sieve_host(
	struct sieve_tool *tool, const struct delivery *d, struct verdict *v, struct trace *trace);

/*
 * Opens those of the COUNT files that belong to root, and then gives up root's rights: for those of
 * the user of -d, or else of the owner of the first other file, or else of an account without
 * rights. Does nothing if the process is not root's.
 */
int sieve_become(struct sieve_tool *tool, size_t count, char **words, struct err *err);
/* Opens PATH for reading, or returns it from the files that root opened. */
int sieve_open(const struct sieve_tool *tool, const char *path, struct err *err);

/* Reads the script at PATH; "-" is standard input. */
int sieve_read(struct sieve_tool *tool, const char *path, struct sieve_script *s, struct err *err);
/* Reads and compiles a script for HOST. -1 only if it cannot be read. */
int sieve_compile(struct sieve_tool *tool, const char *path, const struct sv_host *host,
	struct sieve_script *s, struct err *err);

/* Appends the errors, each with its line; with WARNINGS, the warnings too. */
void sieve_tell(const struct sieve_script *s, bool warnings, struct buf *to);
/* Appends the key "errors" or "warnings" with its array. */
void sieve_tell_json(const char *key, const struct diag *items, size_t count, struct json *json);

#endif
