#include "mda/base/mapguard.h"

#include <setjmp.h>
#include <signal.h>
#include <stddef.h>

static const int signals[] = {SIGBUS, SIGSEGV, SIGFPE};

enum { SIGNALS = sizeof signals / sizeof *signals };

static _Thread_local struct {
	sigjmp_buf back;
	volatile sig_atomic_t running;
} guard;

void mapguard_leave(void)
{
	if (!guard.running)
		return;
	guard.running = 0;
	siglongjmp(guard.back, 1);
}

static void on_fault(int signal)
{
	struct sigaction usual = {.sa_handler = SIG_DFL};
	mapguard_leave();
	/* No work was running: the instruction runs again and dies of it. */
	(void)sigaction(signal, &usual, NULL);
}

int mapguard_run(int (*work)(void *context), void *context)
{
	struct sigaction ours = {.sa_handler = on_fault}, before[SIGNALS];
	volatile int r = MAPGUARD_FAULT;
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
