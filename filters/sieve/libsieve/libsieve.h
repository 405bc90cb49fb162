/*
 * The engine "libsieve": Debian's libsieve2, an interpreter for RFC 3028 with fileinto, reject,
 * envelope, relational and regex. It overflows its heap on some input and can hang. So it is loaded
 * and run only in a confined child process (base/confined.h), which can do nothing but choose among
 * the actions in the script.
 */
#ifndef FILTERS_SIEVE_LIBSIEVE_LIBSIEVE_H
#define FILTERS_SIEVE_LIBSIEVE_LIBSIEVE_H

#include "filters/sieve/engine.h"

extern const struct sv_engine libsieve_engine;

enum { LIBSIEVE_REQUEST_MOST = 32 << 20 };

/*
 * Answers a request of the engine for a host that runs it in a process of its own (host.h): starts
 * the child. -1 if that fails, dies or takes too long.
 */
int libsieve_answer(struct str request, struct arena *mem, struct str *reply, struct err *err);

#endif
