/*
 * steps PROGRAM [ARGUMENT...]: runs the program on its own standard input, an instruction at a
 * time, and prints how many the program and all its children have executed. Unlike valgrind, it has
 * the instructions of this processor, such as those for SHA-256. Exit status: the program's; 1 if
 * it cannot be counted.
 */
#include "tests/bench/traced.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

static long steps;

/* Counts the stop; returns the signal to pass on to the process. */
static int hear(int status)
{
	int event = status >> 16, signal = WSTOPSIG(status);
	if (event == PTRACE_EVENT_EXEC)
		steps = 0; /* until now, it was this program */
	if (event || signal == SIGSTOP)
		return 0;
	steps += signal == SIGTRAP;
	return signal == SIGTRAP ? 0 : signal;
}

/* Steps through all processes until none is left; returns the status of the first one. */
static int follow(pid_t first)
{
	int status, end = 1;
	pid_t pid;
	while ((pid = waitpid(-1, &status, __WALL)) > 0) {
		if (!WIFSTOPPED(status)) {
			end = pid == first ? status : end;
			continue;
		}
		if (ptrace(PTRACE_SINGLESTEP, pid, NULL, (void *)(long)hear(status)) < 0 &&
			errno != ESRCH) {
			perror("steps: ptrace");
			exit(1);
		}
	}
	return end;
}

int main(int argc, char **argv)
{
	if (argc < 2) {
		fprintf(stderr, "usage: steps PROGRAM [ARGUMENT...]\n");
		return 1;
	}
	pid_t pid = traced_start(argv[0], argv + 1);
	if (pid < 0 || ptrace(PTRACE_CONT, pid, NULL, NULL) < 0)
		return 1;
	int status = follow(pid);
	printf("%ld\n", steps);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
