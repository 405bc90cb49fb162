/* mda-lists: what its commands have in common. Each is a row, in a file of its own. */
#ifndef MDA_TOOLS_LISTS_LISTS_TOOL_H
#define MDA_TOOLS_LISTS_LISTS_TOOL_H

#include "filters/lists/list_text.h"
#include "mda/conf/conf.h"
#include "mda/conf/user.h"
#include "mda/tools/program.h"

/* Exit statuses beside 0 and 75. */
enum { LISTS_WRONG = 1 };

/* What the command line asks for. Pointers are NULL where nothing was said. */
struct lists_tool {
	const char *conf, *user, *original, *reason, *until;
	bool json, help, version;
	const struct conf *settings; /* of the user, or the global ones */
	struct user owner;           /* of the lists; when `has_owner` */
	bool has_owner;
	struct str mailbox; /* the address whose lists they are; empty: nobody's */
	struct arena *mem;
};

struct lists_command {
	struct command is;
	/* The exit status, or -1 with *ERR filled. */
	int (*run)(struct lists_tool *tool, size_t count, char **words, struct err *err);
};

extern const struct lists_command lists_add, lists_remove, lists_show, lists_check, lists_test,
	lists_compile;

/* A list of the configuration, or a file. */
struct named_list {
	const char *name; /* as it is called on the command line */
	const char *path;
	bool is_global; /* the admin's, not the user's */
	bool is_block, is_allow, is_aliases;
	/* the path of the block list beside an allow list, and the other way; NULL: none */
	const char *opposite;
};

/* The list that WORD means: a name of the table, or a path with a slash in it. */
int lists_find(struct lists_tool *tool, const char *word, struct named_list *list, struct err *err);
/* Those that the words mean; without any, all that there are. In *LISTS, which is tool->mem's. */
int lists_find_all(struct lists_tool *tool, size_t count, char **words, struct named_list **lists,
	size_t *found, struct err *err);
/* The names that lists_find() knows, for the usage. */
void lists_print_names(void);

/*
 * Gives up root's rights for those of the list's owner, for good: of the mailbox of -d, else of the
 * directory that the list is in. 0; 1 when that is root's own, and *ACCOUNT then says who may look
 * into it: the process is still root's. -1 on error.
 */
int lists_become(const struct lists_tool *tool, const struct named_list *list, struct user *account,
	struct err *err);

/*
 * The same to read the COUNT lists, without that exception: root's own are read by an account
 * without rights.
 */
int lists_become_reader(const struct lists_tool *tool, const struct named_list *lists, size_t count,
	struct err *err);

#endif
