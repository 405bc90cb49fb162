/*
 * The confined child: how it ends, what it may ask, and that an attacker who has taken it over can
 * do nothing.
 */
#include "base/confined.h"
#include "base/handlers.h"
#include "base/io.h"
#include "base/secret.h"
#include "tests/unit/table.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/openat2.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { RESULT_MOST = 256 * 1024 };

static char dir[64]; /* of the test */
static char readable[80], private[80],
	outside[80]; /* files: in its readable directory, beside it, beside both */
static pid_t parent;
static char *key; /* in secret memory */

static const char key_text[] = "0123456789abcdef: a key that nobody may read";

static void assert_no_children(void)
{
	confined_reap();
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

/* ---- how it ends ---- */

static const char *ready(void *context)
{
	(void)context;
	return NULL;
}

static const char *not_ready(void *context)
{
	(void)context;
	return "it is not there";
}

static void work_well(void *context, struct buf *out)
{
	(void)context;
	buf_add(out, STR_LIT("a\0b"));
}

static void work_crash(void *context, struct buf *out)
{
	(void)context;
	buf_text(out, "half");
	__builtin_trap();
}

static void work_exit(void *context, struct buf *out)
{
	(void)context;
	buf_text(out, "half");
	_exit(0);
}

static void work_sleep(void *context, struct buf *out)
{
	(void)context;
	(void)out;
	for (;;)
		pause();
}

static void work_spin(void *context, struct buf *out)
{
	volatile unsigned n = 0;
	(void)context;
	(void)out;
	for (;;)
		n++;
}

static void work_too_much(void *context, struct buf *out)
{
	(void)context;
	for (int i = 0; i < RESULT_MOST; i++)
		buf_text(out, "ab");
}

static void work_nonsense(void *context, struct buf *out)
{
	(void)context;
	(void)out;
	char bytes[500];
	memset(bytes, 0xff, sizeof bytes);
	for (int fd = 3; fd < 64; fd++)
		if (write(fd, bytes, sizeof bytes) > 0)
			break;
	_exit(0);
}

/* Closes the pipe and stays. */
static void work_hide(void *context, struct buf *out)
{
	(void)context;
	(void)out;
	close_range(0, ~0U, 0);
	for (;;)
		pause();
}

static const struct child_row {
	const char *name;
	const char *(*prepare)(void *);
	void (*work)(void *, struct buf *);
	const char *error;  /* a part of it */
	const char *result; /* when there is no error */
	size_t size;
} children[] = {
	{"result with a NUL", ready, work_well, NULL, "a\0b", 3},
	{"prepare fails", not_ready, work_well, "job: it is not there", NULL, 0},
	{"death by signal", ready, work_crash, "was ended by signal", NULL, 0},
	{"exit without a result", ready, work_exit, "without a result", NULL, 0},
	{"wall clock", ready, work_sleep, "did not end within 300 ms", NULL, 0},
	{"CPU time", ready, work_spin, "of CPU time", NULL, 0},
	{"too much output", ready, work_too_much, "too much", NULL, 0},
	{"nonsense", ready, work_nonsense, "without a result", NULL, 0},
	{"closed pipe", ready, work_hide, "without a result", NULL, 0},
};

/* ---- what hinders it ---- */

/* How often prepare() is called, by all children; it fails where the row says so. */
static volatile int *prepared;

static const struct hindered_row {
	const char *name;
	bool fails[3]; /* the job, the probe, and the job again */
	int code;
	enum confined_end end;
	int calls;
} hindered_rows[] = {
	{"for a moment", {true, false, false}, EMFILE, CONFINED_DONE, 3},
	{"for longer", {true, true, true}, EIO, CONFINED_NOT_STARTED, 2},
	{"only where a message is read", {true, false, true}, ENOMEM, CONFINED_FAILED, 3},
	{"for ever", {true, true, true}, ENOENT, CONFINED_FAILED, 1},
};

static const char *prepare_hindered(void *context)
{
	const struct hindered_row *row = context;
	if (!row->fails[(*prepared)++])
		return NULL;
	errno = row->code;
	return "it is hindered";
}

static void test_hindered(void **state)
{
	const struct hindered_row *row = *state;
	struct arena *mem = arena_new();
	struct str result;
	struct err err = {0};
	struct hindered_row context = *row;
	prepared = mmap(
		NULL, sizeof *prepared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal((const void *)prepared, MAP_FAILED);
	const struct confined_job job = {.what = "job",
		.context = &context,
		.prepare = prepare_hindered,
		.work = work_well,
		.cpu_seconds = 1,
		.wall_milliseconds = 600000,
		.memory = 64 << 20,
		.largest = RESULT_MOST};
	assert_int_equal(confined_run(&job, mem, &result, &err), row->end);
	assert_int_equal(*prepared, row->calls);
	if (row->end == CONFINED_DONE)
		assert_true(str_eq(result, STR_LIT("a\0b")));
	else
		assert_string_equal(err.text, "job: it is hindered");
	assert_no_children();
	assert_int_equal(munmap((void *)(uintptr_t)prepared, sizeof *prepared), 0);
	arena_free(mem);
}

static void ignore(int number)
{
	(void)number;
}
static const struct sigaction ignores = {.sa_handler = ignore};

static void run_child_row(const struct child_row *row)
{
	struct arena *mem = arena_new();
	struct str result;
	struct err err = {0};
	struct confined_job job = {.what = "job",
		.prepare = row->prepare,
		.work = row->work,
		.cpu_seconds = 1,
		.wall_milliseconds = row->work == work_spin ? 600000 : 300,
		.memory = 64 << 20,
		.largest = RESULT_MOST};
	if (row->work == work_well)
		job.wall_milliseconds = 600000;
	enum confined_end end = confined_run(&job, mem, &result, &err);
	if (row->error) {
		assert_int_equal(end, CONFINED_FAILED);
		if (!strstr(err.text, row->error))
			fail_msg("got <%s>, wanted <%s>", err.text, row->error);
	} else {
		assert_int_equal(end, CONFINED_DONE);
		assert_true(str_eq(result, (struct str){row->result, row->size}));
	}
	arena_free(mem);
}

static void test_child(void **state)
{
	handlers_set(SIGTERM, &ignores, NULL);
	run_child_row(*state);
	signal(SIGTERM, SIG_DFL);
	assert_no_children();
}

/* An MTA may start us with SIGCHLD ignored, and then there is no exit status. */
static void test_child_unseen(void **state)
{
	(void)state;
	signal(SIGCHLD, SIG_IGN);
	run_child_row(&children[0]);
	struct child_row row = children[2];
	row.error = "without a result";
	run_child_row(&row);
	signal(SIGCHLD, SIG_DFL);
	assert_no_children();
}

/* With standard input, output and error closed the pipe must not become one of them. */
static void test_child_without_stdio(void **state)
{
	int kept[3] = {-1, -1, -1};
	(void)state;
	for (int i = 0; i < 3; i++) {
		kept[i] = fcntl(i, F_DUPFD_CLOEXEC, 100);
		close(i);
	}
	struct arena *mem = arena_new();
	struct str result = {0};
	struct confined_job job = {.what = "job",
		.prepare = ready,
		.work = work_well,
		.cpu_seconds = 1,
		.wall_milliseconds = 20000,
		.memory = 64 << 20,
		.largest = RESULT_MOST};
	enum confined_end end = confined_run(&job, mem, &result, NULL);
	bool right = str_eq(result, STR_LIT("a\0b"));
	arena_free(mem);
	for (int i = 0; i < 3; i++) {
		if (kept[i] < 0)
			continue;
		dup2(kept[i], i);
		close(kept[i]);
	}
	assert_int_equal(end, CONFINED_DONE);
	assert_true(right);
}

/* ---- asking ---- */

enum { ECHO = 7, REFUSED = 8, LARGE = 9 };

static int answer_echo(void *context, unsigned kind, struct str request, struct arena *mem,
	struct str *reply, struct err *err)
{
	(void)context;
	if (kind == REFUSED)
		return err_temp(err, "not that");
	*reply = arena_fmt(mem, "<" STR_FMT ">", STR_ARGS(request));
	return 0;
}

static void work_asking(void *context, struct buf *out)
{
	struct arena *mem = arena_new();
	struct str reply = {"", 0};
	struct err err;
	(void)context;
	buf_text(out, confined_ask(ECHO, STR_LIT("a"), mem, &reply, &err) == 0 ? "" : err.text);
	buf_add(out, reply);
	if (confined_ask(REFUSED, STR_LIT("b"), mem, &reply, &err) < 0)
		buf_text(out, err.text);
	struct str large = {arena_alloc(mem, 300000), 300000};
	if (confined_ask(LARGE, large, mem, &reply, &err) == 0)
		buf_fmt(out, " %zu", reply.n);
	arena_free(mem);
}

static const struct asking_row {
	const char *name;
	bool served;
	const char *result;
} asking_rows[] = {
	{"what it asks is answered", true, "<a>not that 2"},
	{"nobody answers", false,
		"the parent does not answer this questionthe parent does not answer this question"},
};

static void test_asking(void **state)
{
	const struct asking_row *row = *state;
	struct arena *mem = arena_new();
	struct str result;
	struct err err;
	const struct confined_job job = {.what = "job",
		.work = work_asking,
		.serve = row->served ? answer_echo : NULL,
		.cpu_seconds = 10,
		.wall_milliseconds = 60000,
		.memory = 64 << 20,
		.largest = RESULT_MOST};
	assert_int_equal(confined_run(&job, mem, &result, &err), CONFINED_DONE);
	assert_false(confined_inside());
	assert_true(str_istarts(result, str_of(row->result)));
	arena_free(mem);
	assert_no_children();
}

/* Reads no answer, which is more than a socket holds: the parent must not wait for it to. */
static void work_deaf(void *context, struct buf *out)
{
	const struct {
		uint32_t magic, type, kind, holds;
		uint64_t size;
	} question = {0x6d646132, 2, ECHO, 0, 0};
	int fd = 3;
	(void)context;
	(void)out;
	while (fd < 64 && write(fd, &question, sizeof question) < 0)
		fd++;
	for (;;)
		pause();
}

static int answer_much(void *context, unsigned kind, struct str request, struct arena *mem,
	struct str *reply, struct err *err)
{
	(void)context;
	(void)kind;
	(void)request;
	(void)err;
	*reply = (struct str){arena_alloc(mem, 4 << 20), 4 << 20};
	return 0;
}

static void test_deaf(void **state)
{
	struct arena *mem = arena_new();
	struct str result;
	struct err err;
	const struct confined_job job = {.what = "job",
		.work = work_deaf,
		.serve = answer_much,
		.cpu_seconds = 60,
		.wall_milliseconds = 500,
		.memory = 64 << 20,
		.largest = RESULT_MOST};
	(void)state;
	assert_int_equal(confined_run(&job, mem, &result, &err), CONFINED_FAILED);
	assert_string_equal(err.text, "job did not end within 500 ms");
	arena_free(mem);
	assert_no_children();
}

/* Endless questions must not take the parent's time or memory without end. */
struct answerer {
	size_t most_bytes; /* of the memory that an answer starts with */
	long milliseconds;
};

static int answer_slowly(void *context, unsigned kind, struct str request, struct arena *mem,
	struct str *reply, struct err *err)
{
	struct answerer *a = context;
	const struct timespec nap = {
		.tv_sec = a->milliseconds / 1000, .tv_nsec = a->milliseconds % 1000 * 1000000};
	if (arena_bytes(mem) > a->most_bytes)
		a->most_bytes = arena_bytes(mem);
	nanosleep(&nap, NULL);
	return answer_much(NULL, kind, request, mem, reply, err);
}

static void work_asking_much(void *context, struct buf *out)
{
	struct err err = {.text = ""};
	unsigned answered = 0;
	(void)context;
	for (int i = 0; i < 10; i++) {
		struct arena *mem = arena_new();
		struct str reply;
		answered += confined_ask(ECHO, STR_LIT("a"), mem, &reply, &err) == 0;
		arena_free(mem);
	}
	buf_fmt(out, "%u %s", answered, err.text);
}

static const struct much_row {
	const char *name;
	long milliseconds; /* of an answer */
	unsigned wall;
	bool all; /* are answered */
} much_rows[] = {
	{"ten answers of 4 MB", 0, 60000, true},
	{"answers that take longer than the work may", 600, 2000, false},
};

static void test_asking_much(void **state)
{
	const struct much_row *row = *state;
	struct arena *mem = arena_new();
	struct answerer a = {.milliseconds = row->milliseconds};
	struct str result;
	struct err err;
	const struct confined_job job = {.what = "job",
		.context = &a,
		.work = work_asking_much,
		.serve = answer_slowly,
		.cpu_seconds = 60,
		.wall_milliseconds = row->wall,
		.memory = 64 << 20,
		.largest = RESULT_MOST};
	assert_int_equal(confined_run(&job, mem, &result, &err), CONFINED_DONE);
	print_message("# " STR_FMT "\n", STR_ARGS(result));
	assert_int_equal(str_istarts(result, STR_LIT("10 ")), row->all);
	assert_int_equal(str_iends(result, STR_LIT("took too long")), !row->all);
	assert_false(str_istarts(result, STR_LIT("0 ")));
	assert_true(a.most_bytes < 1 << 20);
	assert_true(arena_bytes(mem) < 1 << 20);
	arena_free(mem);
}

/* ---- a kernel that lacks something, or a container that forbids it ---- */

static const struct lack_row {
	const char *name;
	int call, error;
	unsigned holds;
	const char *lack;
} lacks[] = {
	{"no Landlock", SYS_landlock_create_ruleset, ENOSYS, CONFINED_LIMITS | CONFINED_SYSCALLS,
		"no Landlock"},
	{"Landlock is forbidden", SYS_landlock_create_ruleset, EPERM,
		CONFINED_LIMITS | CONFINED_SYSCALLS, "no Landlock"},
	{"Landlock is off", SYS_landlock_create_ruleset, EOPNOTSUPP,
		CONFINED_LIMITS | CONFINED_SYSCALLS, "no Landlock"},
	{"one Landlock too many", SYS_landlock_restrict_self, E2BIG,
		CONFINED_LIMITS | CONFINED_SYSCALLS, "no Landlock"},
	{"filters are forbidden", SYS_seccomp, EPERM, CONFINED_LIMITS | CONFINED_LANDLOCK,
		"no filter of system calls"},
	{"no filters", SYS_seccomp, ENOSYS, CONFINED_LIMITS | CONFINED_LANDLOCK,
		"no filter of system calls"},
	{"no close_range", SYS_close_range, ENOSYS,
		CONFINED_LIMITS | CONFINED_LANDLOCK | CONFINED_SYSCALLS, NULL},
	{"close_range is forbidden", SYS_close_range, EPERM,
		CONFINED_LIMITS | CONFINED_LANDLOCK | CONFINED_SYSCALLS, NULL},
	{"no openat2", SYS_openat2, ENOSYS, CONFINED_LIMITS | CONFINED_LANDLOCK | CONFINED_SYSCALLS,
		NULL},
};

/* For this process, for good. */
static bool forbid(int call, int error)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)call, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned)error),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog program = {sizeof code / sizeof *code, code};
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
	       prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

static void work_open_descriptors(void *context, struct buf *out)
{
	(void)context;
	for (int fd = 0; fd < 100; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			buf_byte(out, 'x');
}

/* In a process of its own, which the filter stays with. 0: as it must be. */
static int run_lacking(const struct lack_row *row)
{
	struct arena *mem = arena_new();
	struct str result = {"", 0};
	struct err err = {.text = ""};
	unsigned holds = 0;
	const struct confined_job job = {.what = "job",
		.work = work_open_descriptors,
		.cpu_seconds = 10,
		.wall_milliseconds = 60000,
		.memory = 64 << 20,
		.largest = RESULT_MOST,
		.holds = &holds};
	if (!forbid(row->call, row->error))
		return 1;
	if (confined_run(&job, mem, &result, &err) != CONFINED_DONE)
		return 2;
	const char *lack = confined_lack(holds);
	bool said = lack && row->lack ? strcmp(lack, row->lack) == 0 : lack == row->lack;
	bool alone = result.n == 1;
	arena_free(mem);
	return holds != row->holds ? 3 : !said ? 4 : !alone ? 5 : 0;
}

static void test_lack(void **state)
{
	int status = -1;
	if (confined_possible() != (CONFINED_LIMITS | CONFINED_LANDLOCK | CONFINED_SYSCALLS))
		skip();
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		_exit(run_lacking(*state));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

/* ---- limits ---- */

/* Asks for memory until there is none left. */
static void work_growing(void *context, struct buf *out)
{
	(void)context;
	(void)out;
	for (;;)
		memset(mem_alloc(1 << 20), 1, 1 << 20);
}

static void test_memory(void **state)
{
	struct arena *mem = arena_new();
	struct str result;
	struct err err;
	const struct confined_job job = {.what = "job",
		.work = work_growing,
		.cpu_seconds = 60,
		.wall_milliseconds = 120000,
		.memory = 64 << 20,
		.largest = RESULT_MOST};
	(void)state;
#ifdef MDA_SANITIZED
	print_message("# a sanitizer reserves more address space than any limit leaves\n");
	arena_free(mem);
	return;
#endif
	assert_int_equal(confined_run(&job, mem, &result, &err), CONFINED_FAILED);
	/*
	 * Valgrind, which does not support the system call filter either, reports a lack of memory
	 * in its own way.
	 */
	if (confined_possible() & CONFINED_SYSCALLS)
		assert_string_equal(err.text, "job used more than 64 MB of memory");
	arena_free(mem);
}

/* ---- an attacker ---- */

static bool opens(const char *path, int flags)
{
	int fd = open(path, flags, 0600);
	if (fd < 0)
		return false;
	close(fd);
	return true;
}

static bool read_outside(void)
{
	return opens(outside, O_RDONLY);
}
static bool read_beside(void)
{
	return opens(private, O_RDONLY);
}
static bool read_passwd(void)
{
	return opens("/etc/passwd", O_RDONLY);
}
static bool list_outside(void)
{
	return opens(dir, O_RDONLY | O_DIRECTORY);
}
static bool read_parents_memory(void)
{
	char path[64];
	snprintf(path, sizeof path, "/proc/%ld/mem", (long)parent);
	return opens(path, O_RDONLY);
}
static bool read_parents_environment(void)
{
	char path[64];
	snprintf(path, sizeof path, "/proc/%ld/environ", (long)parent);
	return opens(path, O_RDONLY);
}
static bool write_readable(void)
{
	return opens(readable, O_WRONLY);
}
static bool write_both(void)
{
	return opens(readable, O_RDWR);
}
static bool append(void)
{
	return opens(readable, O_WRONLY | O_APPEND);
}
static bool empty(void)
{
	return opens(readable, O_RDONLY | O_TRUNC);
}
static bool make(void)
{
	char path[96];
	snprintf(path, sizeof path, "%s.new", readable);
	return opens(path, O_RDONLY | O_CREAT);
}
static bool make_unnamed(void)
{
	return opens(dir, O_TMPFILE | O_RDWR);
}
static bool open_by_how(void)
{
	struct open_how how = {.flags = O_RDWR};
	return syscall(SYS_openat2, AT_FDCWD, readable, &how, sizeof how) >= 0;
}
static bool create(void)
{
	return syscall(SYS_creat, outside, 0600) >= 0;
}
static bool unlink_readable(void)
{
	return unlink(readable) == 0;
}
static bool rename_readable(void)
{
	return rename(readable, outside) == 0;
}
static bool link_readable(void)
{
	char path[96];
	snprintf(path, sizeof path, "%s.link", readable);
	return link(readable, path) == 0 || symlink(outside, path) == 0;
}
static bool make_directory(void)
{
	char path[96];
	snprintf(path, sizeof path, "%s.dir", readable);
	return mkdir(path, 0700) == 0;
}
static bool change_mode(void)
{
	return chmod(readable, 0777) == 0;
}
static bool change_owner(void)
{
	return chown(readable, getuid(), getgid()) == 0;
}
static bool truncate_readable(void)
{
	return truncate(readable, 0) == 0;
}
static bool set_times(void)
{
	return utimensat(AT_FDCWD, readable, NULL, 0) == 0;
}
static bool internet(void)
{
	return socket(AF_INET, SOCK_STREAM, 0) >= 0;
}
static bool datagrams(void)
{
	return socket(AF_INET6, SOCK_DGRAM, 0) >= 0;
}
static bool local_socket(void)
{
	return socket(AF_UNIX, SOCK_STREAM, 0) >= 0;
}
static bool netlink(void)
{
	return socket(AF_NETLINK, SOCK_RAW, 0) >= 0;
}
static bool execute(void)
{
	char *const none[] = {(char *)"true", NULL};
	return execve("/bin/true", none, none) == 0;
}
static bool execute_by_fd(void)
{
	return syscall(SYS_execveat, -1, "/bin/true", NULL, NULL, 0) == 0;
}
static bool fork_one(void)
{
	pid_t pid = fork();
	if (pid == 0)
		_exit(0);
	return pid > 0;
}
static bool clone_one(void)
{
	return syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL) >= 0;
}
static bool signal_parent(void)
{
	return kill(parent, 0) == 0 || kill(parent, SIGURG) == 0;
}
static bool signal_everybody(void)
{
	return kill(-1, 0) == 0;
}
static bool signal_thread(void)
{
	return syscall(SYS_tgkill, parent, parent, SIGURG) == 0;
}
static bool trace_parent(void)
{
	return ptrace(PTRACE_ATTACH, parent, NULL, NULL) == 0;
}
static bool trace_me(void)
{
	return ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0;
}
static bool peek_at_parent(void)
{
	char bytes[16];
	struct iovec here = {bytes, sizeof bytes}, there = {key, sizeof bytes};
	return process_vm_readv(parent, &here, 1, &there, 1, 0) > 0;
}
static bool open_process(void)
{
	return syscall(SYS_pidfd_open, parent, 0) >= 0;
}
static bool become_root(void)
{
	return setuid(0) == 0 && getuid() == 0 && setreuid(0, 0) == 0;
}
static bool raise_limits(void)
{
	struct rlimit r = {RLIM_INFINITY, RLIM_INFINITY};
	return setrlimit(RLIMIT_CPU, &r) == 0 || setrlimit(RLIMIT_NPROC, &r) == 0;
}
static bool new_namespace(void)
{
	return unshare(CLONE_NEWUSER) == 0;
}
static bool change_directory(void)
{
	return chdir("/") == 0;
}
static bool change_root(void)
{
	return chroot(dir) == 0;
}
static bool ring(void)
{
	char parameters[256] = "";
	return syscall(SYS_io_uring_setup, 1, parameters) >= 0;
}
static bool load_program(void)
{
	return syscall(SYS_bpf, 0, NULL, 0) >= 0;
}
static bool another_filter(void)
{
	return syscall(SYS_seccomp, 0, 0, NULL) >= 0;
}
static bool keyring(void)
{
	return syscall(SYS_keyctl, 0, -3, 0, 0, 0) >= 0;
}
static bool shared_memory(void)
{
	return syscall(SYS_shmget, 1, 4096, 0600 | 01000) >= 0;
}
static bool timer(void)
{
	return syscall(SYS_timer_create, CLOCK_REALTIME, NULL, NULL) >= 0;
}
static bool standard_streams(void)
{
	char byte;
	return write(1, "", 1) >= 0 || write(2, "", 1) >= 0 || read(0, &byte, 1) >= 0;
}
static bool parents_handler(void)
{
	struct sigaction action;
	return sigaction(SIGTERM, NULL, &action) == 0 && action.sa_handler != SIG_DFL;
}
static bool read_key(void)
{
	for (size_t i = 0; i < sizeof key_text; i++)
		if (key[i])
			return true;
	return false;
}

enum { ANYWHERE = 0, HERE_ONLY = 1 };

static const struct attack_row {
	const char *name;
	bool (*attack)(void); /* true: it worked */
	unsigned needs;       /* what holds it */
	int except;           /* HERE_ONLY: a child with the network may do that */
} attack_rows[] = {
	{"read a file outside", read_outside, CONFINED_LANDLOCK, ANYWHERE},
	{"read a file beside a readable one", read_beside, CONFINED_LANDLOCK, ANYWHERE},
	{"read /etc/passwd", read_passwd, CONFINED_LANDLOCK, ANYWHERE},
	{"list a directory outside", list_outside, CONFINED_LANDLOCK, ANYWHERE},
	{"read the parent's memory", read_parents_memory, CONFINED_LANDLOCK, ANYWHERE},
	{"read the parent's environment", read_parents_environment, CONFINED_LANDLOCK, ANYWHERE},
	{"write a readable file", write_readable, CONFINED_SYSCALLS, ANYWHERE},
	{"open it for both", write_both, CONFINED_SYSCALLS, ANYWHERE},
	{"append to it", append, CONFINED_SYSCALLS, ANYWHERE},
	{"empty it", empty, CONFINED_SYSCALLS, ANYWHERE},
	{"make a file", make, CONFINED_SYSCALLS, ANYWHERE},
	{"make a file without a name", make_unnamed, CONFINED_SYSCALLS, ANYWHERE},
	{"openat2", open_by_how, CONFINED_SYSCALLS, ANYWHERE},
	{"creat", create, CONFINED_SYSCALLS, ANYWHERE},
	{"unlink", unlink_readable, CONFINED_SYSCALLS, ANYWHERE},
	{"rename", rename_readable, CONFINED_SYSCALLS, ANYWHERE},
	{"link", link_readable, CONFINED_SYSCALLS, ANYWHERE},
	{"mkdir", make_directory, CONFINED_SYSCALLS, ANYWHERE},
	{"chmod", change_mode, CONFINED_SYSCALLS, ANYWHERE},
	{"chown", change_owner, CONFINED_SYSCALLS, ANYWHERE},
	{"truncate", truncate_readable, CONFINED_SYSCALLS, ANYWHERE},
	{"utimensat", set_times, CONFINED_SYSCALLS, ANYWHERE},
	{"a socket of the Internet", internet, CONFINED_SYSCALLS, HERE_ONLY},
	{"a socket for datagrams", datagrams, CONFINED_SYSCALLS, HERE_ONLY},
	{"a local socket", local_socket, CONFINED_SYSCALLS, HERE_ONLY},
	{"a netlink socket", netlink, CONFINED_SYSCALLS, HERE_ONLY},
	{"execve", execute, CONFINED_SYSCALLS, ANYWHERE},
	{"execveat", execute_by_fd, CONFINED_SYSCALLS, ANYWHERE},
	{"fork", fork_one, CONFINED_SYSCALLS, ANYWHERE},
	{"clone", clone_one, CONFINED_SYSCALLS, ANYWHERE},
	{"signal the parent", signal_parent, CONFINED_SYSCALLS, ANYWHERE},
	{"signal everybody", signal_everybody, CONFINED_SYSCALLS, ANYWHERE},
	{"signal a thread", signal_thread, CONFINED_SYSCALLS, ANYWHERE},
	{"trace the parent", trace_parent, CONFINED_SYSCALLS, ANYWHERE},
	{"be traced", trace_me, CONFINED_SYSCALLS, ANYWHERE},
	{"process_vm_readv", peek_at_parent, CONFINED_SYSCALLS, ANYWHERE},
	{"pidfd_open", open_process, CONFINED_SYSCALLS, ANYWHERE},
	{"become root", become_root, CONFINED_SYSCALLS, ANYWHERE},
	{"raise its limits", raise_limits, CONFINED_SYSCALLS, ANYWHERE},
	{"a new namespace", new_namespace, CONFINED_SYSCALLS, ANYWHERE},
	{"chdir", change_directory, CONFINED_SYSCALLS, ANYWHERE},
	{"chroot", change_root, CONFINED_SYSCALLS, ANYWHERE},
	{"io_uring", ring, CONFINED_SYSCALLS, ANYWHERE},
	{"bpf", load_program, CONFINED_SYSCALLS, ANYWHERE},
	{"seccomp", another_filter, CONFINED_SYSCALLS, ANYWHERE},
	{"keyctl", keyring, CONFINED_SYSCALLS, ANYWHERE},
	{"shmget", shared_memory, CONFINED_SYSCALLS, ANYWHERE},
	{"timer_create", timer, CONFINED_SYSCALLS, ANYWHERE},
	{"standard input, output and error", standard_streams, CONFINED_LIMITS, ANYWHERE},
	{"a signal handler of the parent's", parents_handler, CONFINED_LIMITS, ANYWHERE},
	{"a key in secret memory", read_key, CONFINED_LIMITS, ANYWHERE},
};

static void work_attack(void *context, struct buf *out)
{
	const struct attack_row *row = context;
	buf_text(out, row->attack() ? "it worked" : "nothing");
}

static void attack(const struct attack_row *row, bool network)
{
	struct arena *mem = arena_new();
	struct str result, open_dir = arena_fmt(mem, "%s/readable", dir);
	const struct str_list list = {&open_dir, 1};
	struct err err;
	const struct confined_job job = {.what = row->name,
		.work = work_attack,
		.context = (void *)(uintptr_t)row,
		.readable = &list,
		.network = network,
		.cpu_seconds = 10,
		.wall_milliseconds = 60000,
		.memory = 64 << 20,
		.largest = RESULT_MOST};
	if (confined_run(&job, mem, &result, &err) != CONFINED_DONE)
		fail_msg("%s", err.text);
	if (!str_eq(result, STR_LIT("nothing")))
		fail_msg("%s%s", row->name, network ? ", with the network" : "");
	arena_free(mem);
}

static void test_attack(void **state)
{
	const struct attack_row *row = *state;
	if (!(confined_possible() & row->needs)) {
		print_message("# this kernel lacks what holds it\n");
		skip();
	}
	handlers_set(SIGTERM, &ignores, NULL);
	attack(row, false);
	if (row->except != HERE_ONLY)
		attack(row, true);
	signal(SIGTERM, SIG_DFL);
	assert_no_children();
	assert_true(memcmp(key, key_text, sizeof key_text) == 0); /* here it is */
}

/* What it is left with works. */
static void work_reading(void *context, struct buf *out)
{
	char bytes[16];
	(void)context;
	int fd = open(readable, O_RDONLY | O_CLOEXEC);
	ssize_t n = io_read(fd, bytes, sizeof bytes);
	buf_add(out, (struct str){bytes, n > 0 ? (size_t)n : 0});
}

static void test_reading(void **state)
{
	struct arena *mem = arena_new();
	struct str result, open_dir = arena_fmt(mem, "%s/readable", dir);
	const struct str_list list = {&open_dir, 1};
	unsigned holds = 0;
	struct err err;
	const struct confined_job job = {.what = "job",
		.work = work_reading,
		.readable = &list,
		.cpu_seconds = 10,
		.wall_milliseconds = 60000,
		.memory = 64 << 20,
		.largest = RESULT_MOST,
		.holds = &holds};
	(void)state;
	assert_int_equal(confined_run(&job, mem, &result, &err), CONFINED_DONE);
	assert_true(str_eq(result, STR_LIT("text")));
	assert_int_equal(holds, confined_possible());
	arena_free(mem);
}

/* ---- all of them ---- */

static int make_tree(void)
{
	struct err err;
	char path[80];
	strcpy(dir, "/tmp/mda-confined.XXXXXX");
	if (!mkdtemp(dir))
		return -1;
	snprintf(path, sizeof path, "%s/readable", dir);
	snprintf(readable, sizeof readable, "%s/readable/file", dir);
	snprintf(private, sizeof private, "%s/private", dir);
	snprintf(outside, sizeof outside, "%s/outside", dir);
	key = secret_alloc(sizeof key_text, &err);
	if (!key || mkdir(path, 0700) < 0)
		return -1;
	memcpy(key, key_text, sizeof key_text);
	parent = getpid();
	return io_replace_file(readable, STR_LIT("text"), 0600, &err) < 0 ||
			       io_replace_file(private, STR_LIT("text"), 0600, &err) < 0 ||
			       io_replace_file(outside, STR_LIT("text"), 0600, &err) < 0
		       ? -1
		       : 0;
}

static void remove_tree(void)
{
	char path[80];
	snprintf(path, sizeof path, "%s/readable", dir);
	unlink(readable);
	unlink(private);
	unlink(outside);
	rmdir(path);
	rmdir(dir);
}

int main(void)
{
	const struct table tables[] = {
		TABLE(test_child, children),
		TABLE(test_hindered, hindered_rows),
		TABLE_OF_ONE(test_child_unseen, "SIGCHLD ignored"),
		TABLE_OF_ONE(test_child_without_stdio, "without standard input, output and error"),
		TABLE(test_asking, asking_rows),
		TABLE(test_asking_much, much_rows),
		TABLE_OF_ONE(test_deaf, "it does not read the answer"),
		TABLE(test_lack, lacks),
		TABLE_OF_ONE(test_memory, "memory"),
		TABLE(test_attack, attack_rows),
		TABLE_OF_ONE(test_reading, "it reads what it may, held by all that there is"),
	};
	if (make_tree() < 0)
		return 1;
	int failed = table_run("confined", tables, sizeof tables / sizeof *tables);
	remove_tree();
	return failed;
}
