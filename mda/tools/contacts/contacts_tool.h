/*
 * What the commands of mda-contacts share. Each command is a row of a table, in a file of its own.
 */
#ifndef MDA_TOOLS_CONTACTS_CONTACTS_TOOL_H
#define MDA_TOOLS_CONTACTS_CONTACTS_TOOL_H

#include "filters/label/contacts.h"
#include "filters/label/contacts_known.h"
#include "mda/conf/mailboxes.h"
#include "mda/session.h"
#include "mda/tools/program.h"

/* Exit statuses other than 0 and 75. */
enum { CONTACTS_WRONG = 1 };

/* The command line. A pointer is NULL if its option was not given. */
struct contacts_tool {
	const char *conf, *user, *name, *format, *auth;
	bool all, json, help, version;
	struct session session;      /* contacts_open() fills it */
	const struct conf *settings; /* of the mailbox */
	struct mailbox mailbox;
	struct contacts contacts; /* where they are */
	struct str key;           /* the person's own address_key() */
	struct arena *mem;
};

struct contacts_command {
	struct command is;
	/* The exit status, or -1 with *ERR filled. */
	int (*run)(struct contacts_tool *tool, size_t count, char **words, struct err *err);
};

extern const struct contacts_command contacts_list, contacts_export, contacts_add, contacts_remove,
	contacts_import, contacts_learn, contacts_sent, contacts_compile, contacts_why;

/*
 * Finds the mailbox of -d or -r, or of the user who runs the program, and its contacts. Takes over
 * its owner's rights.
 */
int contacts_open(struct contacts_tool *tool, struct err *err);
/* The same for a mailbox that is known. CONF must outlive TOOL. */
int contacts_open_mailbox(struct contacts_tool *tool, const struct mailbox *m,
	const struct conf *conf, struct err *err);

/*
 * The contacts that a person has added and removed, opened for changes. The mailbox must be open.
 * NULL on error.
 */
struct known_changes *contacts_change(struct contacts_tool *tool, struct err *err);

/* The address_key() of an address that a person typed. -1 if it is not an address. */
int contacts_key(
	const struct contacts_tool *tool, const char *word, struct str *key, struct err *err);

/* "2026-11-24", in MEM; empty for 0. */
struct str contacts_day(int64_t seconds, struct arena *mem);

#endif
