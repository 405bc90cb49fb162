#include "mda/tools/stopping.h"

#include "base/handlers.h"

#include <stddef.h>

static volatile sig_atomic_t asked;

static void on_signal(int signal)
{
	(void)signal;
	asked = 1;
}

static const int signals[STOPPING_SIGNALS] = {SIGINT, SIGTERM, SIGHUP};

void stopping_begin(struct stop_signals *s)
{
	const struct sigaction stop = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
	for (size_t i = 0; i < STOPPING_SIGNALS; i++)
		(void)handlers_set(signals[i], &stop, &s->before[i]); /* these can be caught */
}

void stopping_end(const struct stop_signals *s)
{
	for (size_t i = 0; i < STOPPING_SIGNALS; i++)
		(void)handlers_set(signals[i], &s->before[i], NULL); /* the same */
}

bool stopping_asked(void)
{
	return asked;
}
