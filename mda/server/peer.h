/* The other end of a connection, and the networks that the admin trusts. */
#ifndef MDA_SERVER_PEER_H
#define MDA_SERVER_PEER_H

#include "base/arena.h"
#include "base/err.h"

#include <sys/socket.h>

enum { PEER_NAME = 64 };

struct peer {
	bool is_local;           /* connected by a Unix socket */
	bool is_verified;        /* by TLS, with a certificate of lmtp_tls_clients */
	bool is_unknown;         /* it is in no network */
	unsigned char bytes[16]; /* IPv6, or IPv4 as ::ffff:a.b.c.d; zero when is_local */
	char name[PEER_NAME];    /* "unix", "192.0.2.1", "2001:db8::1" */
};

void peer_of(const struct sockaddr_storage *address, struct peer *p);
/*
 * Reads the address in XCLIENT: "192.0.2.1" or "IPv6:2001:db8::1". False if it is not an address.
 */
bool peer_read(struct str text, struct peer *p);
/* Sets its name to its address. */
void peer_name(struct peer *p);
/* Is its address one of IPv4? */
bool peer_is_ipv4(const struct peer *p);
/* The peer that is in no network. */
void peer_set_unknown(struct peer *p);
/*
 * One of COUNT numbers for the peer's address; 0 for Unix sockets. Without the SEED nobody can tell
 * which addresses share a number.
 */
unsigned peer_bucket(const struct peer *p, struct str seed, unsigned count);

/*
 * Networks: "unix", "192.0.2.1", "192.0.2.0/24", "2001:db8::/32", and "tls" for a client with a
 * certificate.
 */
struct peer_networks {
	struct peer_network *items;
	size_t count;
};

/* The error names KEY. Memory is MEM's. */
int peer_networks_read(const struct str_list *words, const char *key, struct arena *mem,
	struct peer_networks *networks, struct err *err);
/* Adds the networks of MORE. Memory is MEM's. */
void peer_networks_add(
	struct peer_networks *networks, const struct peer_networks *more, struct arena *mem);
bool peer_is_in(const struct peer *p, const struct peer_networks *networks);

#endif
