/* What the commands of mda-lists share. Each command is a row of a table, in a file of its own. */
#ifndef MDA_TOOLS_LISTS_LISTS_TOOL_H
#define MDA_TOOLS_LISTS_LISTS_TOOL_H

#include "filters/lists/list_text.h"
#include "mda/session.h"
#include "mda/tools/program.h"

/* Exit statuses other than 0 and 75. */
enum { LISTS_WRONG = 1 };

/* The command line. A pointer is NULL if its option was not given. */
struct lists_tool {
	const char *conf, *user, *original, *reason, *until, *unused;
	bool uses, dry_run, json, help, version;
	struct session session;      /* of the user of -d, or of nobody */
	const struct conf *settings; /* the session's: the user's, or the global ones */
	struct user owner;           /* owner of the lists, if `has_owner` */
	bool has_owner;
	const char *state;  /* the directory of the mailbox's state, if `has_owner` */
	struct str mailbox; /* the address whose lists they are; empty: nobody's */
	struct arena *mem;
};

struct lists_command {
	struct command is;
	/* The exit status, or -1 with *ERR filled. */
	int (*run)(struct lists_tool *tool, size_t count, char **words, struct err *err);
};

extern const struct lists_command lists_add, lists_remove, lists_show, lists_check, lists_test,
	lists_expire, lists_screened, lists_forget, lists_compile;

/* A list of the configuration, or a file. */
struct named_list {
	const char *name; /* its name on the command line */
	const char *path;
	bool is_global; /* the administrator's, not the user's */
	bool is_block, is_allow, is_aliases;
	/* the block list beside an allow list, or the allow list beside a block list; NULL: none */
	const char *opposite;
};

/* Finds the list for WORD: a name in the table, or a path with a slash. */
int lists_find(struct lists_tool *tool, const char *word, struct named_list *list, struct err *err);
/* Finds the lists for the words, or all lists if there are no words. *LISTS is in tool->mem. */
int lists_find_all(struct lists_tool *tool, size_t count, char **words, struct named_list **lists,
	size_t *found, struct err *err);
/* The seconds of --unused; 0: it was not given. -1 if it is not a time. */
int lists_unused(const struct lists_tool *tool, uint64_t *seconds, struct err *err);
/* Prints the names that lists_find() knows, for the usage. */
void lists_print_names(void);

/*
 * Gives up root's rights for good and becomes the owner of LIST: the owner of the mailbox of -d, or
 * else of the directory that the list is in. 0. 1 if root owns that directory: then the process is
 * still root's, and *ACCOUNT is the account that may read the list. -1 on error.
 */
int lists_become(const struct lists_tool *tool, const struct named_list *list, struct user *account,
	struct err *err);

/*
 * The same for reading the COUNT lists, but root's own lists are read by an account without rights.
 */
int lists_become_reader(const struct lists_tool *tool, const struct named_list *lists, size_t count,
	struct err *err);

#endif
