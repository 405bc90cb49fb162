/*
 * A system call that fails: the delivery is to be tried again, nothing torn is seen, and the retry ends with one copy. A
 * filter makes the calls fail, in a process of its own.
 */
#include "tests/unit/test_store.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

static const char text[] = "Subject: x\n\nbody\n";

struct failing {
	const char *name;
	int call, error;
	const char *dsn; /* NULL: not told by a code of its own, or not said */
	bool works;      /* the delivery goes well in spite of it */
};

static const struct failing faults[] = {
	{"writev: disk full", SYS_writev, ENOSPC, "4.3.1", false},
	{"writev: quota", SYS_writev, EDQUOT, "4.2.2", false},
	{"writev: input/output error", SYS_writev, EIO, NULL, false},
	{"fsync: input/output error", SYS_fsync, EIO, NULL, false},
	{"fsync: disk full", SYS_fsync, ENOSPC, "4.3.1", false},
	{"fdatasync: input/output error", SYS_fdatasync, EIO, NULL, false},
	{"pwrite: disk full", SYS_pwrite64, ENOSPC, "4.3.1", false},
	{"pwrite: quota", SYS_pwrite64, EDQUOT, "4.2.2", false},
	{"link: disk full", SYS_linkat, ENOSPC, "4.3.1", false},
	{"link: quota", SYS_linkat, EDQUOT, "4.2.2", false},
	{"link: input/output error", SYS_linkat, EIO, NULL, false},
	{"link: there are none", SYS_linkat, EPERM, NULL, true},
	{"link: not supported", SYS_linkat, EOPNOTSUPP, NULL, true},
	{"lock: none left", SYS_fcntl, ENOLCK, NULL, false},
	{"mmap: no memory for the database", SYS_mmap, ENOMEM, NULL, false},
	{"open: too many files", SYS_openat, EMFILE, NULL, false},
	{"unlink: input/output error", SYS_unlinkat, EIO, NULL, false},
	{"rename: not used", SYS_renameat, EIO, NULL, true},
};

/* Of mmap() only the shared maps fail: who tests needs memory of his own. */
static int let_fail(int call, int error)
{
	const bool map = call == SYS_mmap;
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)call, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[3])),
		BPF_JUMP(BPF_JMP | (map ? BPF_JSET : BPF_JGE) | BPF_K, map ? MAP_SHARED : 0, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned)error),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {sizeof code / sizeof *code, code};
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -1;
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

enum outcome { DIED, WENT_WELL, FAILED, WRONG_ERROR, NO_FILTER };

static enum outcome deliver_with_fault(struct box *b, struct job *j, const struct failing *row)
{
	if (let_fail(row->call, row->error) < 0)
		return NO_FILTER;
	if (box_deliver(b, j) == 0)
		return WENT_WELL;
	const char *dsn = b->err.dsn ? b->err.dsn : "";
	if (b->err.fault == FAULT_TEMP && (!row->dsn || strcmp(dsn, row->dsn) == 0))
		return FAILED;
	fprintf(stderr, "# %s %s\n", dsn, b->err.text);
	return WRONG_ERROR;
}

/* Told in shared memory: the exit status is valgrind's. */
static enum outcome in_a_child(struct box *b, struct job *j, const struct failing *row)
{
	enum outcome *said =
		mmap(NULL, sizeof *said, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(said, MAP_FAILED);
	pid_t child = fork();
	if (child == 0) {
		*said = deliver_with_fault(b, j, row);
		_exit(0);
	}
	assert_int_equal(waitpid(child, NULL, 0), child);
	enum outcome outcome = *said;
	assert_int_equal(munmap(said, sizeof *said), 0);
	return outcome;
}

static void test_fault(void **state)
{
	const struct failing *row = *state;
	struct box *b = box_new();
	struct job first = {.text = text, .folders = {""}, .id = "other", .unique = true};
	struct job j = {.text = text, .folders = {"", "A"}, .unique = true};
	assert_int_equal(box_deliver(b, &first), 0);
	enum outcome outcome = in_a_child(b, &j, row);
	if (outcome == NO_FILTER) {
		box_free(b);
		skip();
	}
	assert_int_equal(outcome, row->works ? WENT_WELL : FAILED);
	box_count(b, text);
	assert_int_equal(box_tally.torn, 0);
	/* The one file that may be left is the marker of what can be seen already. */
	if (row->call != SYS_unlinkat)
		assert_true(box_tally.tmp <= (box_tally.visible > 1));
	assert_int_equal(box_deliver(b, &j), 0);
	box_count(b, text);
	assert_int_equal(box_tally.visible, 3);
	assert_int_equal(box_tally.torn, 0);
	assert_int_equal(box_tally.tmp, 0);
	box_free(b);
}

int main(void)
{
	const struct table tables[] = {TABLE(test_fault, faults)};
	return table_run("store under faults", tables, sizeof tables / sizeof *tables);
}
