/*
 * A conversation with a server, with a deadline: one request, one reply. Addresses are host:port,
 * [v6]:port or /socket.
 */
#ifndef BASE_NET_H
#define BASE_NET_H

#include "base/buf.h"
#include "base/err.h"

/* Is it one of these forms? A host without a port is accepted where a usual port exists. */
bool net_address_valid(struct str address);

/*
 * Sends the pieces, shuts down sending if HALF_CLOSE is set, and reads until the server closes.
 * More than MOST bytes is an error. DEADLINE is a time of io_microseconds(). -1 with the reason,
 * which names the server.
 */
struct net_exchange {
	const char *server, *usual_port;
	const struct str *pieces;
	size_t count;
	bool half_close;
	size_t most;
	long long deadline;
	/* Is the reply complete though the server keeps the connection open? NULL: it closes it. */
	bool (*is_whole)(void *context, struct str reply);
	void *context;
	/* Only for a /socket: an error unless root, or the user of this process, listens there. */
	bool trusted;
};
int net_exchange(const struct net_exchange *x, struct buf *reply, struct err *err);

/*
 * From now on, looking up a host takes at most about so many seconds. Only for a process of its own
 * that has not looked anything up yet. Without it, the C library waits ten seconds for each of
 * three silent name servers.
 */
void net_limit_lookups(unsigned seconds);

#endif
