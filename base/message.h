/*
 * A message: the bytes as they came in, and an index of the header. The message is never written
 * anew from the index: to store it, a list of splices is applied (see verdict.h).
 */
#ifndef BASE_MESSAGE_H
#define BASE_MESSAGE_H

#include "base/arena.h"
#include "base/err.h"
#include "base/limits.h"

/* One header field, as slices of the message. */
struct header {
	struct str whole; /* with its folded lines and the final LF */
	struct str name;  /* without blanks before the colon; empty when the line is malformed */
	struct str value; /* as written: after the colon, with folds, without the final line end */
};

struct message_limits {
	size_t in_memory; /* larger messages are kept in an unlinked file */
	size_t largest;   /* larger messages are refused (FAULT_REFUSED, 5.3.4); 0: no limit */
	const char *spool_dir;
};

struct message;

/* A message with more fields is refused (5.6.0): no mailer writes so many. */
enum { MESSAGE_MAX_FIELDS = LIMIT_MESSAGE_FIELDS };

/*
 * Reads FD to its end. A leading "From " line is removed (see message_from_line()), and so are
 * further ones, and ">From " lines, if a field follows. If all other lines end in CRLF, they are
 * changed to LF. NULL on error, which is FAULT_TEMP unless the message exceeds a limit.
 */
struct message *message_read(int fd, const struct message_limits *limits, struct err *err);
/* The same without the index of the header: call message_index() before anything that needs it. */
struct message *message_read_bytes(int fd, const struct message_limits *limits, struct err *err);
int message_index(struct message *m, struct err *err);
/*
 * The same for bytes that the caller keeps until message_free(). They are not changed, so CRLF
 * stays.
 */
struct message *message_borrow(struct str bytes, struct err *err);
/*
 * A message of which only HEADER is at hand; the caller keeps it until message_free(). It has no
 * index yet, and seems to have no body. *BEYOND becomes true when somebody asks for the body or
 * for all bytes: then what they decide does not count. BEYOND NULL: HEADER is the whole message.
 */
struct message *message_head(struct str header, bool *beyond);
void message_free(struct message *m);

/* Header and body; and the body alone, after the blank line that ends the header. */
struct str message_bytes(const struct message *m);
struct str message_body(const struct message *m);
/*
 * True when the message starts with its body: then a blank line must follow fields that are added.
 */
bool message_needs_blank_line(const struct message *m);
/*
 * The address in the mbox "From " line; empty when there was no such line or the address is a
 * minus.
 */
struct str message_from_line(const struct message *m);

/* Can a header field have this name? It is printable ASCII without a colon (RFC 5322 2.2). */
bool message_is_name(struct str name);

/* The fields, in order. A line without a colon is not a field and has an empty name. */
size_t message_header_count(const struct message *m);
const struct header *message_header(const struct message *m, size_t i);
/*
 * The next field with that name (ASCII case does not matter) from number *AT on; *AT is set to the
 * number after it. NULL: no more.
 */
const struct header *message_next(const struct message *m, struct str name, size_t *at);
/* The first field with that name, or NULL. */
const struct header *message_find(const struct message *m, struct str name);

/*
 * The value unfolded (RFC 5322 section 2.2.3) and without blanks at both ends, in MEM. A tab after
 * a line end becomes a blank, as mail programs show it. Encoded words are not decoded.
 */
struct str message_header_text(const struct header *h, struct arena *mem);

/*
 * The size of BYTES as mail, where each line ends with CR LF (RFC 5322 section 2.3). Looks at all
 * of them.
 */
size_t message_mail_size(struct str bytes);

#endif
