#include "base/mapguard.h"

#include "base/handlers.h"
#include "base/limits.h"

#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/time.h>

/* SIGPROF comes after each second of CPU time while the timer runs. */
static const int signals[] = {SIGBUS, SIGSEGV, SIGFPE, SIGPROF};

enum { SIGNALS = sizeof signals / sizeof *signals };

static _Thread_local struct {
	sigjmp_buf back;
	volatile sig_atomic_t running;
	volatile sig_atomic_t ticks; /* of the timer since the last step */
} guard;

static unsigned patience = LIMIT_DATABASE_STEP;

void mapguard_patience(unsigned seconds)
{
	patience = seconds ? seconds : LIMIT_DATABASE_STEP;
}

void mapguard_progress(void)
{
	guard.ticks = 0;
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
static bool watches;                   /* in this process */
static volatile sig_atomic_t is_timed; /* the timer of this process runs */

/* If it cannot be set, the deadline of the program ends the work. */
static void set_timer(time_t seconds)
{
	const struct itimerval each = {.it_interval = {seconds, 0}, .it_value = {seconds, 0}};
	(void)setitimer(ITIMER_PROF, &each, NULL);
}

/*
 * The timer is started by the first piece of work and runs on after it, as there are many pieces in
 * a delivery. If it comes when no work is running, it is stopped, so that at most one system call
 * is interrupted. The first second may be a part of one: one tick more than PATIENCE ends the work.
 */
static void on_tick(void)
{
	if (!guard.running) {
		set_timer(0);
		is_timed = 0;
	} else if ((unsigned)++guard.ticks > patience) {
		mapguard_leave();
	}
}

static void on_fault(int signal)
{
	if (signal == SIGPROF) {
		on_tick();
		return;
	}
	mapguard_leave();
	/* No work was running: the instruction runs again, and what was to happen happens. */
	for (size_t i = 0; i < SIGNALS; i++)
		if (signals[i] == signal)
			(void)handlers_set(signal, &before[i], NULL);
}

/* A child has no timer, and may reset its handlers. */
static void forget(void)
{
	watches = false;
	is_timed = 0;
}

/*
 * The handlers stay for the whole process. They run on the other stack, if there is one: a fault
 * outside of any work may be that of a full stack. No signal is blocked while they run, so nothing
 * has to be unblocked when they jump back.
 */
static void watch(void)
{
	static bool forks;
	const struct sigaction ours = {
		.sa_handler = on_fault, .sa_flags = SA_RESTART | SA_ONSTACK | SA_NODEFER};
	if (!forks)
		forks = pthread_atfork(NULL, NULL, forget) == 0;
	for (size_t i = 0; i < SIGNALS; i++) {
		struct sigaction old;
		/* It fails for bad numbers only. */
		if (handlers_set(signals[i], &ours, &old) == 0 && old.sa_handler != on_fault)
			before[i] = old;
	}
	watches = forks;
}

int mapguard_run(int (*work)(void *context), void *context)
{
	volatile int r = MAPGUARD_FAULT;
	if (!watches)
		watch();
	if (sigsetjmp(guard.back, 0) == 0) {
		guard.ticks = 0;
		guard.running = 1;
		if (!is_timed) {
			is_timed = 1;
			set_timer(1);
		}
		r = work(context);
		guard.running = 0;
	}
	return r;
}
