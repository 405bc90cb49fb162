#include "tests/lib/tracer.h"

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SYSCALL_STOP = SIGTRAP | 0x80, CHILD_SECONDS = 100, NO_TRACE = 3 };

#ifdef __x86_64__

/*
 * What the current call was changed to; it is undone after the call, because the caller trusts its
 * registers.
 */
static struct {
	bool changed;
	int error;
	struct user_regs_struct before;
} change;

static struct user_regs_struct get_registers(pid_t pid)
{
	struct user_regs_struct r;
	if (ptrace(PTRACE_GETREGS, pid, NULL, &r) < 0)
		abort();
	return r;
}

static void set_registers(pid_t pid, struct user_regs_struct *r)
{
	if (ptrace(PTRACE_SETREGS, pid, NULL, r) < 0)
		abort();
}

void tracer_fail(const struct tracer_call *call, int error)
{
	struct user_regs_struct r = get_registers(call->pid);
	change.before = r;
	change.changed = true;
	change.error = error;
	r.orig_rax = (unsigned long long)-1;
	set_registers(call->pid, &r);
}

void tracer_pretend(const struct tracer_call *call, int error)
{
	change.before = get_registers(call->pid);
	change.changed = true;
	change.error = error;
}

/* A vector becomes a plain write of half of its first part. */
static bool halve_vector(const struct tracer_call *call, struct user_regs_struct *r)
{
	struct iovec first;
	if (call->arguments[2] == 0 ||
		!tracer_memory(call, call->arguments[1], &first, sizeof first) || first.iov_len < 2)
		return false;
	r->orig_rax = call->call == SYS_writev ? SYS_write : SYS_pwrite64;
	r->rsi = (unsigned long long)(uintptr_t)first.iov_base;
	r->rdx = first.iov_len / 2;
	return true;
}

bool tracer_halve(const struct tracer_call *call)
{
	struct user_regs_struct r = get_registers(call->pid);
	change.before = r;
	if (call->call == SYS_writev || call->call == SYS_pwritev) {
		if (!halve_vector(call, &r))
			return false;
	} else if (call->arguments[2] < 2) {
		return false;
	} else {
		r.rdx = call->arguments[2] / 2;
	}
	change.changed = true;
	change.error = 0;
	set_registers(call->pid, &r);
	return true;
}

static void undo(struct tracer_call *call)
{
	struct user_regs_struct now = get_registers(call->pid), r = change.before;
	if (!change.changed)
		return;
	r.rax = change.error ? (unsigned long long)-(long long)change.error : now.rax;
	r.rip = now.rip;
	set_registers(call->pid, &r);
	call->result = (long long)r.rax;
	change.changed = false;
}

static bool can_change(void)
{
	return true;
}

#else

void tracer_fail(const struct tracer_call *call, int error)
{
	(void)call;
	(void)error;
	abort();
}

void tracer_pretend(const struct tracer_call *call, int error)
{
	tracer_fail(call, error);
}

bool tracer_halve(const struct tracer_call *call)
{
	tracer_fail(call, 0);
	return false;
}

static void undo(struct tracer_call *call)
{
	(void)call;
}

static bool can_change(void)
{
	return false;
}

#endif

bool tracer_works(void)
{
	int status;
	pid_t child = fork();
	if (child == 0)
		_exit(ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0);
	return can_change() && child > 0 && waitpid(child, &status, 0) == child && status == 0;
}

bool tracer_memory(const struct tracer_call *call, unsigned long long from, void *to, size_t n)
{
	struct iovec local = {to, n}, remote = {(void *)(uintptr_t)from, n};
	return n == 0 || process_vm_readv(call->pid, &local, 1, &remote, 1, 0) == (ssize_t)n;
}

/* Byte by byte, because the page after its end may not exist. */
bool tracer_string(const struct tracer_call *call, unsigned long long from, char *to, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		if (!tracer_memory(call, from + i, to + i, 1))
			return false;
		if (to[i] == '\0')
			return true;
	}
	return false;
}

static void run_child(int (*work)(void *), void *context)
{
	if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0)
		_exit(NO_TRACE);
	alarm(CHILD_SECONDS); /* a child that hangs is an error too */
	raise(SIGSTOP);
	_exit(work(context));
}

static void get_call(struct tracer_call *call)
{
	struct __ptrace_syscall_info info = {0};
	if (ptrace(PTRACE_GET_SYSCALL_INFO, call->pid, (void *)sizeof info, &info) <= 0)
		abort();
	call->entry = info.op == PTRACE_SYSCALL_INFO_ENTRY;
	if (!call->entry) {
		call->result = info.exit.rval;
		undo(call);
		return;
	}
	call->number++;
	call->call = (long)info.entry.nr;
	call->result = 0;
	for (size_t i = 0; i < 6; i++)
		call->arguments[i] = info.entry.args[i];
}

static int next_stop(pid_t child, int signal)
{
	int status;
	if (ptrace(PTRACE_SYSCALL, child, NULL, (void *)(intptr_t)signal) < 0 ||
		waitpid(child, &status, 0) != child)
		abort();
	return status;
}

int tracer_run(int (*work)(void *), void *work_context, tracer_look *look, void *look_context)
{
	int status, signal = 0;
	pid_t child = fork();
	if (child < 0)
		abort();
	if (child == 0)
		run_child(work, work_context);
	struct tracer_call call = {.pid = child};
	if (waitpid(child, &status, 0) != child)
		abort();
	if (!WIFSTOPPED(status))
		return status;
	if (ptrace(PTRACE_SETOPTIONS, child, NULL,
		    (void *)(intptr_t)(PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL |
				       PTRACE_O_TRACEEXEC)) < 0)
		abort();
	while (status = next_stop(child, signal), WIFSTOPPED(status)) {
		/* When the child starts another program, the stop is not a signal for it. */
		bool is_exec = status >> 8 == (SIGTRAP | PTRACE_EVENT_EXEC << 8);
		signal = WSTOPSIG(status) == SYSCALL_STOP || is_exec ? 0 : WSTOPSIG(status);
		if (signal)
			continue;
		get_call(&call);
		if (look(look_context, &call) == TRACER_GO_ON)
			continue;
		kill(child, SIGKILL);
		if (waitpid(child, &status, 0) != child)
			abort();
		return status;
	}
	return status;
}
