/*
 * Replacing a file of the IMAP server's beside the messages, with its lock held: a new one is
 * written under its temporary name and takes the place of the old one, whole and on the disk.
 */
#ifndef STORE_SERVER_FILE_H
#define STORE_SERVER_FILE_H

#include "base/err.h"

/*
 * Opens TEMPORARY, empty, with mode and group from the directory DIR that it is in; one that was
 * left there goes. The descriptor, or -1.
 */
int server_file_start(int dir, const char *temporary, struct err *err);

/*
 * Syncs and closes FD and gives it the name FILE; WRITTEN tells whether it is whole. On failure -1,
 * and it is gone.
 */
int server_file_finish(
	int dir, const char *temporary, const char *file, int fd, bool written, struct err *err);

#endif
