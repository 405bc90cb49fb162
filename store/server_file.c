#include "store/server_file.h"

#include "base/beneath.h"
#include "base/io.h"
#include "base/share.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int server_file_start(int dir, const char *temporary, struct err *err)
{
	const int how = O_WRONLY | O_CREAT | O_EXCL;
	beneath_unlink(dir, temporary); /* left by a writer that died: we have the lock */
	int fd = share_open(dir, temporary, how, dir, SHARE_MAIL);
	if (fd < 0)
		return err_temp(err, "cannot create %s: %s", temporary, beneath_why(errno));
	return fd;
}

static int put_in_place(int dir, const char *temporary, const char *file, struct err *err)
{
	if (beneath_rename(dir, temporary, dir, file) < 0)
		return err_temp(err, "cannot replace %s: %s", file, beneath_why(errno));
	return io_fsync(dir, "the folder", err);
}

int server_file_finish(
	int dir, const char *temporary, const char *file, int fd, bool written, struct err *err)
{
	int r = written ? io_fsync(fd, temporary, err) : -1;
	if (io_close(fd, temporary, r == 0 ? err : NULL) < 0)
		r = -1;
	if (r == 0)
		r = put_in_place(dir, temporary, file, err);
	if (r < 0)
		beneath_unlink(dir, temporary); /* the first error is reported */
	return r;
}
