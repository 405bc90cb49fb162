#include "base/mapguard.h"

#include "base/limits.h"

#include <setjmp.h>
#include <signal.h>
#include <stddef.h>
#include <sys/time.h>

/* SIGPROF comes after each second of CPU time. */
static const int signals[] = {SIGBUS, SIGSEGV, SIGFPE, SIGPROF};

enum { SIGNALS = sizeof signals / sizeof *signals };

static _Thread_local struct {
	sigjmp_buf back;
	volatile sig_atomic_t running;
	volatile sig_atomic_t seconds; /* CPU time since the last step */
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

/* What the signals did before: mapguard_run() has put its handler in their place. */
static struct sigaction before[SIGNALS];

static void on_fault(int signal)
{
	if (signal == SIGPROF && (!guard.running || (unsigned)++guard.seconds < patience))
		return;
	mapguard_leave();
	/* No work was running: the instruction runs again, and what was to happen happens. */
	for (size_t i = 0; i < SIGNALS; i++)
		if (signals[i] == signal)
			(void)sigaction(signal, &before[i], NULL);
}

/*
 * The handlers stay, as there are many pieces of work in a delivery. A child, or somebody else who
 * sets such signals, sets all of them: then ours are set again. On the other stack, if there is
 * one: a fault outside of any work may be that of a full stack.
 */
static void watch(void)
{
	struct sigaction ours = {.sa_handler = on_fault, .sa_flags = SA_RESTART | SA_ONSTACK}, now;
	if (sigaction(signals[0], NULL, &now) == 0 && now.sa_handler == on_fault)
		return;
	for (size_t i = 0; i < SIGNALS; i++)
		(void)sigaction(signals[i], &ours, &before[i]); /* fails for bad numbers only */
}

/* If it cannot be set, the deadline of the program ends the work. */
static void set_timer(time_t seconds)
{
	const struct itimerval each = {.it_interval = {seconds, 0}, .it_value = {seconds, 0}};
	(void)setitimer(ITIMER_PROF, &each, NULL);
}

int mapguard_run(int (*work)(void *context), void *context)
{
	volatile int r = MAPGUARD_FAULT;
	watch();
	if (sigsetjmp(guard.back, 1) == 0) {
		guard.seconds = 0;
		guard.running = 1;
		set_timer(1);
		r = work(context);
		guard.running = 0;
	}
	set_timer(0);
	return r;
}
