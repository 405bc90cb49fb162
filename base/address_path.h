/*
 * An address in the form for a mail server or its program (RFC 5321 section 4.1.2, RFC 6531 section
 * 3.3).
 */
#ifndef BASE_ADDRESS_PATH_H
#define BASE_ADDRESS_PATH_H

#include "base/arena.h"

/* A longer one does not fit into a command of 512 bytes (RFC 5321 section 4.5.3.1.4). */
enum { ADDRESS_PATH_MOST = 480 };

/*
 * Reads TEXT as an envelope address and writes it to *PATH, in MEM: without angle brackets, the
 * local part in quotes if it needs them, an international domain unchanged. False when it cannot be
 * an address: empty, too long, or with controls, blanks outside of quotes or deceptive characters.
 */
bool address_path(struct str text, struct arena *mem, struct str *path);

#endif
