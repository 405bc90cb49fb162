/*
 * The messages of a Maildir or an mbox file: which there are, and their bytes. Nothing is changed,
 * and no link is followed.
 */
#ifndef MDA_TOOLS_REFILE_REFILE_MAIL_H
#define MDA_TOOLS_REFILE_REFILE_MAIL_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

#include <stdint.h>

struct refile_folder {
	struct str directory; /* below the Maildir; of an mbox file, its path */
	struct str name;      /* as people and rules call it; empty for the INBOX */
	int parts[2];         /* its directories new and cur; -1: not there */
	size_t count;         /* of messages */
};

/* A larger message is not judged. */
enum { REFILE_LARGEST = 128 << 20 };

struct refile_message {
	uint32_t folder; /* its number in the list of folders */
	bool in_cur;
	const char *file; /* its name; NULL in an mbox */
	uint64_t offset, size;
};

struct refile_mail {
	int root;        /* the Maildir, or -1 */
	struct str mbox; /* the whole file, mapped */
	struct refile_folder *folders;
	size_t folder_count;
	struct refile_message *messages; /* by folder, each in the order of arrival */
	size_t message_count;
	struct arena *mem;
};

/*
 * Lists the messages of the FOLDERS (names of folders) of the Maildir PATH. Without any, of all
 * folders but those of PASSED. MAIL->mem must be set. -1 on error, or if a folder is not there.
 */
int refile_mail_list(struct refile_mail *mail, const char *path, const struct str_list *folders,
	const struct str_list *passed, struct err *err);
/* Lists the messages of the open mbox file FD, called NAME, and closes FD. */
int refile_mail_list_mbox(struct refile_mail *mail, int fd, const char *name, struct err *err);
void refile_mail_close(struct refile_mail *mail);

/*
 * Puts the header of the message into *TO, with the blank line after it, or with WHOLE all of the
 * message. A compressed file is unpacked. 1; 0 if the file is gone; -1 if it cannot be read, or if
 * that is more than REFILE_LARGEST.
 */
int refile_mail_read(const struct refile_mail *mail, const struct refile_message *m, bool *whole,
	struct buf *to, struct err *err);

/* The name of the message for people: its file, or its place in the mbox. In MEM. */
struct str refile_mail_name(
	const struct refile_mail *mail, const struct refile_message *m, struct arena *mem);

#endif
