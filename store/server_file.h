/*
 * Replaces a file of the IMAP server's beside the messages, while its lock is held: a new file is
 * written under a temporary name, synced, and takes the place of the old one in one step.
 */
#ifndef STORE_SERVER_FILE_H
#define STORE_SERVER_FILE_H

#include "base/err.h"

/*
 * Opens TEMPORARY, empty, with the mode and group of its directory DIR. One that was left there is
 * removed. Returns the descriptor, or -1.
 */
int server_file_start(int dir, const char *temporary, struct err *err);

/*
 * Syncs and closes FD and renames it to FILE. WRITTEN says whether it was written completely. On
 * failure it returns -1 and removes the temporary file.
 */
int server_file_finish(
	int dir, const char *temporary, const char *file, int fd, bool written, struct err *err);

#endif
