#include "mda/outgoing/background.h"

#include "base/companion.h"
#include "base/descriptors.h"
#include "base/handlers.h"
#include "base/log.h"
#include "base/path.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SPARE_SECONDS = 20 }; /* added to the time that the program may take */

/* ---- the process that runs it ---- */

/* Syslog is opened again, because its socket is closed with all others. */
static int keep_only_log(const char *log)
{
	struct err err;
	int file = log_descriptor(), null = path_open("/dev/null", O_RDWR, 0);
	unsigned kept = (unsigned)file;
	if (null < 0)
		return -1;
	for (int fd = 0; fd <= STDERR_FILENO; fd++)
		if (dup2(null, fd) < 0)
			return -1;
	if (file < 0)
		log_close();
	descriptors_close(STDERR_FILENO + 1, &kept, file >= 0);
	return file < 0 && strcmp(log, "syslog") == 0 ? log_open(log, &err) : 0;
}

static void run(const struct extprogram *p, struct str recipient)
{
	struct arena *mem = arena_new();
	struct extprogram_result r;
	struct err err;
	if (extprogram_run(p, mem, &r, &err) < 0)
		log_say(LOG_LEVEL_WARNING, "note", "%.*s: %s", STR_ARGS(recipient), err.text);
	else if (r.status != 0)
		log_say(LOG_LEVEL_WARNING, "note",
			"%.*s: the program \"" STR_FMT "\" ended with status %d%s" STR_FMT,
			STR_ARGS(recipient), STR_ARGS(p->name), r.status, r.complaint.n ? ": " : "",
			STR_ARGS(r.complaint));
	arena_free(mem);
}

/* An orphan belongs to init, so that nobody here has to wait for its end. */
static _Noreturn void part(const struct extprogram *p, const char *log, struct str recipient)
{
	companion_set(0);
	handlers_reset();
	if (setsid() < 0)
		_exit(1);
	pid_t pid = fork();
	if (pid != 0)
		_exit(pid < 0);
	alarm(p->seconds + SPARE_SECONDS);
	if (keep_only_log(log) == 0)
		run(p, recipient);
	_exit(0);
}

/* ---- the process that starts it ---- */

int background_run(
	const struct extprogram *p, const char *log, struct str recipient, struct err *err)
{
	int status = 0;
	pid_t pid = fork();
	if (pid == 0)
		part(p, log, recipient);
	if (pid < 0)
		return err_temp(err, "cannot start a process: %s", strerror(errno));
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return err_temp(err, "cannot wait for a process: %s", strerror(errno));
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		return err_temp(err, "a process for the program \"" STR_FMT "\" did not start",
			STR_ARGS(p->name));
	return 0;
}
