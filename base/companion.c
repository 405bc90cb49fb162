#include "base/companion.h"

#include <signal.h>

static volatile pid_t companion;

void companion_set(pid_t group)
{
	companion = group;
}

void companion_end(void)
{
	if (companion > 0)
		(void)kill(-companion, SIGKILL); /* it may have ended */
}
