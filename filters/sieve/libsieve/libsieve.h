/*
 * The engine "libsieve": Debian's libsieve2, an interpreter for RFC 3028 with fileinto, reject,
 * envelope, relational and regex. It overflows its heap on some input and can hang, so it is loaded
 * and runs only in a confined child process (base/confined.h), which can but choose among the
 * actions that stand in the script.
 */
#ifndef FILTERS_SIEVE_LIBSIEVE_LIBSIEVE_H
#define FILTERS_SIEVE_LIBSIEVE_LIBSIEVE_H

#include "filters/sieve/engine.h"

extern const struct sv_engine libsieve_engine;

enum { LIBSIEVE_REQUEST_MOST = 32 << 20 };

/*
 * Answers a request of the engine's, for a host that was asked to run it apart (host.h): starts the
 * child. -1 when that fails, dies or takes too long.
 */
int libsieve_answer(struct str request, struct arena *mem, struct str *reply, struct err *err);

#endif
