#include "mda/outgoing/extprogram_child.h"

#include "base/descriptors.h"
#include "base/limits.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

/* The descriptor numbers of the program's file and of the status. */
enum { FILE_PLACE = STDERR_FILENO + 1, STATUS_PLACE, ABOVE };

static _Noreturn void give_up(int status)
{
	int e = errno;
	(void)!write(status, &e, sizeof e); /* the parent also sees that the process ended */
	_exit(126);
}

/*
 * Moves each descriptor to its place and closes all others. They are first moved above all places,
 * because one may have the number of another's place.
 */
static int place_descriptors(const struct extprogram_child *c)
{
	int from[ABOVE] = {c->input, c->output, c->complaint, c->file, c->status};
	for (int i = 0; i < ABOVE; i++)
		if ((from[i] = fcntl(from[i], F_DUPFD_CLOEXEC, ABOVE)) < 0)
			return -1;
	for (int i = 0; i < ABOVE; i++)
		if (dup3(from[i], i, i > STDERR_FILENO ? O_CLOEXEC : 0) < 0)
			return -1;
	descriptors_close(ABOVE, NULL, 0);
	return 0;
}

/* A lower limit stays. */
static int set_limit(__rlimit_resource_t resource, rlim_t soft, rlim_t hard)
{
	struct rlimit old;
	if (getrlimit(resource, &old) < 0)
		return -1;
	struct rlimit limit = {soft < old.rlim_max ? soft : old.rlim_max,
		hard < old.rlim_max ? hard : old.rlim_max};
	return setrlimit(resource, &limit);
}

/*
 * The number of processes is not limited: that counts all processes of the user, so other programs
 * would fail.
 */
static int limit(const struct extprogram *p)
{
	if (set_limit(RLIMIT_CPU, p->seconds, (rlim_t)p->seconds + 1) < 0 ||
		set_limit(RLIMIT_AS, p->memory, p->memory) < 0 ||
		set_limit(RLIMIT_FSIZE, LIMIT_PROGRAM_FILE, LIMIT_PROGRAM_FILE) < 0)
		return -1;
	return set_limit(RLIMIT_CORE, 0, 0);
}

static int reset_signals(void)
{
	sigset_t none;
	for (int i = 1; i < NSIG; i++)
		signal(i, SIG_DFL); /* fails for SIGKILL and SIGSTOP, which have no handler */
	return sigemptyset(&none) < 0 || sigprocmask(SIG_SETMASK, &none, NULL) < 0 ? -1 : 0;
}

/*
 * A session of its own, so that its whole group can be killed, and it has no terminal to read from.
 */
static int part_from_parent(const struct extprogram_child *c)
{
	if (setsid() < 0 || prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || reset_signals() < 0)
		return -1;
	/* The parent may have died before that call. */
	if (getppid() != c->parent)
		_exit(126);
	return c->program->only_ours ? prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) : 0;
}

/*
 * The interpreter of a script opens the script by this descriptor, so it must stay open in that
 * case.
 */
static void start(const struct extprogram_child *c)
{
	execveat(FILE_PLACE, "", c->arguments, c->environment, AT_EMPTY_PATH);
	if (errno == ENOENT && fcntl(FILE_PLACE, F_SETFD, 0) == 0)
		execveat(FILE_PLACE, "", c->arguments, c->environment, AT_EMPTY_PATH);
}

_Noreturn void extprogram_child(const struct extprogram_child *c)
{
	if (part_from_parent(c) < 0 || place_descriptors(c) < 0)
		give_up(c->status);
	umask(077);
	if ((chdir(c->program->start_in) == 0 || chdir("/") == 0) && limit(c->program) == 0)
		start(c);
	give_up(STATUS_PLACE);
}
