/*
 * For LD_PRELOAD under valgrind: the child that judges is not killed after its answer, because it
 * ends by itself a moment later and valgrind prints its counts only at its end.
 */
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

int kill(pid_t pid, int signal)
{
	return signal == SIGKILL ? 0 : (int)syscall(SYS_kill, pid, signal);
}
