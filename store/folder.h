/*
 * The names of folders: what a script or a person calls one, and the directory that it has below
 * the Maildir. Nothing else knows of namespaces, separators, layouts and encodings. The rules are
 * those of Dovecot, to the byte, as that may be who shows the folders (tests/e2e/names.sh compares
 * the two).
 */
#ifndef STORE_FOLDER_H
#define STORE_FOLDER_H

#include "base/arena.h"
#include "base/err.h"

/*
 * One name of the file system, and a whole path below the Maildir (the UID database has it as a
 * key): what would be longer is refused.
 */
enum { FOLDER_NAME_BYTES = 255, FOLDER_PATH_BYTES = 480 };

/* How folders lie below the Maildir. In the order of mda.conf's layout. */
enum folder_layout {
	FOLDER_FLAT,   /* Maildir++: Lists/Foo is the directory .Lists.Foo */
	FOLDER_NESTED, /* Dovecot's LAYOUT=fs: Lists/Foo */
};

struct folder_rules {
	enum folder_layout layout;
	/*
	 * What every folder's name but INBOX starts with, such as "INBOX."; its last byte is the
	 * separator.
	 */
	struct str prefix;
	/* a name without the prefix is one below it (Courier); else it is refused */
	bool without_prefix;
	char separator; /* 0: "/", and for FOLDER_FLAT "." as well */
	bool utf8;      /* directories are named in UTF-8, not in modified UTF-7 */
};

/*
 * From now on folders are named by RULES, whose prefix must stay. For the whole process, which
 * works for one mailbox at a time. At first: FOLDER_FLAT without a prefix.
 */
void folder_declare(const struct folder_rules *rules);
enum folder_layout folder_layout(void);

/*
 * The directory of FOLDER below the Maildir: "" for the INBOX, ".Lists.Foo" or "Lists/Foo" for
 * Lists/Foo. -1 when it is not in the namespace, a level is empty or reserved, a byte is a control
 * character or not UTF-8, or it is too long; so no name leads out of the Maildir.
 */
int folder_directory(struct str folder, struct arena *mem, struct str *directory, struct err *err);

/*
 * The name of a directory as people read it; "INBOX" for "". folder_directory() of it is DIRECTORY
 * again. What no name leads to, such as a directory that another program made, is given as it is,
 * below "./" where it could be taken for a name.
 */
struct str folder_name(struct str directory, struct arena *mem);

/* NAME of the configuration, which may leave out the namespace's prefix, with it. */
struct str folder_with_prefix(struct str name, struct arena *mem);

/* Is DIRECTORY that of the folder TOP, which has one level, or of one below it? */
bool folder_is_within(struct str directory, const char *top);

/*
 * Can a directory that is named so be a level of a folder? Else it is part of the mailbox itself,
 * such as cur.
 */
bool folder_is_level(struct str name);

/*
 * DIRECTORY's levels as they are on the disk, with SEPARATOR between them; 0: with the layout's
 * own.
 */
struct str folder_levels(struct str directory, char separator, struct arena *mem);

/*
 * Can it be the directory of a folder? Else a path that was kept, which may be damaged, leads
 * elsewhere.
 */
bool folder_is_directory(struct str directory);

/*
 * What FOLDER would be if it were written in modified UTF-7, as a person types it who has it from
 * an IMAP session. False when it does not look so.
 */
bool folder_looks_encoded(struct str folder, struct arena *mem, struct str *meaning);

#endif
