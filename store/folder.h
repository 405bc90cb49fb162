/*
 * The names of folders: what a script or a person calls a folder, and the directory below the
 * Maildir that it has. Only this file knows about namespaces, separators, layouts and encodings.
 * The rules are Dovecot's, to the byte, because Dovecot may be what shows the folders
 * (tests/e2e/names.sh compares the two).
 */
#ifndef STORE_FOLDER_H
#define STORE_FOLDER_H

#include "base/arena.h"
#include "base/err.h"

/*
 * The most bytes of one file name, and of a whole path below the Maildir, which is a key of the UID
 * database. Longer names are refused.
 */
enum { FOLDER_NAME_BYTES = 255, FOLDER_PATH_BYTES = 480 };

/* How folders are arranged below the Maildir. The order is that of mda.conf's layout. */
enum folder_layout {
	FOLDER_FLAT,   /* Maildir++: Lists/Foo is the directory .Lists.Foo */
	FOLDER_NESTED, /* Dovecot's LAYOUT=fs: Lists/Foo */
};

struct folder_rules {
	enum folder_layout layout;
	/*
	 * What every folder's name except INBOX starts with, such as "INBOX."; its last byte is the
	 * separator.
	 */
	struct str prefix;
	/* a name without the prefix is below it (Courier); else it is refused */
	bool without_prefix;
	char separator; /* 0: "/", and for FOLDER_FLAT "." as well */
	bool utf8;      /* directories are named in UTF-8, not in modified UTF-7 */
};

/*
 * From now on RULES apply, for the whole process, which works for one mailbox at a time. The prefix
 * must stay allocated. The default is FOLDER_FLAT without a prefix.
 */
void folder_declare(const struct folder_rules *rules);
enum folder_layout folder_layout(void);

/*
 * Sets *DIRECTORY, in MEM, to the directory of FOLDER below the Maildir: "" for the INBOX,
 * ".Lists.Foo" or "Lists/Foo" for Lists/Foo. -1 when the name is not in the namespace, has an empty
 * or reserved level, a control character or bytes that are not UTF-8, or is too long. So no name
 * leads out of the Maildir.
 */
int folder_directory(struct str folder, struct arena *mem, struct str *directory, struct err *err);

/*
 * The name of a directory as people read it; "INBOX" for "". folder_directory() of it gives
 * DIRECTORY again. A directory that no name leads to, such as one that another program made, is
 * returned as it is, with "./" in front where it could be mistaken for a name.
 */
struct str folder_name(struct str directory, struct arena *mem);

/*
 * NAME from the configuration with the namespace's prefix, which the configuration may leave out.
 */
struct str folder_with_prefix(struct str name, struct arena *mem);

/* Is DIRECTORY that of the folder TOP, which has one level, or of a folder below it? */
bool folder_is_within(struct str directory, const char *top);

/*
 * May a directory with this name be a level of a folder? If not, it is part of the mailbox itself,
 * such as cur.
 */
bool folder_is_level(struct str name);

/*
 * DIRECTORY's levels as they are on the disk, with SEPARATOR between them. 0: the layout's own
 * separator.
 */
struct str folder_levels(struct str directory, char separator, struct arena *mem);

/*
 * May DIRECTORY be the directory of a folder? A recorded path may be damaged and lead somewhere
 * else.
 */
bool folder_is_directory(struct str directory);

/*
 * If FOLDER looks like modified UTF-7, as people type it who copy it from an IMAP session, sets
 * *MEANING to the decoded name and returns true.
 */
bool folder_looks_encoded(struct str folder, struct arena *mem, struct str *meaning);

#endif
