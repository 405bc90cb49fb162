#include "tests/bench/traced.h"

#include <signal.h>
#include <stdio.h>
#include <sys/personality.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	OPTIONS = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
		  PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL
};

static int run(char **argv)
{
	personality(ADDR_NO_RANDOMIZE);
	if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0)
		return 1;
	raise(SIGSTOP);
	execvp(argv[0], argv);
	perror(argv[0]);
	return 1;
}

pid_t traced_start(const char *name, char **argv)
{
	int status;
	pid_t pid = fork();
	if (pid == 0)
		_exit(run(argv));
	if (pid > 0 && waitpid(pid, &status, 0) == pid && WIFSTOPPED(status) &&
		ptrace(PTRACE_SETOPTIONS, pid, NULL, OPTIONS) == 0)
		return pid;
	fprintf(stderr, "%s: a process cannot be traced here\n", name);
	return -1;
}
