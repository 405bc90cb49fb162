/* Reading the messages that are in a Maildir. */
#ifndef MDA_TOOLS_STORED_H
#define MDA_TOOLS_STORED_H

#include "base/message.h"
#include "base/packed.h"
#include "mda/conf/conf.h"

/*
 * Reads the message file PATH, unpacked if it is compressed; message_free() it. message_max does
 * not count, because the message has been accepted already. NULL with the reason; UNREAD counts the
 * file if it cannot be unpacked.
 */
struct message *stored_read(
	const struct conf *conf, const char *path, struct packed_tally *unread, struct err *err);

#endif
