/*
 * A message: its bytes as they came, and an index of its header. The bytes are never written anew
 * from a parse; who stores them applies a list of splices (verdict.h).
 */
#ifndef BASE_MESSAGE_H
#define BASE_MESSAGE_H

#include "base/arena.h"
#include "base/err.h"
#include "base/limits.h"

/* One field of the header, as slices of the message. */
struct header {
	struct str whole; /* with its folded lines and the last LF */
	struct str name;  /* without blanks before the colon; empty when the line is malformed */
	struct str value; /* raw: behind the colon, folds kept, without the last line end */
};

struct message_limits {
	size_t in_memory; /* beyond so many bytes the message is kept in an unlinked file */
	size_t largest;   /* more is refused (fault "refused", 5.3.4); 0: no limit */
	const char *spool_dir;
};

struct message;

/* More fields than this and the message is refused (5.6.0): no mailer writes so many. */
enum { MESSAGE_MAX_FIELDS = LIMIT_MESSAGE_FIELDS };

/*
 * Reads FD to its end. A leading "From " line is taken off (message_from_line()), and so are more
 * of them, and ">From " lines, where a field follows; if every other line ends in CRLF, the message
 * is turned to LF. NULL on error, which is FAULT_TEMP unless the message is over a limit.
 */
struct message *message_read(int fd, const struct message_limits *limits, struct err *err);
/*
 * The same without the index of its header, which nobody may ask for before message_index() has
 * made it.
 */
struct message *message_read_bytes(int fd, const struct message_limits *limits, struct err *err);
int message_index(struct message *m, struct err *err);
/*
 * The same over bytes that the caller keeps until message_free(); they are not changed, so CRLF
 * stays.
 */
struct message *message_borrow(struct str bytes, struct err *err);
void message_free(struct message *m);

/* Header and body, and the body alone (behind the blank line that ends the header). */
struct str message_bytes(const struct message *m);
struct str message_body(const struct message *m);
/*
 * True when the message starts with its body: fields that are added on top need a blank line behind
 * them.
 */
bool message_needs_blank_line(const struct message *m);
/* The address in the mbox "From " line; empty when there was no such line, or a minus in it. */
struct str message_from_line(const struct message *m);

/* Fields in their order. A line that is no field (no colon) has an empty name. */
size_t message_header_count(const struct message *m);
const struct header *message_header(const struct message *m, size_t i);
/*
 * The next field of that name (ASCII case does not matter) from *AT on; *AT becomes its number + 1.
 * NULL: no more.
 */
const struct header *message_next(const struct message *m, struct str name, size_t *at);
/* The first field of that name. */
const struct header *message_find(const struct message *m, struct str name);

/*
 * The value unfolded (RFC 5322 section 2.2.3) and without outer blanks; a tab after a line end
 * becomes a blank, as mail programs show it. Encoded words stay encoded.
 */
struct str header_text(const struct header *h, struct arena *mem);

/*
 * How many bytes BYTES are as mail has them, where each line ends with CR LF (RFC 5322 section
 * 2.3). Looks at all of them.
 */
size_t message_mail_size(struct str bytes);

#endif
