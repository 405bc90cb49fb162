#include "mda/server/reaper.h"

#include "base/mem.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/wait.h>

/* Those that were killed, and are not dead yet. */
static struct {
	pid_t *pids;
	size_t count, room;
} dying;

static bool is_dying(pid_t pid)
{
	pid_t r;
	do
		r = waitpid(pid, NULL, WNOHANG);
	while (r < 0 && errno == EINTR);
	return r == 0;
}

void reaper_end(pid_t pid)
{
	kill(pid, SIGKILL); /* it is not reaped yet, so this hits no other process */
	if (!is_dying(pid))
		return;
	if (dying.count == dying.room) {
		dying.room = dying.room ? 2 * dying.room : 8;
		dying.pids = mem_resize(dying.pids, dying.room * sizeof *dying.pids);
	}
	dying.pids[dying.count++] = pid;
}

void reaper_reap(void)
{
	size_t kept = 0;
	for (size_t i = 0; i < dying.count; i++)
		if (is_dying(dying.pids[i]))
			dying.pids[kept++] = dying.pids[i];
	dying.count = kept;
}
