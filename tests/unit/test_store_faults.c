/*
 * When a system call fails, the delivery must be tried again, no torn message is visible, and the
 * retry ends with one copy. First each single call of a delivery fails, by a tracer; then every
 * call of a kind, by a filter.
 */
#include "tests/lib/tracer.h"
#include "tests/lib/workers.h"
#include "tests/unit/test_store_audit.h"
#include "tests/unit/test_store_scenes.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

/* ---- one call fails ---- */

enum { CALLS = 4096, ERRORS = 9, RETRY = 75 };

static const struct kind {
	const char *name;
	long call;
	int errors[ERRORS];
	bool half;    /* a part of it is done */
	int done_but; /* it is done, and yet this error is told */
} kinds[] = {
	{"write", SYS_write, {EIO, ENOSPC, EDQUOT, EINTR}, true, EIO},
	{"writev", SYS_writev, {EIO, ENOSPC, EDQUOT, EINTR}, true, EIO},
	{"pwrite", SYS_pwrite64, {EIO, ENOSPC, EDQUOT, EINTR}, true, EIO},
	{"pwritev", SYS_pwritev, {EIO, ENOSPC, EDQUOT, EINTR}, true, EIO},
	{"read", SYS_read, {EIO, EINTR}, true, 0},
	{"pread", SYS_pread64, {EIO, EINTR}, true, 0},
	{"getdents", SYS_getdents64, {EIO, ENOMEM}, false, 0},
	{"fsync", SYS_fsync, {EIO, ENOSPC, EDQUOT, EINTR}, false, EIO},
	{"fdatasync", SYS_fdatasync, {EIO, ENOSPC, EDQUOT, EINTR}, false, EIO},
	{"msync", SYS_msync, {EIO, ENOMEM}, false, EIO},
	{"openat", SYS_openat, {EIO, ENOSPC, EDQUOT, EMFILE, ENFILE, ENOMEM, EINTR}, false, 0},
	{"openat2", SYS_openat2,
		{EIO, ENOSPC, EDQUOT, EMFILE, ENOMEM, EAGAIN, EINTR, ENOSYS, EPERM}, false, 0},
	{"linkat", SYS_linkat, {EIO, ENOSPC, EDQUOT, ENOMEM, EMLINK}, false, EIO},
	{"rename", SYS_rename, {EIO, ENOSPC, EDQUOT, ENOMEM}, false, EIO},
	{"renameat", SYS_renameat, {EIO, ENOSPC, EDQUOT, ENOMEM}, false, EIO},
	{"renameat2", SYS_renameat2, {EIO, ENOSPC, EDQUOT, ENOMEM}, false, EIO},
	{"unlink", SYS_unlink, {EIO, ENOMEM}, false, EIO},
	{"unlinkat", SYS_unlinkat, {EIO, ENOMEM}, false, EIO},
	{"mkdir", SYS_mkdir, {EIO, ENOSPC, EDQUOT, ENOMEM}, false, EIO},
	{"mkdirat", SYS_mkdirat, {EIO, ENOSPC, EDQUOT, ENOMEM}, false, EIO},
	{"rmdir", SYS_rmdir, {EIO, ENOMEM}, false, EIO},
	{"ftruncate", SYS_ftruncate, {EIO, ENOSPC, EINTR}, false, EIO},
	{"fallocate", SYS_fallocate, {EIO, ENOSPC, EDQUOT, EINTR, EOPNOTSUPP}, false, EIO},
	{"mmap", SYS_mmap, {ENOMEM, EAGAIN}, false, 0},
	{"fstat", SYS_fstat, {EIO, ENOMEM}, false, 0},
	{"stat", SYS_newfstatat, {EIO, ENOMEM, EACCES}, false, 0},
	{"access", SYS_faccessat2, {EIO, ENOMEM, EACCES}, false, 0},
	{"statfs", SYS_statfs, {EIO, ENOMEM}, false, 0},
	{"fstatfs", SYS_fstatfs, {EIO}, false, 0},
	{"fcntl", SYS_fcntl, {ENOLCK, EINTR, EIO}, false, 0},
	{"close", SYS_close, {0}, false, EIO},
};

/* The calls of a delivery that goes well. */
struct list {
	size_t count;
	const struct kind *kinds[CALLS]; /* NULL: one that is left alone */
};

/* What happens to the call of that number. */
struct mishap {
	size_t number;
	const struct kind *kind;
	enum { FAILS, HALF, DONE_BUT } how;
	int error;
};

struct attempt {
	struct box *box;
	struct job job;
	struct list *list;
	struct mishap fault;
};

static int attempt_run(void *context)
{
	struct attempt *a = context;
	if (box_deliver(a->box, &a->job) == 0)
		return 0;
	return a->box->err.fault == FAULT_TEMP ? RETRY : 1;
}

/* The test needs memory of its own, so only maps of files fail. */
static bool is_kind(const struct kind *k, const struct tracer_call *call)
{
	return k->call == call->call && (k->call != SYS_mmap || (int)call->arguments[4] >= 0);
}

static enum tracer_wish list_calls(void *context, const struct tracer_call *call)
{
	struct attempt *a = context;
	if (!call->entry)
		return TRACER_GO_ON;
	a->list->count = call->number;
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds && call->number < CALLS; i++)
		if (is_kind(&kinds[i], call))
			a->list->kinds[call->number] = &kinds[i];
	return TRACER_GO_ON;
}

static enum tracer_wish inject(void *context, const struct tracer_call *call)
{
	const struct attempt *a = context;
	const struct mishap *f = &a->fault;
	if (!call->entry || call->number != f->number || !is_kind(f->kind, call))
		return TRACER_GO_ON;
	if (f->how == FAILS)
		tracer_fail(call, f->error);
	else if (f->how == DONE_BUT)
		tracer_pretend(call, f->error);
	else
		tracer_halve(call);
	return TRACER_GO_ON;
}

static const char *fault_name(struct box *b, const struct mishap *f)
{
	static const char *const how[] = {"fails", "does half", "is done, but"};
	return arena_fmt(b->mem, "call %zu, %s, %s: %s", f->number, f->kind->name, how[f->how],
		f->error ? strerror(f->error) : "")
		.p;
}

/*
 * A file in tmp/, even Courier's lock, may stay if its removal or the way to it failed or seemed
 * unsafe.
 */
static size_t may_stay(const struct mishap *f)
{
	return f->kind->call == SYS_unlinkat || f->kind->call == SYS_newfstatat ||
	       f->kind->call == SYS_openat2;
}

/* Success means that it is there; and after the retry it is there once. */
static void fault_once(const struct scene *scene, struct mishap f)
{
	struct knowledge before;
	struct attempt a = {.box = scene_box(scene, &before), .job = scene->job, .fault = f};
	struct box *b = a.box;
	size_t folders = job_folders(&scene->job), whole = scene_whole(scene);
	int status = tracer_run(attempt_run, &a, inject, &a);
	const char *name = fault_name(b, &f);
	if (!WIFEXITED(status) || (WEXITSTATUS(status) != 0 && WEXITSTATUS(status) != RETRY))
		fail_msg("%s: status %x", name, (unsigned)status);
	box_count(b, scene_text);
	if (box_tally.torn || (status == 0 && box_tally.visible != whole))
		fail_msg("%s: status %x, %zu torn, %zu of %zu messages", name, (unsigned)status,
			box_tally.torn, box_tally.visible, whole);
	whole += audit_ended(b, &scene->job, whole) ? folders : 0;
	struct job again = scene->job;
	if (box_deliver(b, &again) < 0)
		fail_msg("%s: the retry: %s", name, b->err.text);
	box_count(b, scene_text);
	if (box_tally.torn || box_tally.visible != whole || box_tally.tmp > may_stay(&f))
		fail_msg("%s: then %zu torn, %zu of %zu messages, %zu in tmp", name, box_tally.torn,
			box_tally.visible, whole, box_tally.tmp);
	assert_known(b, &before, name);
	if (uids_with_file(b) != whole)
		fail_msg("%s: then %zu UIDs for %zu files", name, uids_with_file(b), whole);
	box_free(b);
}

struct sweep {
	const struct scene *scene;
	struct list list;
	size_t done;
};

static void faults_of_call(struct sweep *f, size_t number)
{
	const struct kind *k = f->list.kinds[number];
	struct mishap fault = {.number = number, .kind = k};
	size_t done = 0;
	if (!k)
		return;
	for (size_t i = 0; i < ERRORS && k->errors[i]; i++, done++) {
		fault.error = k->errors[i];
		fault_once(f->scene, fault);
	}
	if (k->half) {
		fault_once(f->scene, (struct mishap){number, k, HALF, 0});
		done++;
	}
	if (k->done_but) {
		fault_once(f->scene, (struct mishap){number, k, DONE_BUT, k->done_but});
		done++;
	}
	__atomic_add_fetch(&f->done, done, __ATOMIC_RELAXED);
}

static void fault_share(void *context, size_t number, size_t count)
{
	struct sweep *f = context;
	size_t step = count * workers_step(5, 1);
	for (size_t n = 1 + number; n <= f->list.count && n < CALLS; n += step)
		faults_of_call(f, n);
}

static void test_one_call(void **state)
{
	const struct scene *scene = *state;
	if (!tracer_works())
		skip();
	if (workers_in_valgrind()) {
		scene_play(scene);
		return;
	}
	struct sweep *f = workers_share(sizeof *f);
	f->scene = scene;
	struct knowledge before;
	struct attempt a = {
		.box = scene_box(f->scene, &before), .job = f->scene->job, .list = &f->list};
	assert_int_equal(tracer_run(attempt_run, &a, list_calls, &a), 0);
	box_free(a.box);
	assert_true(f->list.count < CALLS);
	size_t failed = workers_run(fault_share, f), calls = f->list.count, done = f->done;
	workers_unshare(f, sizeof *f);
	print_message("# %s: %zu faults in %zu calls\n", scene->name, done, calls);
	assert_int_equal(failed, 0);
	assert_true(done >= 100 / workers_step(5, 1));
}

/* ---- all calls of a kind fail ---- */

static const char text[] = "Subject: x\n\nbody\n";

struct failure {
	const char *name;
	int call, error;
	const char *dsn; /* NULL: not told by a code of its own, or not said */
	bool works;      /* the delivery goes well in spite of it */
};

static const struct failure faults[] = {
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
	{"unlink: input/output error", SYS_unlinkat, EIO, NULL, true},
	{"rename: not used", SYS_renameat, EIO, NULL, true},
};

/* Of mmap() only shared maps fail, because the test needs memory of its own. */
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

static enum outcome deliver_with_fault(struct box *b, struct job *j, const struct failure *row)
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
static enum outcome in_a_child(struct box *b, struct job *j, const struct failure *row)
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
	const struct failure *row = *state;
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
	const struct table single[] = {TABLE(test_one_call, scenes)};
	const struct table all[] = {TABLE(test_fault, faults)};
	if (access("/dev/shm", W_OK) == 0)
		setenv("TMPDIR", "/dev/shm", 0);
	return table_run("store, one call fails", single, 1) +
	       table_run("store, all calls of a kind fail", all, 1);
}
