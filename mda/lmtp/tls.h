/*
 * TLS for connections that say STARTTLS (RFC 3207), by GnuTLS, which is loaded only if a
 * certificate is configured. Certificate and key are in the memory of a front alone.
 */
#ifndef MDA_LMTP_TLS_H
#define MDA_LMTP_TLS_H

#include "mda/conf/conf.h"

#include <sys/types.h>

struct tls_context;
struct tls;

/*
 * Reads the files that CONF names, while the process may read them. NULL with the reason; *ERR is
 * not filled if CONF names none.
 */
struct tls_context *tls_load(const struct conf *conf, struct err *err);
/* In a process of its own: would tls_load() succeed? Nothing of the key stays in this process. */
int tls_check(const struct conf *conf, struct err *err);

/* A connection over FD, whose handshake is to begin. NULL: it cannot be had. */
struct tls *tls_new(const struct tls_context *context, int fd);
void tls_free(struct tls *t);

/* 1 when the handshake is done, 0 when it waits for the other side, -1 when it failed. */
int tls_shake_hands(struct tls *t);
/* While it waits: for writing, and not for reading? */
bool tls_wants_to_write(const struct tls *t);
/* Has the other side a certificate of the authorities in lmtp_tls_clients? */
bool tls_is_verified(const struct tls *t);

/* What is not a number of bytes. */
enum { TLS_LATER = -1, TLS_LOST = -2 };
/* Reads or writes without waiting. 0 from tls_read(): the other side has ended. */
ssize_t tls_read(struct tls *t, char *p, size_t n);
ssize_t tls_write(struct tls *t, struct str bytes);
/* Bytes that have come already: no event will tell of them. */
bool tls_has_more(const struct tls *t);

#endif
