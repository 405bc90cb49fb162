/* mda-sieve: what its commands have in common. Each is a row, in a file of its own. */
#ifndef MDA_TOOLS_SIEVE_SIEVE_TOOL_H
#define MDA_TOOLS_SIEVE_SIEVE_TOOL_H

#include "filters/sieve/engine.h"
#include "mda/conf/conf.h"
#include "mda/conf/template.h"
#include "mda/conf/user.h"
#include "mda/tools/program.h"
#include "mda/trace.h"

/* Exit statuses beside 0 and 75. */
enum { SIEVE_WRONG = 1 };

/* What the command line asks for. Pointers are NULL where nothing was said. */
struct sieve_tool {
	const char *conf, *user, *maildir;
	const char *sender, *recipient, *original, *submitter, *at;
	bool json, trace, in_place, programs, help, version;
	const struct conf *settings;  /* of the user, or the defaults */
	const long long *now;         /* what AT says; NULL: nothing */
	struct template_values names; /* of the user, for paths */
	struct user owner;            /* of the mailbox, when `has_owner` */
	bool has_owner;
	struct sieve_input *inputs;
	size_t input_count;
	const struct sv_engine *engine;
	struct arena *mem;
};

/* A file that root opened before it became somebody else; PATH is as on the command line. */
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

/* A script as it was read, and what was found wrong with it. */
struct sieve_script {
	struct str name, text;
	struct sv_errors errors;
	struct sv_script *compiled; /* NULL: it is wrong, or was not compiled */
};

struct delivery;

/* What the engine may ask while scripts are looked at. D and TRACE may be NULL. */
const struct sv_host *sieve_host(struct sieve_tool *tool, struct delivery *d, struct trace *trace);

/*
 * Root opens those of the COUNT files that are its own, and gives up its rights for those of the
 * user of -d, else of the owner of the first other file, else of an account without any. Does
 * nothing for who is not root.
 */
int sieve_become(struct sieve_tool *tool, size_t count, char **words, struct err *err);
/* Opens PATH for reading, or takes it from those that were opened so. */
int sieve_open(const struct sieve_tool *tool, const char *path, struct err *err);

/* Reads the script at PATH; "-" is standard input. */
int sieve_read(struct sieve_tool *tool, const char *path, struct sieve_script *s, struct err *err);
/* Reads and compiles it for HOST. -1 only when it cannot be read. */
int sieve_compile(struct sieve_tool *tool, const char *path, const struct sv_host *host,
	struct sieve_script *s, struct err *err);

/* Appends what is wrong with it, each with its line; WARNINGS: and what it should be warned of. */
void sieve_tell(const struct sieve_script *s, bool warnings, struct buf *to);
/* Appends the key "errors" or "warnings" with its list. */
void sieve_tell_json(const char *key, const struct diag *items, size_t count, struct buf *to);

#endif
