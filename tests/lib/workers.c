#include "tests/lib/workers.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOST = 8 };

void *workers_share(size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		abort();
	return p;
}

void workers_unshare(void *shared, size_t size)
{
	if (munmap(shared, size) < 0)
		abort();
}

static void run_one(workers_work *work, void *context, size_t number, size_t count)
{
	const struct rlimit no_core = {0};
	/* A failed assertion must not jump to where the parent runs its tests. */
	if (setenv("CMOCKA_TEST_ABORT", "1", 1) < 0 || setrlimit(RLIMIT_CORE, &no_core) < 0)
		_exit(1);
	work(context, number, count);
	_exit(0);
}

size_t workers_run(workers_work *work, void *context)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	size_t count = processors < 1 ? 1 : processors > MOST ? MOST : (size_t)processors;
	size_t failed = 0;
	pid_t children[MOST];
	for (size_t i = 0; i < count; i++) {
		children[i] = fork();
		if (children[i] < 0)
			abort();
		if (children[i] == 0)
			run_one(work, context, i, count);
	}
	for (size_t i = 0; i < count; i++) {
		int status;
		failed += waitpid(children[i], &status, 0) != children[i] || status != 0;
	}
	return failed;
}

bool workers_in_valgrind(void)
{
	const char *preload = getenv("LD_PRELOAD");
	return preload && strstr(preload, "vgpreload");
}

size_t workers_step(size_t sanitized, size_t valgrind)
{
	if (workers_in_valgrind())
		return valgrind;
#ifdef MDA_SANITIZED
	return sanitized;
#else
	return getenv("THIN") ? sanitized : 1;
#endif
}
