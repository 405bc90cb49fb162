#include "store/mapguard.h"

#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

/* A damaged length leads at most so far behind the map. */
static const uintptr_t reach = (uintptr_t)1 << 32;

static const int signals[] = {SIGBUS, SIGSEGV};

enum { SIGNALS = sizeof signals / sizeof *signals };

static _Thread_local struct {
	sigjmp_buf back;
	uintptr_t start, size;
	volatile sig_atomic_t running;
} guard;

void mapguard_leave(void)
{
	if (!guard.running)
		return;
	guard.running = 0;
	siglongjmp(guard.back, 1);
}

static void on_fault(int signal, siginfo_t *info, void *context)
{
	uintptr_t at = (uintptr_t)info->si_addr;
	struct sigaction usual = {.sa_handler = SIG_DFL};
	(void)context;
	if (at >= guard.start && at - guard.start < guard.size + reach)
		mapguard_leave();
	/* Not the map's: the instruction runs again and dies of it. */
	(void)sigaction(signal, &usual, NULL);
}

int mapguard_run(const void *map, size_t size, int (*work)(void *context), void *context)
{
	struct sigaction ours = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO}, before[SIGNALS];
	volatile int r = MAPGUARD_FAULT;
	guard.start = (uintptr_t)map;
	guard.size = size;
	for (size_t i = 0; i < SIGNALS; i++)
		(void)sigaction(signals[i], &ours, &before[i]); /* fails for bad numbers only */
	if (sigsetjmp(guard.back, 1) == 0) {
		guard.running = 1;
		r = work(context);
		guard.running = 0;
	}
	for (size_t i = 0; i < SIGNALS; i++)
		(void)sigaction(signals[i], &before[i], NULL);
	return r;
}
