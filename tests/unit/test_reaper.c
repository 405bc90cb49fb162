/* A process's number is its own until it is reaped, and nothing is waited for. */
#include "tests/unit/table.h"

#include "mda/server/reaper.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct row {
	const char *name;
	int count;
	bool ends_itself; /* before it is ended */
} rows[] = {
	{"one that runs", 1, false},
	{"one that has ended", 1, true},
	{"many that run", 100, false},
	{"many that have ended", 100, true},
};

enum { MOST = 100 };

static void start(pid_t *pid, bool ends_itself)
{
	siginfo_t info;
	*pid = fork();
	assert_true(*pid >= 0);
	if (*pid == 0) {
		if (!ends_itself)
			pause();
		_exit(0);
	}
	if (ends_itself)
		assert_int_equal(waitid(P_PID, (id_t)*pid, &info, WEXITED | WNOWAIT), 0);
}

static void ends(void **state)
{
	const struct row *r = *state;
	pid_t pids[MOST];
	siginfo_t info;
	for (int i = 0; i < r->count; i++)
		start(&pids[i], r->ends_itself);
	/* What has ended by itself keeps its number. */
	reaper_reap();
	for (int i = 0; i < r->count; i++)
		assert_int_equal(kill(pids[i], 0), 0);
	for (int i = 0; i < r->count; i++)
		reaper_end(pids[i]);
	/* Until nothing is left: one turn reaps those that are dead. */
	while (waitid(P_ALL, 0, &info, WEXITED | WNOWAIT) == 0)
		reaper_reap();
	assert_int_equal(errno, ECHILD);
	for (int i = 0; i < r->count; i++)
		assert_int_equal(kill(pids[i], 0), -1);
	reaper_reap();
}

int main(void)
{
	const struct table tables[] = {TABLE(ends, rows)};
	return table_run("reaper", tables, sizeof tables / sizeof *tables);
}
