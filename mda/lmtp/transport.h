/* The bytes of a connection, encrypted once TLS has begun. */
#ifndef MDA_LMTP_TRANSPORT_H
#define MDA_LMTP_TRANSPORT_H

#include "mda/lmtp/tls.h"

#include <sys/types.h>

struct transport {
	int fd;
	struct tls *tls; /* NULL: not encrypted */
};

/* Results that are not a number of bytes. */
enum { TRANSPORT_LATER = TLS_LATER, TRANSPORT_LOST = TLS_LOST };

/* Reads or writes without waiting. 0 from transport_read(): the other side has ended. */
ssize_t transport_read(struct transport *t, char *p, size_t n);
ssize_t transport_write(struct transport *t, struct str bytes);
/* Bytes that have come already: no event will tell of them. */
bool transport_has_more(const struct transport *t);
void transport_close(struct transport *t);

#endif
