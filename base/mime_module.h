/*
 * What the module mda_mime.so exports under the name `mda_mime`. It is plain C and uses nothing of
 * the program, so the two can be built separately. New functions are added at the end; any other
 * change here is a new version.
 */
#ifndef BASE_MIME_MODULE_H
#define BASE_MIME_MODULE_H

#include "base/limits.h"

#include <stdbool.h>
#include <stddef.h>

enum { MIME_MODULE_VERSION = 2 };

/* More parts are not read: no person writes such a message. The root is one more. */
enum { MIME_MAX_PARTS = LIMIT_MIME_PARTS };

struct mime_bytes {
	char *p;  /* from malloc(); the caller frees it */
	size_t n; /* may contain NULs */
};

/* A field of a part's header, with the value as it was written. */
struct mime_module_field {
	const char *name, *value;
};

/* A body part. A multipart has children; a message/rfc822 has one, the message in it. */
struct mime_module_part {
	struct mime_module_part *parent, *child, *next;
	const char *type, *subtype, *charset; /* charset: NULL when the part does not say */
	struct mime_module_field *fields;
	size_t field_count;
	const char *prologue, *epilogue; /* for a multipart; NULL: none */
	char *header;                    /* for a message/rfc822: the header of its message */
	void *object;
};

struct mime_module {
	unsigned version;
	/*
	 * Decodes the text of an encoded word to bytes; ENCODING is 'b' or 'q' (RFC 2047 section
	 * 4). False when it cannot be decoded or there is no memory.
	 */
	bool (*decode_word)(char encoding, const char *text, size_t n, struct mime_bytes *out);
	/*
	 * Converts bytes in CHARSET to UTF-8. False for an unknown charset, or bytes that it does
	 * not have.
	 */
	bool (*to_utf8)(const char *charset, const char *bytes, size_t n, struct mime_bytes *out);
	/* The same, but bytes that the charset does not have become U+FFFD. */
	bool (*to_utf8_lossy)(
		const char *charset, const char *bytes, size_t n, struct mime_bytes *out);
	/*
	 * The parts of a message, whose bytes must stay in place until forget(). NULL when it
	 * cannot be read.
	 */
	struct mime_module_part *(*parse)(const char *message, size_t n);
	void (*forget)(struct mime_module_part *root);
	/* The content of a part without its transfer encoding. False when there is no memory. */
	bool (*content)(const struct mime_module_part *part, struct mime_bytes *out);
	/*
	 * A parameter of a field like Content-Type (RFC 2045, RFC 2231), in UTF-8, from malloc().
	 * NULL: there is none.
	 */
	char *(*parameter)(const char *value, const char *name);
	/*
	 * Makes the message's body with ENTITY, a header and a body, in place of the part, which
	 * must not be the root.
	 */
	bool (*replace)(const struct mime_module_part *part, const char *entity, size_t n,
		struct mime_bytes *body);
};

/* The loaded module, for the mime*.c files; NULL when it cannot be loaded. */
const struct mime_module *mime_functions(void);

#endif
