/*
 * For LD_PRELOAD, where valgrind counts: the child that judges is not killed once it has answered,
 * as it ends by itself a moment later, and what it took is printed at its end only.
 */
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

int kill(pid_t pid, int signal)
{
	return signal == SIGKILL ? 0 : (int)syscall(SYS_kill, pid, signal);
}
