#include "mda/aside.h"

#include "base/io.h"
#include "mda/conf/user_become.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { STATUS_MOST = 100, FAILED };

void aside_free(struct aside *a)
{
	buf_free(&a->result);
	buf_free(&a->said);
}

/* If it failed, the error replaces what was to be printed. */
static void be_child(const struct user *account, aside_work *work, void *context, struct aside *a,
	const int files[2])
{
	struct err err;
	(void)prctl(PR_SET_PDEATHSIG, SIGTERM); /* fails only for a signal that does not exist */
	int status = user_become(account, &err);
	if (status == 0)
		status = work(context, a, &err);
	if (status >= 0 && io_write(files[0], buf_str(&a->result), "the result", &err) < 0)
		status = -1;
	struct str said = status < 0 ? str_of(err.text) : buf_str(&a->said);
	if (io_write(files[1], said, "the result", NULL) < 0)
		_exit(FAILED);
	_exit(status < 0 || status > STATUS_MOST ? FAILED : status);
}

static int wait_for(pid_t pid, struct err *err)
{
	int status;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return err_temp(err, "cannot wait for a process: %s", strerror(errno));
	if (!WIFEXITED(status))
		return err_temp(err, "the process that does the work died");
	return WEXITSTATUS(status);
}

static int read_back(int file, struct buf *to, struct err *err)
{
	if (lseek(file, 0, SEEK_SET) < 0)
		return err_temp(err, "cannot read a result: %s", strerror(errno));
	return io_read_all(file, SIZE_MAX / 2, to, "a result", err);
}

static int collect(pid_t pid, const int files[2], struct aside *a, struct err *err)
{
	int status = wait_for(pid, err);
	if (status < 0 || read_back(files[1], &a->said, err) < 0)
		return -1;
	if (status > STATUS_MOST) {
		err_temp(err, STR_FMT, STR_ARGS(str_slice(buf_str(&a->said), 0, 1000)));
		buf_clear(&a->said);
		return -1;
	}
	return read_back(files[0], &a->result, err) < 0 ? -1 : status;
}

int aside_run(const struct user *account, aside_work *work, void *context, struct aside *a,
	struct err *err)
{
	int files[2] = {memfd_create("result", MFD_CLOEXEC), memfd_create("said", MFD_CLOEXEC)};
	pid_t pid = files[0] < 0 || files[1] < 0 ? -1 : fork();
	if (pid == 0)
		be_child(account, work, context, a, files);
	int status = pid < 0 ? err_temp(err, "cannot start a process: %s", strerror(errno))
			     : collect(pid, files, a, err);
	for (size_t i = 0; i < 2; i++)
		if (files[i] >= 0)
			close(files[i]); /* in memory: nothing can be lost */
	return status;
}
