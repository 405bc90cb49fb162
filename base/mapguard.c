#include "base/mapguard.h"

#include "base/limits.h"

#include <setjmp.h>
#include <signal.h>
#include <stddef.h>
#include <sys/time.h>

/* The last one comes with each second of CPU time. */
static const int signals[] = {SIGBUS, SIGSEGV, SIGFPE, SIGPROF};

enum { SIGNALS = sizeof signals / sizeof *signals };

static _Thread_local struct {
	sigjmp_buf back;
	volatile sig_atomic_t running;
	volatile sig_atomic_t seconds; /* since the last step */
} guard;

static unsigned patience = LIMIT_DATABASE_STEP;

void mapguard_patience(unsigned seconds)
{
	patience = seconds ? seconds : LIMIT_DATABASE_STEP;
}

void mapguard_progress(void)
{
	guard.seconds = 0;
}

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
	if (signal == SIGPROF && (!guard.running || (unsigned)++guard.seconds < patience))
		return;
	mapguard_leave();
	/* No work was running: the instruction runs again and dies of it. */
	(void)sigaction(signal, &usual, NULL);
}

/* Where it cannot be set, the deadline of the program ends the work. */
static void set_timer(time_t seconds)
{
	const struct itimerval each = {.it_interval = {seconds, 0}, .it_value = {seconds, 0}};
	(void)setitimer(ITIMER_PROF, &each, NULL);
}

int mapguard_run(int (*work)(void *context), void *context)
{
	struct sigaction ours = {.sa_handler = on_fault, .sa_flags = SA_RESTART}, before[SIGNALS];
	volatile int r = MAPGUARD_FAULT;
	for (size_t i = 0; i < SIGNALS; i++)
		(void)sigaction(signals[i], &ours, &before[i]); /* fails for bad numbers only */
	if (sigsetjmp(guard.back, 1) == 0) {
		guard.seconds = 0;
		guard.running = 1;
		set_timer(1);
		r = work(context);
		guard.running = 0;
	}
	set_timer(0);
	for (size_t i = 0; i < SIGNALS; i++)
		(void)sigaction(signals[i], &before[i], NULL);
	return r;
}
