#include "base/handlers.h"

#include <stdbool.h>
#include <stddef.h>

static bool noted[NSIG];

int handlers_set(int signal, const struct sigaction *new, struct sigaction *old)
{
	if (signal > 0 && signal < NSIG)
		noted[signal] = true;
	return sigaction(signal, new, old);
}

/* These signals end a process that goes wrong, whatever handlers were set before. */
static bool ends_faulty(int number)
{
	static const int ends[] = {SIGILL, SIGABRT, SIGBUS, SIGFPE, SIGSEGV, SIGXCPU};
	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
		if (ends[i] == number)
			return true;
	return false;
}

void handlers_reset(void)
{
	for (int i = 1; i < NSIG; i++) {
		if (noted[i] || ends_faulty(i))
			(void)signal(i, SIG_DFL); /* a signal that was set can be reset */
		noted[i] = false;
	}
}
