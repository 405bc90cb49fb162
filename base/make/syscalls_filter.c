/*
 * Runs when mda is built, and prints the filters of base/syscalls.c as C: with libseccomp this
 * takes a third of a millisecond, which no delivery has to pay for.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <sched.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

/* ---- what is left ---- */

/*
 * Names, as an architecture may lack one. What opens or changes something takes no descriptor to
 * anything but what is open.
 */
static const char *const computing[] = {
	/* memory */
	"brk",
	"mmap",
	"mmap2",
	"munmap",
	"mremap",
	"mprotect",
	"madvise",
	/* descriptors that are open */
	"read",
	"readv",
	"pread64",
	"write",
	"writev",
	"lseek",
	"_llseek",
	"close",
	"close_range",
	"poll",
	"ppoll",
	/* looking */
	"fstat",
	"fstat64",
	"stat",
	"lstat",
	"newfstatat",
	"fstatat64",
	"statx",
	"access",
	"faccessat",
	"faccessat2",
	"readlink",
	"readlinkat",
	"getdents64",
	"fstatfs",
	"statfs",
	"getcwd",
	/* itself, and the clock */
	"getpid",
	"gettid",
	"getppid",
	"getuid",
	"geteuid",
	"getgid",
	"getegid",
	"getrandom",
	"clock_gettime",
	"clock_gettime64",
	"clock_getres",
	"clock_nanosleep",
	"nanosleep",
	"gettimeofday",
	"time",
	"times",
	"getrusage",
	"uname",
	"sysinfo",
	"sched_yield",
	"sched_getaffinity",
	"futex",
	"futex_time64",
	"rseq",
	"set_robust_list",
	"setitimer", /* of its own processor time */
	"rt_sigaction",
	"rt_sigprocmask",
	"rt_sigreturn",
	"sigreturn",
	"sigaltstack",
	"restart_syscall",
	"exit",
	"exit_group",
};

/* Towards a server. Nothing listens. */
static const char *const talking[] = {
	"socket", "socketpair", "connect", "send", "sendto", "sendmsg", "sendmmsg", "recv",
	"recvfrom", "recvmsg", "recvmmsg", "shutdown", "getsockopt", "setsockopt", "getsockname",
	"getpeername", "bind", /* of a resolver's own socket to any port */
	"select", "_newselect", "pselect6", "epoll_create1", "epoll_ctl", "epoll_wait",
	"epoll_pwait", "eventfd2", "pipe2", "pipe", "ioctl", /* FIONREAD of the resolver */
};

/* Callers of these know what to do without them. */
static const char *const missing[] = {
	"openat2", /* its flags are in memory, where a filter cannot look */
	"clone3",
	"io_uring_setup",
};

/* A call that is left for some values of one argument. */
static const struct {
	const char *name;
	unsigned argument;
	unsigned long long mask, value;
	bool network; /* only there */
} some[] = {
	/* for reading; never made, never emptied */
	{"open", 1, O_ACCMODE | O_CREAT | O_TRUNC | O_APPEND | (O_TMPFILE & ~O_DIRECTORY), O_RDONLY,
		false},
	{"openat", 2, O_ACCMODE | O_CREAT | O_TRUNC | O_APPEND | (O_TMPFILE & ~O_DIRECTORY),
		O_RDONLY, false},
	{"fcntl", 1, ~0ULL, F_GETFD, false},
	{"fcntl", 1, ~0ULL, F_SETFD, false},
	{"fcntl", 1, ~0ULL, F_GETFL, false},
	{"fcntl", 1, ~0ULL, F_DUPFD_CLOEXEC, false},
	{"fcntl", 1, ~0ULL, F_SETFL, true},
	/* limits are read, not set */
	{"prlimit64", 2, ~0ULL, 0, false},
	{"ugetrlimit", 0, 0, 0, false},
	{"getrlimit", 0, 0, 0, false},
	/* a name for a thread of its own, which a resolver may want */
	{"prctl", 0, ~0ULL, PR_SET_NAME, true},
	/* a thread, in which libcurl resolves names; never a process */
	{"clone", 0, CLONE_THREAD | CLONE_VM, CLONE_THREAD | CLONE_VM, true},
};

/* ---- putting it in force ---- */

#define COUNT(list) (sizeof(list) / sizeof *(list))

/* A name that this architecture or library does not know is not left. */
static int add_all(scmp_filter_ctx filter, uint32_t what, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		int number = seccomp_syscall_resolve_name(names[i]);
		int r = number < 0 ? 0 : seccomp_rule_add(filter, what, number, 0);
		if (r < 0 && r != -EEXIST && r != -EACCES)
			return r;
	}
	return 0;
}

static int add_some(scmp_filter_ctx filter, bool network)
{
	for (size_t i = 0; i < COUNT(some); i++) {
		int number = seccomp_syscall_resolve_name(some[i].name);
		struct scmp_arg_cmp compare = SCMP_CMP64(
			some[i].argument, SCMP_CMP_MASKED_EQ, some[i].mask, some[i].value);
		if (number < 0 || (some[i].network && !network))
			continue;
		int r = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, number, 1, &compare);
		if (r < 0)
			return r;
	}
	return 0;
}

static int fill(scmp_filter_ctx filter, bool network)
{
	/* A tree instead of a list: a call is found in a few steps. */
	int r = seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	if (r == 0)
		r = add_all(filter, SCMP_ACT_ALLOW, computing, COUNT(computing));
	if (r == 0 && network)
		r = add_all(filter, SCMP_ACT_ALLOW, talking, COUNT(talking));
	if (r == 0)
		r = add_all(filter, SCMP_ACT_ERRNO(ENOSYS), missing, COUNT(missing));
	return r == 0 ? add_some(filter, network) : r;
}

static int print(FILE *bytes, const char *name)
{
	struct sock_filter f;
	printf("static struct sock_filter %s[] = {\n", name); /* main() asks stdout for errors */
	if (fseek(bytes, 0, SEEK_SET) < 0)
		return -EIO;
	while (fread(&f, sizeof f, 1, bytes) == 1)
		printf("\t{%u, %u, %u, %uu},\n", f.code, f.jt, f.jf, f.k);
	printf("};\n");
	return ferror(bytes) ? -EIO : 0;
}

static int make(const char *name, bool network)
{
	FILE *bytes = tmpfile();
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	int r = bytes && filter ? fill(filter, network) : -ENOMEM;
	if (r == 0)
		r = seccomp_export_bpf(filter, fileno(bytes));
	if (r == 0)
		r = print(bytes, name);
	seccomp_release(filter);
	if (bytes && fclose(bytes) != 0 && r == 0)
		r = -errno;
	return r;
}

int main(void)
{
	int r = make("computing", false);
	if (r == 0)
		r = make("talking", true);
	if (r == 0 && (fflush(stdout) != 0 || ferror(stdout)))
		r = -EIO;
	if (r < 0)
		fprintf(stderr, "syscalls_filter: %s\n", strerror(-r));
	return r < 0;
}
