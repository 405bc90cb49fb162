/*
 * A conversation with a server, until a deadline: one request, one reply. Addresses are host:port,
 * [v6]:port or /socket.
 */
#ifndef BASE_NET_H
#define BASE_NET_H

#include "base/buf.h"
#include "base/err.h"

/* Is it one of those forms? A host alone, without a port, is fine where there is a usual one. */
bool net_address_valid(struct str address);

/*
 * Sends the pieces, shuts that direction when HALF_CLOSE says so, and reads all that comes until
 * the server closes, at most MOST bytes; more is an error. DEADLINE is in io_microseconds(). -1
 * with the reason, which names the server.
 */
struct net_exchange {
	const char *server, *usual_port;
	const struct str *pieces;
	size_t count;
	bool half_close;
	size_t most;
	long long deadline;
};
int net_exchange(const struct net_exchange *x, struct buf *reply, struct err *err);

/*
 * What a lookup of a host may take, in about so many seconds, from here on: for a process of its
 * own that has looked nothing up yet. The C library has no deadline, and waits ten seconds for each
 * of three silent name servers.
 */
void net_limit_lookups(unsigned seconds);

#endif
