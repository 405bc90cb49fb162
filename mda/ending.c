#include "mda/ending.h"

#include "base/companion.h"
#include "base/handlers.h"
#include "mda/exits.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

static volatile sig_atomic_t is_done, told = STDERR_FILENO;
static sigset_t before_hold;

static void end(const char *text)
{
	companion_end();
	if (is_done)
		_exit(EXIT_DONE);
	/* The status says the main thing, whatever becomes of the text. */
	(void)!write(told, text, strlen(text));
	_exit(EXIT_TRY_AGAIN);
}

static void on_time_limit(int signal)
{
	(void)signal;
	end("4.3.0 the delivery took too long\n");
}

static void on_request(int signal)
{
	(void)signal;
	end("4.3.0 the delivery was ended by a signal\n");
}

/* An error of ours, or of a library that read a damaged file, must not bounce mail. */
static void on_crash(int signal)
{
	(void)signal;
	end("4.3.0 mda failed on an internal fault\n");
}

static const struct {
	int signal;
	void (*handler)(int);
} ends[] = {
	{SIGALRM, on_time_limit},
	{SIGTERM, on_request},
	{SIGINT, on_request},
	{SIGHUP, on_request},
	{SIGQUIT, on_request},
	{SIGUSR1, on_request},
	{SIGUSR2, on_request},
	{SIGXCPU, on_request},
#ifndef MDA_SANITIZED /* the sanitizers report these themselves */
	{SIGSEGV, on_crash},
	{SIGBUS, on_crash},
	{SIGABRT, on_crash},
	{SIGFPE, on_crash},
	{SIGILL, on_crash},
#endif
};

enum { ENDS = sizeof ends / sizeof *ends };

static int catch_one(size_t i)
{
	struct sigaction old, new = {.sa_handler = ends[i].handler};
	if (ends[i].handler == on_crash) /* perhaps because the stack is full */
		new.sa_flags = SA_RESETHAND | SA_ONSTACK;
	if (handlers_set(ends[i].signal, &new, &old) < 0)
		return -1;
	/* Ignored signals stay ignored, as nohup(1) expects; but the time limit is ours. */
	if (old.sa_handler == SIG_IGN && ends[i].handler == on_request)
		return handlers_set(ends[i].signal, &old, NULL);
	return 0;
}

int ending_catch(struct err *err)
{
	static char stack[64 * 1024];
	const stack_t own = {.ss_sp = stack, .ss_size = sizeof stack};
	int r = 0;
	for (size_t i = 0; i < ENDS && r == 0; i++)
		r = catch_one(i);
	if (r == 0 && sigaltstack(&own, NULL) == 0 && signal(SIGPIPE, SIG_IGN) != SIG_ERR &&
		signal(SIGXFSZ, SIG_IGN) != SIG_ERR)
		return 0;
	(void)on_crash; /* see above */
	return err_temp(err, "cannot set up signals: %s", strerror(errno));
}

void ending_tell(int fd)
{
	told = fd;
}

/* A crash is not held: it would go on crashing. */
void ending_hold(void)
{
	sigset_t held;
	sigemptyset(&held);
	for (size_t i = 0; i < ENDS; i++)
		if (ends[i].handler != on_crash)
			sigaddset(&held, ends[i].signal);
	/* It cannot fail with such arguments. */
	(void)sigprocmask(SIG_BLOCK, &held, &before_hold);
}

void ending_release(bool done)
{
	is_done = done;
	(void)sigprocmask(SIG_SETMASK, &before_hold, NULL); /* likewise */
}
