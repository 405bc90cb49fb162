/*
 * cost PROGRAM [ARGUMENT...]: runs the program on its own standard input, and prints the cost of
 * the program and all its children: "calls N" (system calls), "faults N" (page faults) and "private
 * N" (the peak of KB that no other process shares, summed over the processes). The program is
 * stopped at each call, so other processes and the speed of the machine make no difference. Exit
 * status: the program's; 1 if it cannot be counted.
 */
#include "tests/bench/traced.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/wait.h>

enum { SYSCALL_STOP = SIGTRAP | 0x80, MAX_PROCESSES = 16 };

struct process {
	pid_t pid;
	bool started; /* the stop with which tracing a process begins is over */
	bool inside;  /* a system call: the next stop is its end */
	long private; /* KB now */
};

static struct process processes[MAX_PROCESSES];
static long calls, faults, peak;

static struct process *process_of(pid_t pid)
{
	for (size_t i = 0; i < MAX_PROCESSES; i++)
		if (processes[i].pid == pid || processes[i].pid == 0) {
			processes[i].pid = pid;
			return &processes[i];
		}
	fprintf(stderr, "cost: more than %d processes\n", MAX_PROCESSES);
	exit(1);
}

/* The sum of Private_Clean and Private_Dirty of proc(5), in KB. */
static void look_at_memory(struct process *p)
{
	char path[64], line[256];
	snprintf(path, sizeof path, "/proc/%d/smaps_rollup", (int)p->pid);
	FILE *f = fopen(path, "re");
	if (!f)
		return; /* it is ending */
	p->private = 0;
	while (fgets(line, sizeof line, f))
		if (strncmp(line, "Private_", 8) == 0)
			p->private += strtol(strchr(line, ':') + 1, NULL, 10);
	fclose(f);
	long sum = 0;
	for (size_t i = 0; i < MAX_PROCESSES; i++)
		sum += processes[i].private;
	if (sum > peak)
		peak = sum;
}

static void count_stop(struct process *p, int signal)
{
	if (signal != SYSCALL_STOP)
		return;
	p->inside = !p->inside;
	calls += p->inside;
	if (p->inside)
		look_at_memory(p);
}

/* The signal to pass on to the process; none if the stop is only due to tracing. */
static int passed_on(struct process *p, int signal, int status)
{
	if (status >> 16 != 0 || signal == SIGTRAP || signal == SYSCALL_STOP)
		return 0;
	if (signal == SIGSTOP && !p->started) {
		p->started = true;
		return 0;
	}
	return signal;
}

static void go_on(pid_t pid, int signal)
{
	if (ptrace(PTRACE_SYSCALL, pid, NULL, (void *)(long)signal) < 0 && errno != ESRCH) {
		perror("cost: ptrace");
		exit(1);
	}
}

/* Follows all processes until the first one ends; returns its status. */
static int follow(pid_t first)
{
	int status, end = 1;
	struct rusage usage;
	pid_t pid;
	while ((pid = wait4(-1, &status, __WALL, &usage)) > 0) {
		struct process *p = process_of(pid);
		if (WIFSTOPPED(status)) {
			if (status >> 16 == 0)
				count_stop(p, WSTOPSIG(status));
			go_on(pid, passed_on(p, WSTOPSIG(status), status));
			continue;
		}
		p->private = 0;
		if (pid == first) {
			end = status;
			faults = usage.ru_minflt + usage.ru_majflt;
		}
	}
	return end;
}

int main(int argc, char **argv)
{
	if (argc < 2) {
		fprintf(stderr, "usage: cost PROGRAM [ARGUMENT...]\n");
		return 1;
	}
	pid_t pid = traced_start(argv[0], argv + 1);
	if (pid < 0)
		return 1;
	process_of(pid)->started = true;
	go_on(pid, 0);
	int status = follow(pid);
	printf("calls %ld\nfaults %ld\nprivate %ld\n", calls, faults, peak);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
